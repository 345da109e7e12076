"""Fan-out within one process: all that a single instance needs."""

import secrets
from collections import defaultdict
from collections.abc import Callable

from bitworks.core.ids import UserId
from bitworks.fanout.fanout import Receiver
from bitworks.fanout.notices import Notice


class LocalFanout:
    """Calls the receivers within `publish`, in the order in which they subscribed."""

    def __init__(self) -> None:
        self._name = secrets.token_hex(6)
        self._receivers: defaultdict[UserId, list[Receiver]] = defaultdict(list)

    @property
    def name(self) -> str:
        """The random name of this instance, 12 hexadecimal digits."""
        return self._name

    def send_to_instance(self, instance: str, message: bytes) -> bool:
        """Returns False: there is no other instance."""
        return False

    def on_instance_message(self, handler: Callable[[bytes], None]) -> None:
        """Does nothing: there is no other instance that could send."""

    def has_receivers(self, user_id: UserId) -> bool:
        """Returns whether any receiver is subscribed for this user."""
        return user_id in self._receivers

    def publish(self, user_id: UserId, notice: Notice) -> None:
        """Delivers `notice` to the user's receivers, before it returns."""
        # A copy: a receiver may unsubscribe while it is called.
        for receiver in tuple(self._receivers.get(user_id, ())):
            receiver.on_notice(user_id, notice)

    def subscribe(self, user_id: UserId, receiver: Receiver) -> None:
        """Adds a receiver, effective at once; `on_subscribed` is not called."""
        self._receivers[user_id].append(receiver)

    def unsubscribe(self, user_id: UserId, receiver: Receiver) -> None:
        """Removes a receiver. Does nothing if it is not subscribed."""
        receivers = self._receivers.get(user_id, [])
        if receiver in receivers:
            receivers.remove(receiver)
        if not receivers:
            self._receivers.pop(user_id, None)

    def announce_subscribed(self, user_id: UserId) -> None:
        """Calls `on_subscribed` of the user's receivers. `RedisFanout` does so when Redis confirms."""
        for receiver in tuple(self._receivers.get(user_id, ())):
            receiver.on_subscribed(user_id)
