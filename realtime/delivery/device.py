"""One socket of a user, with all that its feed keeps of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bitworks.core.callers import Caller
from bitworks.realtime.delivery.delivery import Delivery
from bitworks.realtime.delivery.packets import namespace_of
from bitworks.realtime.delivery.recovery import ResumePlan
from bitworks.realtime.engine import Connection, Frame


@dataclass(slots=True, eq=False)
class Device:
    """One connected device."""

    sid: str
    """The Socket.IO session id."""
    namespace: str
    """That of its user, as its client wrote it: the id may be in capitals."""
    connection: Connection
    """Its socket."""
    caller: Caller
    """Replaced when the session is renewed; the other fields stay for the socket's life."""
    plan: ResumePlan
    """What the device is sent first."""
    sessions_ended: int
    """How many sessions of the user had ended when that of the device was seen alive."""
    delivery: Delivery = field(init=False)
    """What it was sent."""
    send: Callable[[Frame], None] = field(init=False)
    """Sends one framed packet. Never blocks."""

    def __post_init__(self) -> None:
        self.delivery = Delivery(self.plan.cursor)
        ours = namespace_of(self.caller.user_id)
        self.send = (
            self.connection.send
            if self.namespace == ours
            else _respelling(self.connection, ours, self.namespace)
        )


def _respelling(connection: Connection, ours: str, theirs: str) -> Callable[[Frame], None]:
    """Returns a `send` that names the namespace as the client does, which takes no other for its own.

    Only such a device pays for it: the packets of all others are framed once.
    """

    def send(frame: Frame) -> None:
        packet = bytes(frame.polling).replace(ours.encode(), theirs.encode(), 1)
        connection.send(Frame.engine(packet))

    return send
