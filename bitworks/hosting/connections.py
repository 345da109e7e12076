"""The connections of clients: aiohttp's own, but none is waited for without end, and none makes the server keep much.

Once a second each connection is looked at: what it does, since when, and how many bytes have moved meanwhile. So a
request costs no timer. What is at work is left alone, a held request too; a websocket is no connection of this server
any more.
"""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any, Literal, cast

from aiohttp import web
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from bitworks.core.bounds import KIB
from bitworks.hosting.admission import ConnectionAdmission
from bitworks.realtime.engine.handshake import HEAD_LIMIT
from bitworks.realtime.engine.kernel import unacknowledged

FIELD_LIMIT = 17 * KIB
"""Bytes of one of its lines."""
FIELD_COUNT = 100
"""Its header fields, as Apache takes them."""
FIELD_OVERHEAD = 384
"""Bytes of memory that one takes beside its name and value, which the parser keeps twice: 260 at most were measured,
and what the allocator leaves between them."""
HEAD_MEMORY = 38 * KIB
"""Bytes of memory of a head: 64 KiB are kept for a stranger, of which the connection and a body take the rest."""
QUERY_FIELDS = 100
"""Fields of its query: parsed, one of four bytes takes 150, for as long as its request or its socket is there."""
TOO_MANY_FIELDS = "Too many headers"
"""As aiohttp says it, in an error that has no class of its own."""
SHORTER_HEAD = "The head of a request may have fewer fields, or shorter ones."
LEAN_HEAD = 4 * KIB
"""Bytes of a head that is worth no thought."""
PIPELINE_LIMIT = 32 * KIB
"""Bytes of requests that wait behind the one at work: no browser and no proxy sends any."""
STEP = 16 * KIB
"""Bytes that are given to the parser at once, so that the bounds hold within what one read brings."""
READ_AHEAD = 64 * KIB
"""Bytes of a body that are read before its operation asks for them; twice that in the worst case."""
LINGER = 5.0
"""Seconds for which the rest of a body that was refused is read away, so that its sender gets to read why."""
BEAT = 1.0
"""Seconds between two looks at a connection."""

Doing = Literal["silent", "head", "body", "work", "answer", "idle"]
"""What a connection does: nothing yet; sends a head or a body; waits for the answer; reads it; nothing any more."""


@dataclass(frozen=True, slots=True)
class ConnectionTimings:
    """How long a connection may take, in seconds."""

    head: float = 10.0
    """For the head of a request: the first from the start, later ones from their first byte."""
    idle: float = 75.0
    """Between two requests: more than the minute after which most proxies close such a connection by themselves."""
    idle_of_proxy: float = 3600.0
    """The same of a trusted proxy, and before its first: it is to close, lest it sends a request just then."""
    window: float = 15.0
    """For `pace` times as many bytes of a body or an answer, in each such time: else it has come to a halt."""
    pace: int = 1024
    """Bytes a second."""


def takes_much(size: int, fields: int) -> bool:
    """Whether a head of so many bytes and fields takes more memory than it may."""
    return 2 * size + FIELD_OVERHEAD * fields > HEAD_MEMORY


class HttpConnection(RequestHandler):
    """One connection, within its bounds. Above that of a head it is told 431, and closed."""

    __slots__ = (
        "_begun",
        "_body",
        "_doing",
        "_head_bytes",
        "_head_lines",
        "_left",
        "_of_proxy",
        "_pauses",
        "_refused",
        "_timings",
        "_waiting_bytes",
    )

    def __init__(self, manager: web.Server, timings: ConnectionTimings, **options: Any) -> None:
        super().__init__(manager, **options)
        self._timings = timings
        self._body: StreamReader = EMPTY_PAYLOAD
        self._head_bytes = 0
        self._head_lines = 0
        self._waiting_bytes = 0
        self._pauses = 0
        self._refused = False
        self._of_proxy = False
        self._doing: tuple[Doing, int, int] = ("silent", 0, 0)
        self._begun = self._loop.time()
        self._left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins to serve, or hangs up at once if there is no place."""
        assert isinstance(self._manager, HttpServer)
        if self._manager.admission.admits(self, transport):
            self._of_proxy = self._manager.admission.is_of_proxy(transport)
            super().connection_made(transport)
        else:
            self._refused = True
            cast(asyncio.Transport, transport).abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Ends, or leaves the connection to a websocket."""
        if isinstance(self._manager, HttpServer):
            self._manager.admission.release(self)
        super().connection_lost(exc)

    # What is received

    def data_received(self, data: bytes) -> None:
        """Receives bytes of heads and bodies."""
        if len(data) <= STEP:
            self._receive(data)
            return
        for start in range(0, len(data), STEP):
            self._receive(data[start : start + STEP])

    def _receive(self, data: bytes) -> None:
        if self._refused:
            return
        before = self._request_count
        super().data_received(data)
        if self._request_count != before:
            if self._head_bytes + len(data) > LEAN_HEAD:
                self._bound_head_received()
            self._bound_queries(self._request_count - before)
            self._head_bytes = self._head_lines = 0
            self._body = self._messages[-1][1]
        elif self._body.is_eof() and not self._upgraded:
            self._bound_head_so_far(data)
        if len(self._messages) + self._request_in_progress > 1:
            self._require_few_waiting(len(data))
        else:
            self._waiting_bytes = 0

    def _bound_head_so_far(self, data: bytes) -> None:
        self._head_bytes += len(data)
        self._head_lines += data.count(b"\n")
        if self._head_bytes > HEAD_LIMIT:
            self._refuse_head(f"The head of a request may have {HEAD_LIMIT // KIB} KiB.")
        elif takes_much(self._head_bytes, self._head_lines):
            self._refuse_head(SHORTER_HEAD)

    def _bound_head_received(self) -> None:
        message, _ = self._messages[-1]
        if not isinstance(message, RawRequestMessage):
            return
        fields = message.raw_headers
        if takes_much(sum(len(name) + len(value) for name, value in fields), len(fields)):
            self._messages.pop()
            self._refuse_head(SHORTER_HEAD)

    def _bound_queries(self, received: int) -> None:
        """Refuses the requests that came together if the query of one of them has too many fields."""
        came = [message for message, _ in islice(reversed(self._messages), received)]
        if any(isinstance(one, RawRequestMessage) and one.path.count("&") >= QUERY_FIELDS for one in came):
            for _ in came:
                self._messages.pop()
            self._refuse_head(f"The query of a request may have {QUERY_FIELDS} fields.")

    def _refuse_head(self, message: str) -> None:
        self._refused = True
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        error = HttpProcessingError(code=status, message=message)
        self._request_count += 1
        self._messages.append((_ErrInfo(status, error, message), EMPTY_PAYLOAD))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _require_few_waiting(self, size: int) -> None:
        """Forgets the requests behind the one at work if they are too much, and closes when that is answered."""
        self._waiting_bytes += size
        if self._waiting_bytes > PIPELINE_LIMIT:
            while len(self._messages) + self._request_in_progress > 1:
                self._messages.pop()
            self.close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answers what is no HTTP, without a word in the log: anybody may send that."""
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return super().handle_error(request, status, exc, message)
        if isinstance(exc, LineTooLong) or TOO_MANY_FIELDS in str(exc):
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        response = web.Response(status=status, text=message)
        response.force_close()
        return response

    # What is waited for

    def pause_writing(self) -> None:
        """Notes that more was written than is read: of that at least the pace is expected."""
        super().pause_writing()
        self._pauses += 1

    def close_if_halted(self, now: float) -> None:
        """Closes the connection if what it does has taken too long, or has come to a halt."""
        if self.transport is None or self.transport.is_closing():
            return
        doing = self._what_it_does()
        left = self._bytes_to_go(doing[0])
        if doing != self._doing:
            self._doing, self._begun, self._left = doing, now, left
        elif now - self._begun >= self._patience(doing[0]):
            if (
                doing[0] in ("body", "answer")
                and self._left - left >= self._timings.window * self._timings.pace
            ):
                self._begun, self._left = now, left
            else:
                self._give_up(doing[0])

    def _what_it_does(self) -> tuple[Doing, int, int]:
        """What it does, and the numbers of the request and of the part of the answer with which it does that."""
        assert self.transport is not None
        doing: Doing
        if self.transport.get_write_buffer_size():
            doing = "answer"
        elif self._request_in_progress or self._messages:
            doing = "work" if self._body.is_eof() else "body"
        elif self._head_bytes:
            doing = "head"
        else:
            doing = "idle" if self._request_count else "silent"
        return doing, self._request_count, self._pauses

    def _bytes_to_go(self, doing: Doing) -> int:
        """Bytes that have not moved yet; of a body, whose length may be unknown, below zero."""
        if doing == "body":
            return -self._body.total_bytes
        if doing == "answer":
            assert self.transport is not None
            return self.transport.get_write_buffer_size() + unacknowledged(self.transport)
        return 0

    def _patience(self, doing: Doing) -> float:
        match doing:
            case "silent" | "idle" if self._of_proxy:
                return self._timings.idle_of_proxy
            case "silent" | "head":
                return self._timings.head
            case "idle":
                return self._timings.idle
            case "body" | "answer":
                return self._timings.window
        return float("inf")

    def _give_up(self, doing: Doing) -> None:
        assert self.transport is not None
        if doing == "answer":
            self.transport.abort()  # to close it would be to wait until all is read
        else:
            self.force_close()


class HttpServer(web.Server):
    """aiohttp's server, whose connections are bounded from `start` until it shuts down."""

    def __init__(self, of: web.Server, admission: ConnectionAdmission, timings: ConnectionTimings) -> None:
        super().__init__(of.request_handler, request_factory=of.request_factory, loop=of._loop, **of._kwargs)
        self.admission = admission
        self._timings = timings
        self._next_look: asyncio.TimerHandle | None = None

    def __call__(self) -> HttpConnection:
        """The protocol of a new connection."""
        return HttpConnection(self, self._timings, loop=self._loop, **self._kwargs)

    def start(self) -> None:
        """Begins to look at the connections."""
        self._next_look = self._loop.call_later(BEAT, self._look)

    def _look(self) -> None:
        self.start()  # first: whatever becomes of this look, there is a next one
        now = self._loop.time()
        for connection in self.connections:
            assert isinstance(connection, HttpConnection)
            connection.close_if_halted(now)

    def pre_shutdown(self) -> None:
        """Stops looking: the shutdown that follows has a deadline of its own for all of them."""
        if self._next_look is not None:
            self._next_look.cancel()
        super().pre_shutdown()


class HttpRunner(web.AppRunner):
    """aiohttp's runner, with bounded connections."""

    def __init__(
        self,
        site: web.Application,
        admission: ConnectionAdmission,
        timings: ConnectionTimings,
        **options: Any,
    ) -> None:
        super().__init__(
            site,
            access_log=None,
            max_line_size=FIELD_LIMIT,
            max_field_size=FIELD_LIMIT,
            max_headers=FIELD_COUNT,
            read_bufsize=READ_AHEAD,
            lingering_time=LINGER,
            **options,
        )
        self._admission = admission
        self._timings = timings

    async def _make_server(self) -> HttpServer:
        server = HttpServer(await super()._make_server(), self._admission, self._timings)
        server.start()
        return server
