"""What every fan-out does."""

from collections.abc import Callable
from typing import Protocol

from bitworks.core.ids import UserId
from bitworks.fanout.notices import Notice


class Receiver(Protocol):
    """Who hosts devices of a user, or waits for a change. Called in the event loop; must not block."""

    def on_notice(self, user_id: UserId, notice: Notice) -> None:
        """Something happened to the user. May be missing, late, repeated or out of order."""

    def on_subscribed(self, user_id: UserId) -> None:
        """From now on notices arrive, after a time when they may not have: look what was missed."""


class Fanout(Protocol):
    """Carries notices to the receivers of a user, in this process and in others."""

    @property
    def name(self) -> str:
        """Of this instance, among all that share the fan-out."""

    def send_to_instance(self, instance: str, message: bytes) -> bool:
        """Sends to one instance, which may never get it. False if there is nobody else to be told.

        Never blocks, never raises.
        """

    def on_instance_message(self, handler: Callable[[bytes], None]) -> None:
        """From soon on, `handler` is given what this instance is told. It must not block."""

    def publish(self, user_id: UserId, notice: Notice) -> None:
        """Tells everybody. Never blocks, never raises: what cannot be told is dropped."""

    def subscribe(self, user_id: UserId, receiver: Receiver) -> None:
        """From soon on, `receiver` is told what is published for this user."""

    def unsubscribe(self, user_id: UserId, receiver: Receiver) -> None:
        """No more. Unknown receivers are ignored."""
