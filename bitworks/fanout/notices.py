"""The notices that instances send each other about a user, and their form on the wire.

Every notice is a hint: PostgreSQL is the truth, and a notice that is lost, late or repeated costs
time, never a change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bitworks.core.changes import Change
from bitworks.core.ids import MessageId, Revision, UserId

PACKET_LIMIT = 64 * 1024
"""Bytes of a packet above which a notice carries none: receivers then read the change from PostgreSQL.

Redis drops a subscriber whose output buffer outgrows its limit (`client-output-buffer-limit pubsub`)."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A message began to stream."""

    message_id: MessageId
    """The message."""
    length: int
    """Length of the text that it began with, in UTF-16 code units."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A message has stopped streaming, or was deleted."""

    message_id: MessageId
    """The message."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A revision was committed."""

    revision: Revision
    """The number of the change, of this user."""
    packet: bytes | None
    """The finished Socket.IO packet; None: receivers read the change from PostgreSQL."""
    text: Opened | Ended | None = None
    """What the change did to a streaming message, so that receivers need not decode the packet."""


@dataclass(frozen=True, slots=True)
class Signalled:
    """An event without a revision, such as typing, for every device of the user but the sender's."""

    sender_sid: str
    """The Socket.IO session id of the device that sent it."""
    packet: bytes
    """The finished Socket.IO packet."""


@dataclass(frozen=True, slots=True)
class SessionsEnded:
    """One or more sessions of the user ended; receivers read from PostgreSQL which."""


@dataclass(frozen=True, slots=True)
class WorkWaiting:
    """A reply or a summary is due; any worker may claim it."""


@dataclass(frozen=True, slots=True)
class Grown:
    """A streaming message has more text, written to PostgreSQL before this notice."""

    message_id: MessageId
    """The message."""
    start: int
    """Where the new text begins, in UTF-16 code units."""
    end: int
    """Where the new text ends (exclusive), in UTF-16 code units."""
    packet: bytes | None
    """The finished Socket.IO packet of the delta; None: receivers read the text from PostgreSQL."""


WORKERS = UserId("00000000-0000-0000-0000-000000000000")
"""The id, of no user, under which `WorkWaiting` is published and the workers subscribe."""


@dataclass(frozen=True, slots=True)
class Committed:
    """Something was committed: a hint to those who follow the changes of users."""

    revisions: Mapping[UserId, Revision]
    """The last revision that each user has drawn."""
    changes: Sequence[tuple[UserId, Change]] = ()
    """What was committed, for receivers in the same process: it does not go on the wire."""


FOLLOWERS = UserId("00000000-0000-0000-0000-000000000001")
"""The id, of no user, under which `Committed` is published and followers subscribe."""

Notice = Changed | Signalled | SessionsEnded | WorkWaiting | Grown | Committed


def encode(origin: bytes, notice: Notice) -> bytes:
    """Returns the payload on the wire: origin, kind, argument and packet, separated by spaces.

    `origin` is the name of the publishing instance, without spaces; that instance drops its own notices.
    """
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
        case Committed(revisions, _):
            drawn = ",".join(f"{user_id}:{revision}" for user_id, revision in revisions.items())
            return b"%s committed - %s" % (origin, drawn.encode())


def decode(data: bytes) -> tuple[bytes, Notice] | None:
    """Returns the origin and its notice; None for a payload of another form or of a later release."""
    # The packet is last, so its own spaces do not matter.
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
            case b"committed":
                return origin, Committed(_revisions(packet.decode()))
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
    """Decodes the argument of a change: `revision`, `revision+id:length` or `revision:id`."""
    if "+" in argument:
        revision, _, opened = argument.partition("+")
        message_id, _, length = opened.partition(":")
        return Changed(Revision(int(revision)), packet, Opened(MessageId(message_id), int(length)))
    revision, _, ended = argument.partition(":")
    return Changed(Revision(int(revision)), packet, Ended(MessageId(ended)) if ended else None)


def _revisions(drawn: str) -> dict[UserId, Revision]:
    pairs = (one.split(":") for one in drawn.split(","))
    return {UserId(user_id): Revision(int(revision)) for user_id, revision in pairs}


def _grown(piece: bytes, packet: bytes) -> Grown:
    message_id, start, end = piece.decode().split(":")
    return Grown(MessageId(message_id), int(start), int(end), packet or None)
