"""What a route is, and the one place where a request becomes a command and its result an answer."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bitworks.core.encoding import TooDeep, from_json, to_json
from bitworks.core.errors import (
    DomainError,
    FieldError,
    InvalidInput,
    MalformedJson,
    Unauthorized,
    UnsupportedMediaType,
)
from bitworks.core.listing import Listing
from bitworks.core.parsing import parse, parse_strings
from bitworks.features.accounts import accounts
from bitworks.features.accounts.store.sessions import Origin
from bitworks.features.history.inputs import Input, Nothing
from bitworks.features.replies import replies
from bitworks.rest.addresses import Network, client_address
from bitworks.services import Caller, Services
from bitworks.storage.revisions import Written

SERVICES = web.AppKey("services", Services)
TRUSTED = web.AppKey("trusted_proxies", tuple)
USER_AGENT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Call:
    """One request, parsed. `caller` is there on every route that is not public."""

    request: web.Request
    services: Services
    input: Any
    _caller: Caller | None

    @property
    def origin(self) -> Origin:
        return _origin(self.request)

    @property
    def caller(self) -> Caller:
        assert self._caller is not None
        return self._caller


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the contract: what it takes, what it answers, and how it can fail."""

    method: str
    path: str
    handler: Handler
    summary: str
    input: type[Input] = Nothing
    answer: Any = None
    statuses: tuple[HTTPStatus, ...] = (HTTPStatus.OK,)
    errors: tuple[type[DomainError], ...] = ()
    public: bool = False
    for_reply: bool = False
    """Whether the token of one reply opens it, for the message of that reply."""

    @property
    def takes_body(self) -> bool:
        return self.method in ("POST", "PUT", "DELETE") and bool(set(self.input.model_fields) - self.in_path)

    @property
    def in_path(self) -> set[str]:
        return {part[1:-1] for part in self.path.split("/") if part.startswith("{")}


def endpoint(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler of a route: who asks, what is asked, then the command."""

    async def handle(request: web.Request) -> web.StreamResponse:
        services = request.app[SERVICES]
        caller = None if route.public else await _authenticate(services, request, route)
        if caller is not None:
            services.quotas.spend(caller.user_id)
        wanted = await _parse(route, request)
        return await route.handler(Call(request, services, wanted, caller))

    return handle


async def _authenticate(services: Services, request: web.Request, route: Route) -> Caller:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized
    try:
        return await accounts.authenticate(services, token.strip())
    except Unauthorized:
        if not route.for_reply:
            raise
    return replies.authenticate(services, token.strip(), request.match_info["id"])


async def _parse(route: Route, request: web.Request) -> Input:
    """The input, from the path and the body or the query. A field has one place only."""
    known = set(route.input.model_fields)
    path = {name: value for name, value in request.match_info.items() if name in known}
    if not route.takes_body:
        return parse_strings(route.input, {**_query(request, known - set(path)), **path})
    body = await _json_body(request)
    if twice := set(body) & set(path):
        raise InvalidInput([FieldError(name, "is given by the path") for name in sorted(twice)])
    return parse(route.input, {**body, **path})


def _query(request: web.Request, known: set[str]) -> dict[str, str]:
    errors = [FieldError(name, "is not a known field") for name in request.query if name not in known]
    errors += [
        FieldError(name, "is given twice") for name in known if len(request.query.getall(name, ())) > 1
    ]
    if errors:
        raise InvalidInput(errors)
    return dict(request.query)


async def _json_body(request: web.Request) -> dict[str, object]:
    """The object that is sent; an empty one for no body, which clients that have nothing to say leave out."""
    if request.content_type != "application/json":
        if not request.can_read_body:
            return {}
        raise UnsupportedMediaType
    try:
        body = from_json(await request.read())
    except TooDeep:
        raise InvalidInput.of("", "the body is nested too deep") from None
    except ValueError:
        raise MalformedJson from None
    if not isinstance(body, dict):
        raise InvalidInput.of("", "the body must be an object")
    return body


def _origin(request: web.Request) -> Origin:
    networks: tuple[Network, ...] = request.app[TRUSTED]
    address = client_address(request.remote or "", request.headers.getall("X-Forwarded-For", ()), networks)
    agent = request.headers.get("User-Agent", "")[:USER_AGENT_LIMIT]
    return Origin(address, agent.replace("\x00", "").encode("utf-8", "replace").decode())


def answer(value: object, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    """A record, or any other object of the contract."""
    return web.Response(status=status, body=to_json(value), content_type="application/json")


def no_content() -> web.Response:
    return web.Response(status=HTTPStatus.NO_CONTENT)


def creation(written: Written[Any]) -> web.Response:
    """201 for what is new, 200 for a repetition."""
    return answer(written.record, HTTPStatus.OK if written.change is None else HTTPStatus.CREATED)


def listing(call: Call, page: Listing[Any]) -> web.Response:
    """A page as an array; where it goes on is in `Link`, the snapshot's cursor in `X-Cursor`."""
    response = answer(page.rows)
    response.headers["X-Cursor"] = str(page.cursor)
    if page.next is not None:
        query = {name: value for name, value in page.next.items() if name not in call.request.match_info}
        response.headers["Link"] = f'<{call.request.path}?{urlencode(query)}>; rel="next"'
    return response
