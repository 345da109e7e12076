"""What every fan-out does: `LocalFanout` in one process, `RedisFanout` between instances."""

from collections.abc import Callable
from typing import Protocol

from bitworks.core.ids import UserId
from bitworks.fanout.notices import Notice


class Receiver(Protocol):
    """Receives the notices of the users for whom it is subscribed.

    Both callbacks run in the event loop, synchronously. They must neither block nor raise.
    """

    def on_notice(self, user_id: UserId, notice: Notice) -> None:
        """Handles one notice. Notices may be missing, late, repeated or out of order."""

    def on_subscribed(self, user_id: UserId) -> None:
        """Handles the (re)start of a subscription: notices published before it may be missing."""


class Fanout(Protocol):
    """Carries notices to the receivers of a user, and messages between instances."""

    @property
    def name(self) -> str:
        """The name of this instance, unique among all that share the fan-out; without spaces."""

    def send_to_instance(self, instance: str, message: bytes) -> bool:
        """Sends `message`, which must not be empty, to the instance of that name; it may get lost.

        Returns False if there is no way to another instance. Never blocks, never raises.
        """

    def on_instance_message(self, handler: Callable[[bytes], None]) -> None:
        """Sets the handler of the messages that are sent to this instance. It must not block.

        A later call replaces the handler. Messages that arrive while none is set are dropped.
        """

    def publish(self, user_id: UserId, notice: Notice) -> None:
        """Delivers `notice` to the receivers in this process at once, to those in others if possible.

        Notices of one process arrive in the order of the calls, unless some get lost. Never blocks, never
        raises.
        """

    def subscribe(self, user_id: UserId, receiver: Receiver) -> None:
        """Adds a receiver of the user's notices. Notices from other instances follow `on_subscribed`."""

    def unsubscribe(self, user_id: UserId, receiver: Receiver) -> None:
        """Removes a receiver. Does nothing if it is not subscribed."""
