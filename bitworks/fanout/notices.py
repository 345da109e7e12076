"""What instances tell each other about a user, and its form on the wire.

Everything here is a hint: PostgreSQL is the truth, and a notice that is lost, late or repeated costs
time, never a change.
"""

from dataclasses import dataclass

from bitworks.core.ids import MessageId, Revision, UserId

# Above this a change is announced by number only, and receivers read it from PostgreSQL: a subscriber
# that is sent too much at once is dropped by Redis.
PACKET_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """A message streams from now on; so much text, in UTF-16 code units, came with it."""

    message_id: MessageId
    length: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A message streams no more, or is gone."""

    message_id: MessageId


@dataclass(frozen=True, slots=True)
class Changed:
    """A revision was committed. `packet` is the finished event, or None: read it from PostgreSQL.

    `text` says what the change did to a streaming message, so that nobody has to read the packet.
    """

    revision: Revision
    packet: bytes | None
    text: Opened | Ended | None = None


@dataclass(frozen=True, slots=True)
class Signalled:
    """An event without a revision, for every device of the user but `sender_sid`."""

    sender_sid: str
    packet: bytes


@dataclass(frozen=True, slots=True)
class SessionsEnded:
    """Some session of the user ended: look whose."""


@dataclass(frozen=True, slots=True)
class WorkWaiting:
    """Some reply is due: a worker may look for it."""


@dataclass(frozen=True, slots=True)
class Grown:
    """A streaming message has text from `start` to `end`, in UTF-16 code units. `packet` is the finished
    delta, or None: read it from PostgreSQL.
    """

    message_id: MessageId
    start: int
    end: int
    packet: bytes | None


# Whose channel workers listen to: nobody's.
WORKERS = UserId("00000000-0000-0000-0000-000000000000")

Notice = Changed | Signalled | SessionsEnded | WorkWaiting | Grown


def encode(origin: bytes, notice: Notice) -> bytes:
    """`origin` is the instance's name, without spaces; it does not receive its own notices."""
    match notice:
        case Changed(revision, packet, text):
            if (packet := _within_limit(packet)) is None:
                return b"%s hint %d " % (origin, revision)
            return b"%s change %d%s %s" % (origin, revision, _text_form(text), packet)
        case Signalled(sender_sid, packet):
            return b"%s signal %s %s" % (origin, sender_sid.encode(), packet)
        case Grown(message_id, start, end, packet):
            piece = b"%s:%d:%d" % (message_id.encode(), start, end)
            return b"%s grown %s %s" % (origin, piece, _within_limit(packet) or b"")
        case SessionsEnded():
            return b"%s sessions - " % origin
        case WorkWaiting():
            return b"%s work - " % origin


def decode(data: bytes) -> tuple[bytes, Notice] | None:
    """The origin and its notice; None for what is not a notice of ours."""
    parts = data.split(b" ", 3)
    if len(parts) != 4:
        return None
    origin, kind, argument, packet = parts
    try:
        match kind:
            case b"change":
                return origin, _changed(argument.decode(), packet)
            case b"hint":
                return origin, Changed(Revision(int(argument)), None)
            case b"signal":
                return origin, Signalled(argument.decode(), packet)
            case b"grown":
                return origin, _grown(argument, packet)
            case b"sessions":
                return origin, SessionsEnded()
            case b"work":
                return origin, WorkWaiting()
    except ValueError:
        return None
    return None


def _within_limit(packet: bytes | None) -> bytes | None:
    return None if packet is None or len(packet) > PACKET_LIMIT else packet


def _text_form(text: Opened | Ended | None) -> bytes:
    match text:
        case Opened(message_id, length):
            return b"+%s:%d" % (message_id.encode(), length)
        case Ended(message_id):
            return b":%s" % message_id.encode()
        case None:
            return b""


def _changed(argument: str, packet: bytes) -> Changed:
    """`revision`, `revision+id:length` or `revision:id`."""
    if "+" in argument:
        revision, _, opened = argument.partition("+")
        message_id, _, length = opened.partition(":")
        return Changed(Revision(int(revision)), packet, Opened(MessageId(message_id), int(length)))
    revision, _, ended = argument.partition(":")
    return Changed(Revision(int(revision)), packet, Ended(MessageId(ended)) if ended else None)


def _grown(piece: bytes, packet: bytes) -> Grown:
    message_id, start, end = piece.decode().split(":")
    return Grown(MessageId(message_id), int(start), int(end), packet or None)
