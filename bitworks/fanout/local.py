"""Fan-out within one process: all that a single instance needs."""

import secrets
from collections import defaultdict
from collections.abc import Callable

from bitworks.core.ids import UserId
from bitworks.fanout.fanout import Receiver
from bitworks.fanout.notices import Notice


class LocalFanout:
    """Delivers at once, in the order of publishing."""

    def __init__(self) -> None:
        self._name = secrets.token_hex(6)
        self._receivers: defaultdict[UserId, list[Receiver]] = defaultdict(list)

    @property
    def name(self) -> str:
        return self._name

    def send_to_instance(self, instance: str, message: bytes) -> bool:
        return False

    def on_instance_message(self, handler: Callable[[bytes], None]) -> None:
        """Nobody else is there to tell anything."""

    def has_receivers(self, user_id: UserId) -> bool:
        """Whether somebody here listens for this user."""
        return user_id in self._receivers

    def publish(self, user_id: UserId, notice: Notice) -> None:
        for receiver in tuple(self._receivers.get(user_id, ())):
            receiver.on_notice(user_id, notice)

    def subscribe(self, user_id: UserId, receiver: Receiver) -> None:
        self._receivers[user_id].append(receiver)

    def unsubscribe(self, user_id: UserId, receiver: Receiver) -> None:
        receivers = self._receivers.get(user_id, [])
        if receiver in receivers:
            receivers.remove(receiver)
        if not receivers:
            self._receivers.pop(user_id, None)

    def announce_subscribed(self, user_id: UserId) -> None:
        """Tells the receivers of a user that notices arrive again."""
        for receiver in tuple(self._receivers.get(user_id, ())):
            receiver.on_subscribed(user_id)
