"""One account on one server, over REST: patient with what passes, clear about what does not."""

import asyncio
import io
import secrets
import time
from dataclasses import dataclass
from typing import Any, TypedDict, cast

import aiohttp
import orjson

# How long one request is tried again while the server is away, in seconds. A restart takes a few.
PATIENCE = 60.0
FIRST_PAUSE = 0.25
LONGEST_PAUSE = 5.0
TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=10)
# What a gateway says while the server behind it is away.
GATEWAY_STATUSES = (502, 503, 504)
# aiohttp warns of larger bodies that are sent in one piece.
STREAM_FROM = 1024 * 1024

CONNECTION_ERRORS = (aiohttp.ClientError, TimeoutError, OSError)


class PlayFailed(Exception):
    """It cannot go on. Says in one line why, and what to do."""


@dataclass(frozen=True, slots=True)
class Response:
    """What the server said. `body` is empty where it said no JSON object."""

    status: int
    body: dict[str, Any]
    retry_after: float | None

    @property
    def code(self) -> str:
        return str(self.body.get("code", f"status {self.status}"))

    @property
    def detail(self) -> str:
        return str(self.body.get("detail", f"it answered {self.status}"))

    @property
    def is_transient(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in GATEWAY_STATUSES or bool(self.body.get("retryable"))


class Tokens(TypedDict):
    """What a sign-in returns and a renewal replaces; the response has more."""

    access_token: str
    """Goes with every request, and expires after minutes."""
    refresh_token: str
    """Is exchanged, once, for the next two."""


class ApiClient:
    """Requests of one account. `url` has no slash at its end.

    What is sent must be repeatable: a request whose response was lost is sent again. Any number may be
    under way at once; when the server asks one of them to slow down, all wait.
    """

    def __init__(
        self,
        http: aiohttp.ClientSession,
        url: str,
        *,
        patience: float = PATIENCE,
        first_pause: float = FIRST_PAUSE,
    ) -> None:
        self._http = http
        self._url = url
        self._patience = patience
        self._first_pause = first_pause
        self._reached = False
        self._tokens: Tokens | None = None
        self._renewing = asyncio.Lock()
        self._slow_until = 0.0

    async def register(self, email: str) -> str:
        """Makes the account and signs in; gives its password."""
        password = secrets.token_urlsafe(12)
        response = await self._sign_in("/auth/register", email, password)
        if response.code == "email_taken":
            raise PlayFailed(
                f"The account {email} exists already: add --email {email} --password and its password, "
                "or another --email to make one."
            )
        self._keep_tokens(response, f"Could not register {email}", 201)
        return password

    async def login(self, email: str, password: str) -> None:
        response = await self._sign_in("/auth/login", email, password)
        self._keep_tokens(response, f"Could not sign in as {email}", 200)

    def resume(self, tokens: Tokens) -> None:
        """Goes on with the tokens of a sign-in that happened elsewhere."""
        self._tokens = tokens

    async def logout(self) -> None:
        """Ends the session, if the server is there to be told."""
        try:
            await self._request("/auth/logout", {}, self._access)
        except CONNECTION_ERRORS:
            return

    async def post(self, path: str, body: dict[str, Any]) -> Response:
        """One request that changes nothing when it is repeated. Raises PlayFailed if it cannot be made."""
        access = self._access
        response = await self._request_with_retries(path, body, access)
        if response.status == 401:
            await self._renew(access)
            response = await self._request_with_retries(path, body, self._access)
        if response.status == 401:
            raise PlayFailed(f"{self._url} signed out the account while playing: {response.detail}")
        return response

    @property
    def _signed_in(self) -> Tokens:
        assert self._tokens is not None, "sign in first"
        return self._tokens

    @property
    def _access(self) -> str:
        return self._signed_in["access_token"]

    async def _sign_in(self, path: str, email: str, password: str) -> Response:
        response = await self._request_with_retries(
            path, {"email": email, "password": password}, slow_down=False
        )
        if response.status == 429:
            raise PlayFailed(f"{self._url} refused the sign-in for now: {response.detail}")
        return response

    def _keep_tokens(self, response: Response, failure: str, status: int) -> None:
        if response.status != status:
            raise PlayFailed(f"{failure} on {self._url}: {response.detail}")
        if "access_token" not in response.body:
            raise PlayFailed(f"{failure}: {self._url} is not a bitworks server.")
        self._tokens = cast(Tokens, response.body)

    async def _renew(self, used: str) -> None:
        """A new access token in place of the one used, once for all that find it expired."""
        async with self._renewing:
            if self._access == used:
                body = {"refresh_token": self._signed_in["refresh_token"]}
                response = await self._request_with_retries("/auth/refresh", body)
                self._keep_tokens(response, "Could not stay signed in", 200)

    async def _request_with_retries(
        self, path: str, body: dict[str, Any], access: str | None = None, *, slow_down: bool = True
    ) -> Response:
        """The response, once it is one that trying again would not change."""
        backoff = _Backoff(self._patience, self._first_pause)
        while True:
            await asyncio.sleep(self._slow_until - time.monotonic())
            try:
                response = await self._request(path, body, access)
            except CONNECTION_ERRORS as error:
                failure = PlayFailed(f"Could not reach {self._url}: {_in_one_line(error)}")
                if not self._reached:
                    raise failure from None
                await backoff.wait(failure)
                continue
            self._reached = True
            if response.status == 429 and slow_down:
                self._slow_until = time.monotonic() + (response.retry_after or backoff.next())
            elif response.is_transient:
                failure = PlayFailed(f"{self._url} is there but cannot serve: {response.detail}")
                await backoff.wait(failure, response.retry_after or 0)
            else:
                return response

    async def _request(self, path: str, body: dict[str, Any], access: str | None) -> Response:
        headers = {"Content-Type": "application/json"}
        if access is not None:
            headers["Authorization"] = f"Bearer {access}"
        text = orjson.dumps(body)
        data = text if len(text) < STREAM_FROM else io.BytesIO(text)
        async with self._http.post(
            self._url + path, data=data, headers=headers, timeout=TIMEOUT, allow_redirects=False
        ) as response:
            return Response(
                response.status,
                _json_object(await response.read()),
                _parse_seconds(response.headers.get("Retry-After")),
            )


class _Backoff:
    """Pauses that double from `first_pause`. `patience` limits all of them together. All are seconds."""

    def __init__(self, patience: float, first_pause: float) -> None:
        self._patience = patience
        self._pause = first_pause
        self._give_up_at: float | None = None

    def next(self) -> float:
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
        return pause

    async def wait(self, failure: PlayFailed, at_least: float = 0) -> None:
        """Raises the failure instead where patience would end before the pause does."""
        now = time.monotonic()
        self._give_up_at = self._give_up_at or now + self._patience
        pause = max(self.next(), at_least)
        if now + pause > self._give_up_at:
            raise failure
        await asyncio.sleep(pause)


def _json_object(text: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _parse_seconds(text: str | None) -> float | None:
    return float(text) if text is not None and text.isdecimal() else None


def _in_one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
