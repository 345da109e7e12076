"""A client of the REST API, for one account on one server.

It repeats requests that failed for a while, and raises PlayFailed, with one line, for every other failure.
"""

import asyncio
import io
import secrets
import time
from dataclasses import dataclass
from typing import Any, TypedDict, cast

import aiohttp
import orjson

PATIENCE = 60.0
"""Seconds for which one request is repeated while the server is away. A restart takes a few."""
FIRST_PAUSE = 0.25
"""Seconds before the first repetition; each further pause is twice as long."""
LONGEST_PAUSE = 5.0
"""Seconds between two repetitions, at most, unless the server asks for more."""
TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=10)
"""Seconds to wait for one response, and of these for the connection."""
GATEWAY_STATUSES = (502, 503, 504)
"""Statuses of a gateway while the server behind it is away."""
STREAM_FROM = 1024 * 1024
"""Bytes from which a body is sent as a stream: aiohttp warns of larger ones in one piece."""
CONNECTION_ERRORS = (aiohttp.ClientError, TimeoutError, OSError)
"""Errors after which it is not known whether the server has got the request."""


class PlayFailed(Exception):
    """The playing cannot go on. The message has one line: why, and what to do."""


@dataclass(frozen=True, slots=True)
class Response:
    """A response of the server."""

    status: int
    """The HTTP status."""
    body: dict[str, Any]
    """The JSON object in the body: a record, or a problem with `code`, `detail`, `retryable`. Else empty."""
    retry_after: float | None
    """Seconds to wait, from the header Retry-After; None if there is none."""

    @property
    def code(self) -> str:
        """The code of a problem, such as `id_conflict`; else the status in words."""
        return str(self.body.get("code", f"status {self.status}"))

    @property
    def detail(self) -> str:
        """The problem, in a sentence for people."""
        return str(self.body.get("detail", f"it answered {self.status}"))

    @property
    def is_transient(self) -> bool:
        """Whether the same request may succeed if it is repeated later."""
        return self.status in GATEWAY_STATUSES or bool(self.body.get("retryable"))


class Tokens(TypedDict):
    """What a sign-in returns and a renewal replaces; the response has more."""

    access_token: str
    """Goes with every request, and expires after minutes."""
    refresh_token: str
    """Is exchanged, once, for the next two."""


class ApiClient:
    """Makes requests for one account. `url` has no slash at its end. Pauses and patience are in seconds.

    Requests must be idempotent: one whose response was lost is sent again. Any number may be under way at
    once; when the server asks one of them to slow down, all wait.
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
        self._slow_until = 0.0  # by time.monotonic()

    async def register(self, email: str) -> str:
        """Creates the account and signs in; returns the password that it made. Raises PlayFailed."""
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
        """Signs in. Raises PlayFailed."""
        response = await self._sign_in("/auth/login", email, password)
        self._keep_tokens(response, f"Could not sign in as {email}", 200)

    def resume(self, tokens: Tokens) -> None:
        """Uses the tokens of a sign-in that another client made."""
        self._tokens = tokens

    async def logout(self) -> None:
        """Ends the session. Does nothing if the server cannot be reached."""
        try:
            await self._request("/auth/logout", {}, self._access)
        except CONNECTION_ERRORS:
            return

    async def post(self, path: str, body: dict[str, Any]) -> Response:
        """Sends one idempotent request until it has a response that repeating would not change.

        Renews the access token if it has expired. Raises PlayFailed when the patience ends, or the session.
        """
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
        # A limit of sign-ins lasts for minutes: it is reported, not waited for.
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
        """Replaces the token `used`, once for all requests that find it expired."""
        async with self._renewing:
            if self._access == used:
                body = {"refresh_token": self._signed_in["refresh_token"]}
                response = await self._request_with_retries("/auth/refresh", body)
                self._keep_tokens(response, "Could not stay signed in", 200)

    async def _request_with_retries(
        self, path: str, body: dict[str, Any], access: str | None = None, *, slow_down: bool = True
    ) -> Response:
        """Repeats the request until it has a response that repeating would not change."""
        backoff = _Backoff(self._patience, self._first_pause)
        while True:
            await asyncio.sleep(self._slow_until - time.monotonic())
            try:
                response = await self._request(path, body, access)
            except CONNECTION_ERRORS as error:
                failure = PlayFailed(f"Could not reach {self._url}: {_in_one_line(error)}")
                if not self._reached:
                    raise failure from None  # a mistyped address does not mend by waiting
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
        """Pauses for at least `at_least` seconds. Raises `failure` if the patience ends before the pause."""
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
