"""What can go wrong on a connection.

Exception
+-- CloseTransport      raised by an application: close without an answer
+-- PacketError         the peer broke Engine.IO or Socket.IO
+-- FramingError        the peer broke RFC 6455; carries the close code
+-- RequestRefused      an HTTP request gets an error answer
"""


class CloseTransport(Exception):
    """Raised by a connect or event handler: close the transport with no packet, so that the client returns by
    itself. `reason` is for people: a websocket's close frame carries it.
    """

    def __init__(self, reason: str = "server closes") -> None:
        super().__init__(reason)
        self.reason = reason


class PacketError(Exception):
    """The packet cannot be understood; the transport closes with reason "parse error"."""


class FramingError(Exception):
    """The byte stream is no valid WebSocket stream; `code` goes into the close frame."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class RequestRefused(Exception):
    """An HTTP request is answered with `status` and `{code, message}`, the codes being Engine.IO's."""

    status = 400
    code = 3
    message = "Bad request"

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.message
        super().__init__(self.message)


class UnknownTransport(RequestRefused):
    code = 0
    message = "Transport unknown"


class UnknownSession(RequestRefused):
    code = 1
    message = "Session ID unknown"


class BadMethod(RequestRefused):
    code = 2
    message = "Bad handshake method"


class Forbidden(RequestRefused):
    status = 401
    code = 4
    message = "Unauthorized"


class UnsupportedVersion(RequestRefused):
    code = 5
    message = "Unsupported protocol version"


class PayloadTooLarge(RequestRefused):
    status = 413
    message = "Payload too large"


class NotAccepting(RequestRefused):
    status = 503
    message = "Server is not accepting connections"


class Overlap(RequestRefused):
    """A second GET, or a second POST, while the first is under way: the client is confused, the session
    closes.
    """
