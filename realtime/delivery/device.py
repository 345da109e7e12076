"""One socket of a user, with all that its feed keeps of it."""

from dataclasses import dataclass, field

from bitworks.core.callers import Caller
from bitworks.realtime.delivery.delivery import Delivery
from bitworks.realtime.delivery.recovery import ResumePlan
from bitworks.realtime.engine import Connection


@dataclass(slots=True, eq=False)
class Device:
    """One connected device."""

    sid: str
    """The Socket.IO session id."""
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

    def __post_init__(self) -> None:
        self.delivery = Delivery(self.plan.cursor)
