"""The errors of the engine.

Exception
+-- CloseTransport             raised by a handler: close the transport without a packet
+-- PacketError                a packet breaks Engine.IO or Socket.IO
+-- FramingError               a byte stream breaks RFC 6455; carries the close code
+-- RequestRefused             an HTTP request gets an error response
    +-- UnknownTransport, UnknownSession, BadMethod, Forbidden, UnsupportedVersion
    +-- PayloadTooLarge, LengthRequired, BodyTimeout, EncodedBody, HeadTooLarge
    +-- TooManySessions, NotAccepting, Overlap
"""


class CloseTransport(Exception):
    """Raised by a connect or event handler: the transport is closed without a packet.

    So the client reconnects by itself. `reason` is for people: the close frame of a websocket carries it.
    """

    def __init__(self, reason: str = "server closes") -> None:
        super().__init__(reason)
        self.reason = reason


class PacketError(Exception):
    """A packet breaks the protocol; the transport is closed with the reason "parse error"."""


class FramingError(Exception):
    """A byte stream is no valid WebSocket stream; `code` goes into the close frame."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class RequestRefused(Exception):
    """An HTTP request gets the response `status` with the body `{code, message}`."""

    status = 400
    """The HTTP status."""
    code = 3
    """The code of the error in Engine.IO."""
    message = "Bad request"
    """The message for people; Engine.IO's own where it has one."""
    retry_after: int | None = None
    """Seconds after which the same request may succeed; None if that is not known."""

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.message
        super().__init__(self.message)


class UnknownTransport(RequestRefused):
    """The query names no transport that the server has."""

    code = 0
    message = "Transport unknown"


class UnknownSession(RequestRefused):
    """The session is closed, or was never opened."""

    code = 1
    message = "Session ID unknown"


class BadMethod(RequestRefused):
    """A handshake with another method than GET."""

    code = 2
    message = "Bad handshake method"


class Forbidden(RequestRefused):
    """The connect handler of the Engine.IO server refused the session."""

    status = 401
    code = 4
    message = "Unauthorized"


class UnsupportedVersion(RequestRefused):
    """A handshake for another version than Engine.IO 4."""

    code = 5
    message = "Unsupported protocol version"


class PayloadTooLarge(RequestRefused):
    """The body of a POST exceeds the limit; the session is closed."""

    status = 413
    message = "Payload too large"


class LengthRequired(RequestRefused):
    """The body of a POST is of unknown length, where one must be known."""

    status = 411
    message = "Length required"


class BodyTimeout(RequestRefused):
    """The body of a POST came too slowly; the session is closed."""

    status = 408
    message = "Request timeout"


class EncodedBody(RequestRefused):
    """The request has a Content-Encoding: no client needs one, and inflating is work that anybody could ask for."""

    status = 415
    message = "Content-Encoding is not supported"


class HeadTooLarge(RequestRefused):
    """The headers of the request exceed the limit."""

    status = 431
    message = "Request header fields too large"


class TooManySessions(RequestRefused):
    """The address has as many sessions as it may have that have not proved anything."""

    status = 429
    message = "Too many connections from this address that have joined nothing"
    retry_after = 5


class NotAccepting(RequestRefused):
    """The server opens no new sessions, because it shuts down."""

    status = 503
    message = "Server is not accepting connections"


class Overlap(RequestRefused):
    """A second GET, or a second POST, came while the first was under way; the session is closed."""
