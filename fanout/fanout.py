"""What every fan-out does."""

from typing import Protocol

from domain.ids import UserId
from domain.notices import Notice


class Receiver(Protocol):
    """Who hosts devices of a user, or waits for a change. Called in the event loop; must not block."""

    def notice(self, user_id: UserId, notice: Notice) -> None:
        """Something happened to the user. May be missing, late, repeated or out of order."""

    def subscribed(self, user_id: UserId) -> None:
        """From now on notices arrive, after a time when they may not have: look what was missed."""


class Fanout(Protocol):
    """Carries notices to the receivers of a user, in this process and in others."""

    def publish(self, user_id: UserId, notice: Notice) -> None:
        """Tells everybody. Never blocks, never raises: what cannot be told is dropped."""

    def subscribe(self, user_id: UserId, receiver: Receiver) -> None:
        """From soon on, `receiver` is told what is published for this user."""

    def unsubscribe(self, user_id: UserId, receiver: Receiver) -> None:
        """No more. Unknown receivers are ignored."""
