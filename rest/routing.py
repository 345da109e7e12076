"""Where a request becomes the call of an operation, and its result a response."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import web

from bitworks.core.bounds import KIB
from bitworks.core.callers import Caller, Origin, Stranger
from bitworks.core.errors import FieldError, InvalidInput, NotFound, RateLimited, Unauthorized
from bitworks.core.inputs import Input
from bitworks.core.operations import BoundOperation
from bitworks.core.parsing import parse, parse_strings, unknown_fields
from bitworks.features.accounts.sessions import Sessions
from bitworks.features.limits.fair_queue import FairQueue
from bitworks.features.limits.quotas import Quotas
from bitworks.features.limits.strangers import Strangers
from bitworks.features.replies.replies import Replies
from bitworks.rest.addresses import ClientAddresses
from bitworks.rest.bodies import json_body, may_be_large
from bitworks.rest.lost_clients import unless_gone
from bitworks.rest.problems import Endpoint
from bitworks.rest.results import response_of
from bitworks.rest.routes import Route

LARGE_ANSWER = 64 * KIB
"""Bytes of a response above which it takes a place until it is written, whatever it answers."""
USER_AGENT_LIMIT = 200  # characters, kept with a session
UPLOAD_PATIENCE = 10.0
"""Seconds that a large body waits for its turn, unread: less than those after which it would have come to a halt."""
UPLOAD_RETRY_AFTER = 5
"""Seconds after which one that had none is asked to try again: the places are with what is sent slowly."""


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Authenticates requests, and counts them against the quota of their user."""

    sessions: Sessions
    """Verifies access tokens."""
    replies: Replies
    """Verifies the tokens of replies."""
    quotas: Quotas
    """Counts requests."""
    addresses: ClientAddresses
    """Finds the addresses of clients."""
    strangers: Strangers
    """Counts, by address, requests that are refused."""

    async def caller(self, request: web.Request, route: Route) -> Stranger | Caller:
        """The caller of a route; a stranger for a public one. Raises `Unauthorized`, `RateLimited`."""
        origin = self._origin(request)
        if route.operation.public:
            return Stranger(origin)
        try:
            caller = await self._authenticate(request, route, origin)
        except Unauthorized:
            self._count_refusal(request, origin)
            raise
        self.strangers.recognize(request.protocol, caller.user_id)
        self.quotas.spend(caller.user_id)
        return caller

    def visit(self, request: web.Request, stranger: Stranger) -> contextlib.AbstractContextManager[None]:
        """Gives the request of a stranger a place for as long as it runs. Raises `RateLimited`."""
        # On a connection of its own it is counted as that.
        counted = self.addresses.is_proxy(request.remote or "")
        return self.strangers.visit(stranger.origin.address, takes_place=counted)

    def counting(
        self, route: Route, stranger: Stranger, input_: Input | None = None
    ) -> contextlib.AbstractContextManager[None]:
        """Counts what the block does for a stranger, if it is refused, unless the input has a token of a session.

        Raises `RateLimited` instead of the refusal where too many of the address were refused.
        """
        field = route.operation.proof_field
        # As with access tokens: that of a session that has ended tells that it is time to sign in.
        if input_ is not None and field is not None and self.sessions.issued(getattr(input_, field)):
            return contextlib.nullcontext()
        return self.strangers.counting(stranger.origin.address)

    async def _authenticate(self, request: web.Request, route: Route, origin: Origin) -> Caller:
        if not (token := _bearer(request)):
            raise Unauthorized
        try:
            return await self.sessions.authenticate(token, origin)
        except Unauthorized:
            if "reply" not in route.operation.scopes:
                raise
        return self.replies.authenticate(token, request.match_info["id"], origin)

    def _count_refusal(self, request: web.Request, origin: Origin) -> None:
        """Counts a token that never was one. Those that have expired tell that it is time to fetch another."""
        if not self.sessions.issued(_bearer(request)):
            self.strangers.refuse(origin.address)

    def _origin(self, request: web.Request) -> Origin:
        forwarded = request.headers.getall("X-Forwarded-For", ())
        address = self.addresses.of(request.remote or "", forwarded)
        agent = request.headers.get("User-Agent", "")[:USER_AGENT_LIMIT]
        return Origin(address, agent.replace("\x00", "").encode("utf-8", "replace").decode())


def _bearer(request: web.Request) -> str:
    """The token of a request; empty if it has none."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class PlacesOfUser:
    """The places of each user for what is large, so that little of it is kept in memory at once."""

    reads: FairQueue
    """For heavy operations, each until its response is written."""
    uploads: FairQueue
    """For large bodies, each from before it is read until what it asks for is done."""
    answers: FairQueue
    """For large responses of other operations, each until it is written: what it answers is done without waiting."""


def endpoint(
    route: Route, operation: BoundOperation, authenticator: Authenticator, places: PlacesOfUser
) -> Endpoint:
    """The aiohttp handler of a route: authenticates, parses, calls the operation, and renders its result.

    What is large takes one of its user's places.
    """

    async def handle(request: web.Request) -> web.StreamResponse:
        caller = await authenticator.caller(request, route)
        if isinstance(caller, Caller):
            response = await take(request, caller)
            if (response.content_length or 0) > LARGE_ANSWER:
                # Without a turn it is told to try again, as it would by itself if the answer had been lost.
                async with places.answers.place(caller.user_id):
                    await _write(response, request)
            return response
        with authenticator.visit(request, caller):
            with authenticator.counting(route, caller):
                input_ = await _parse(route, request)
            with authenticator.counting(route, caller, input_):
                return await respond(request, caller, input_)

    async def take(request: web.Request, caller: Caller) -> web.Response:
        if not may_be_large(request, route.operation.bound):
            return await respond(request, caller, await _parse(route, request))
        async with _upload(places.uploads, caller):
            return await respond(request, caller, await _parse(route, request))

    async def respond(request: web.Request, caller: Stranger | Caller, input_: Input) -> web.Response:
        _require_own(request, caller)
        result = await operation.call(caller, input_)
        return response_of(route.operation.result.shape, result, request)

    async def handle_heavy(request: web.Request) -> web.StreamResponse:
        caller = await authenticator.caller(request, route)
        input_ = await _parse(route, request)
        _require_own(request, caller)
        if (due := operation.until_due(caller, input_)) is not None:
            await unless_gone(request, due)
        assert isinstance(caller, Caller), "what strangers may call is not heavy"
        async with places.reads.place(caller.user_id):
            # The result is not kept beside what is made of it.
            response = response_of(
                route.operation.result.shape, await operation.call(caller, input_), request
            )
            await _write(response, request)
        return response

    return handle_heavy if route.operation.heavy else handle


async def _write(response: web.Response, request: web.Request) -> None:
    """Writes a response here: a client that does not read has its place until it does, or is gone."""
    with contextlib.suppress(ConnectionError):
        await response.prepare(request)
        await response.write_eof()


@contextlib.asynccontextmanager
async def _upload(uploads: FairQueue, caller: Caller) -> AsyncIterator[None]:
    """Holds a place for a large body. Raises `RateLimited` if its turn does not come."""
    async with contextlib.AsyncExitStack() as stack:
        try:
            async with asyncio.timeout(UPLOAD_PATIENCE):
                await stack.enter_async_context(uploads.place(caller.user_id))
        except TimeoutError:
            raise RateLimited(UPLOAD_RETRY_AFTER, "Too many large requests of this user at once") from None
        yield


def _require_own(request: web.Request, caller: Stranger | Caller) -> None:
    """A user in the path is `me`, or the caller. Raises `NotFound` for any other."""
    named = request.match_info.get("user_id")
    if named is not None and not (isinstance(caller, Caller) and named.lower() in ("me", caller.user_id)):
        raise NotFound


async def _parse(route: Route, request: web.Request) -> Input:
    """The input, from the path and the body or the query. Raises `InvalidInput` for a field that both give."""
    known = set(route.input.model_fields)
    path = {name: value for name, value in request.match_info.items() if name in known}
    if not route.takes_body:
        return parse_strings(route.input, {**_query(request, known - set(path)), **path})
    body = await json_body(request, route.operation.bound)
    if twice := set(body) & set(path):
        raise InvalidInput([FieldError(name, "is given by the path") for name in sorted(twice)])
    return parse(route.input, {**body, **path})


def _query(request: web.Request, known: set[str]) -> dict[str, str]:
    errors = unknown_fields(request.query, known)
    errors += [
        FieldError(name, "is given twice") for name in known if len(request.query.getall(name, ())) > 1
    ]
    if errors:
        raise InvalidInput(errors)
    return dict(request.query)
