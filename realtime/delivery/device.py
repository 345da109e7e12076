"""One socket of a user, with all that its feed keeps of it."""

from dataclasses import dataclass, field

from bitworks.core.callers import Caller
from bitworks.realtime.delivery.delivery import Delivery
from bitworks.realtime.delivery.recovery import ResumePlan
from bitworks.realtime.engine import Connection


@dataclass(slots=True, eq=False)
class Device:
    """One connected device.

    sid: the Socket.IO session id.
    caller: replaced when the session is renewed; the other fields stay for the socket's life.
    plan: what the device is sent first.
    sessions_ended: how many sessions of the user had ended when that of the device was seen alive.
    """

    sid: str
    connection: Connection
    caller: Caller
    plan: ResumePlan
    sessions_ended: int
    delivery: Delivery = field(init=False)

    def __post_init__(self) -> None:
        self.delivery = Delivery(self.plan.cursor)
