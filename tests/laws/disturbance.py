"""What an instance says and hears of changes: written down, and disturbed in every way a network can."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal

import pytest

from domain.ids import Revision, UserId
from domain.notices import Changed, Notice
from fanout import Fanout, Receiver

Fate = Literal["pass", "lose", "repeat", "overtake", "late", "number only", "phantom"]
FATES: tuple[Fate, ...] = ("pass", "lose", "repeat", "overtake", "late", "number only", "phantom")
LATE = 0.08  # seconds; longer than a jump waits for its filler

Deliver = Callable[[Notice], None]


class Disturbance:
    """Around the fan-out of one instance, from the beginning.

    `said` is every change that was given to it to publish. The fate of a notice is chosen by its
    revision, so a programme that is run again meets the same ones, whatever the timing.
    """

    def __init__(self, fanout: Fanout, monkeypatch: pytest.MonkeyPatch) -> None:
        self.said: list[tuple[UserId, Changed]] = []
        self.speaking = _Passage()
        self.hearing = _Passage()
        self._publish, self._subscribe, self._unsubscribe = (
            fanout.publish,
            fanout.subscribe,
            fanout.unsubscribe,
        )
        self._ears: dict[tuple[UserId, Receiver], _Ear] = {}
        monkeypatch.setattr(fanout, "publish", self.publish)
        monkeypatch.setattr(fanout, "subscribe", self.subscribe)
        monkeypatch.setattr(fanout, "unsubscribe", self.unsubscribe)

    def calm(self) -> None:
        """From now on everything passes; what was kept back arrives now."""
        self.speaking.calm()
        self.hearing.calm()

    def publish(self, user_id: UserId, notice: Notice) -> None:
        if isinstance(notice, Changed):
            self.said.append((user_id, notice))
        self.speaking.take(notice, lambda passed: self._publish(user_id, passed))

    def subscribe(self, user_id: UserId, receiver: Receiver) -> None:
        ear = self._ears[user_id, receiver] = _Ear(receiver, self.hearing)
        self._subscribe(user_id, ear)

    def unsubscribe(self, user_id: UserId, receiver: Receiver) -> None:
        # Who began to listen before there was any disturbance is not known here.
        self._unsubscribe(user_id, self._ears.pop((user_id, receiver), receiver))


class _Ear:
    """A receiver that hears what the passage lets through."""

    def __init__(self, receiver: Receiver, passage: "_Passage") -> None:
        self._receiver = receiver
        self._passage = passage

    def notice(self, user_id: UserId, notice: Notice) -> None:
        self._passage.take(notice, lambda passed: self._receiver.notice(user_id, passed))

    def subscribed(self, user_id: UserId) -> None:
        self._receiver.subscribed(user_id)


class _Passage:
    """A place that notices of changes pass, each according to its fate."""

    def __init__(self) -> None:
        self.fates: Sequence[Fate] = ()
        self._kept: list[tuple[Notice, Deliver]] = []
        self._late: dict[asyncio.TimerHandle, tuple[Notice, Deliver]] = {}

    def take(self, notice: Notice, deliver: Deliver) -> None:
        if not isinstance(notice, Changed) or not self.fates:
            deliver(notice)
            return
        match self.fates[notice.revision % len(self.fates)]:
            case "pass":
                deliver(notice)
                self._release()
            case "lose":
                pass
            case "repeat":
                deliver(notice)
                deliver(notice)
                self._kept.append((notice, deliver))
            case "overtake":
                self._kept.append((notice, deliver))
            case "late":
                self._deliver_late(notice, deliver)
            case "number only":
                deliver(Changed(notice.revision, None))
            case "phantom":
                deliver(Changed(Revision(notice.revision + 2), None))

    def calm(self) -> None:
        self.fates = ()
        for timer, (notice, deliver) in self._late.items():
            timer.cancel()
            deliver(notice)
        self._late.clear()
        self._release()

    def _release(self) -> None:
        """What was kept back comes now, the latest first."""
        kept, self._kept = self._kept, []
        for notice, deliver in reversed(kept):
            deliver(notice)

    def _deliver_late(self, notice: Notice, deliver: Deliver) -> None:
        def arrive() -> None:
            del self._late[timer]
            deliver(notice)

        timer = asyncio.get_running_loop().call_later(LATE, arrive)
        self._late[timer] = (notice, deliver)
