"""The place of this worker among all, and the way from it to any other."""

import os
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from bitworks.realtime.engine import RequestRefused, UnknownSession, is_handshake
from bitworks.realtime.forwarding import handover, relay
from bitworks.realtime.forwarding.replay import RawHeaders, body_so_far, detach_socket, serialize_request
from bitworks.realtime.forwarding.session_ids import Owner, owner_of, sign_session_id
from bitworks.tasks import Tasks

SESSION_ID_RANDOM_BYTES = 15
"""Random bytes of a session id, too many to be guessed; a multiple of 3 fills its base64."""
RELAYED_HEADER = "X-Bitworks-Relayed"
"""The header of a request that another instance relayed: it is not relayed a second time."""
RELAYS_OF_SESSION = 4
"""Requests of one session that are relayed at once: a session that keeps to the protocol has two, or a websocket."""


class Placement:
    """Makes the session ids of one worker, and forwards requests for sessions of other workers.

    `secret` signs the ids; all instances share it. `here` is this worker. `directory` holds the Unix sockets
    of the instance's workers; None if this is its only one.
    """

    def __init__(self, secret: str, here: Owner, directory: Path | None = None) -> None:
        self._secret = secret
        self._here = here
        self._directory = directory
        self._relays = Tasks("relay")
        # By session. Each holds two descriptors, for as long as its client and its owner let it.
        self._under_way: Counter[str] = Counter()

    def new_session_id(self) -> str:
        """Makes a session id that names this worker as its owner."""
        return sign_session_id(self._secret, self._here, os.urandom(SESSION_ID_RANDOM_BYTES))

    async def forward(self, request: web.Request, session_id: str) -> web.StreamResponse:
        """Forwards a request to the worker that owns its session, and with it the client's connection.

        Raises UnknownSession if the id is not signed under the secret (then no address is called), or if its
        owner cannot be reached; RequestRefused for a bad body.
        """
        owner = owner_of(self._secret, session_id)
        if owner is None or owner == self._here:
            raise UnknownSession
        try:
            await self._send_to_owner(request, owner, session_id)
        except (OSError, TimeoutError):
            raise UnknownSession from None
        except web.RequestPayloadError as error:
            raise RequestRefused from error
        return web.Response()  # never sent: aiohttp has no connection any more

    async def _send_to_owner(self, request: web.Request, owner: Owner, session_id: str) -> None:
        if owner.host == self._here.host:
            await self._hand_over(request, owner.worker)
        elif "://" in owner.host and RELAYED_HEADER not in request.headers:
            await self._relay(request, owner.host, session_id)
        else:
            raise UnknownSession

    async def _hand_over(self, request: web.Request, worker: int) -> None:
        if self._directory is None:
            raise UnknownSession
        with await handover.connect(_socket_path(self._directory, worker)) as there:
            taken = serialize_request(request, body_so_far(request))
            with detach_socket(request) as client:
                await handover.hand_over(there, client, taken)

    async def _relay(self, request: web.Request, url: str, session_id: str) -> None:
        if self._under_way[session_id] >= RELAYS_OF_SESSION:
            raise RequestRefused
        self._under_way[session_id] += 1
        try:
            relaying = self._relays.start(await self._way(request, url))
        except BaseException:
            self._relayed(session_id)
            raise
        relaying.add_done_callback(lambda _: self._relayed(session_id))

    def _relayed(self, session_id: str) -> None:
        self._under_way[session_id] -= 1
        if not self._under_way[session_id]:
            del self._under_way[session_id]

    async def _way(self, request: web.Request, url: str) -> Coroutine[Any, Any, None]:
        """Takes the connection of the client out, and returns what relays between it and the owner."""
        owner = await relay.connect(url)
        try:
            body, added = body_so_far(request), _from(request)
            if is_handshake(request):
                sent = serialize_request(request, body, added=added)
                return relay.relay_websocket(detach_socket(request), owner, sent)
            # What the client sends later may be for another owner.
            added = (*added, (b"Connection", b"close"))
            sent = serialize_request(request, body, without=(b"connection", b"upgrade"), added=added)
            return relay.relay_request(detach_socket(request), owner, sent, body.missing)
        except BaseException:
            owner[1].close()
            raise

    @asynccontextmanager
    async def serve_handovers(self, server: web.Server) -> AsyncIterator[None]:
        """Serves the connections that other workers hand over, for as long as the block runs.

        Its end cancels the relays to other instances, which closes their connections, and waits for them.
        """
        try:
            if self._directory is None:
                yield
                return
            async with handover.serve_handovers(_socket_path(self._directory, self._here.worker), server):
                yield
        finally:
            await self._relays.stop()


def _socket_path(directory: Path, worker: int) -> Path:
    return directory / f"{worker}.sock"


def _from(request: web.Request) -> RawHeaders:
    """The headers that tell the owner that a request was relayed, and for whom."""
    # The address is the client's as this instance sees it, behind whatever proxies it names already.
    return ((RELAYED_HEADER.encode(), b"1"), (b"X-Forwarded-For", (request.remote or "").encode()))
