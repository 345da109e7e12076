"""One socket of a user, as the feed of that user sees it."""

from dataclasses import dataclass, field

from bitworks.core.callers import Caller
from bitworks.realtime.delivery.delivery import Delivery
from bitworks.realtime.delivery.recovery import ResumePlan
from bitworks.realtime.engine import Connection


@dataclass(slots=True, eq=False)
class Device:
    """`caller` is replaced when the session is renewed; everything else stays for the socket's life.

    `sessions_ended` is the count under which its session was seen alive.
    """

    sid: str
    connection: Connection
    caller: Caller
    plan: ResumePlan
    sessions_ended: int
    delivery: Delivery = field(init=False)

    def __post_init__(self) -> None:
        self.delivery = Delivery(self.plan.cursor)
