"""What an instance says and hears of changes: written down, and disturbed in every way a network can."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Literal, assert_never

import pytest

from bitworks.core.ids import Revision, UserId
from bitworks.fanout import Fanout, Receiver
from bitworks.fanout.notices import Changed, Grown, Notice

Fate = Literal["pass", "lose", "repeat", "overtake", "late", "number only", "phantom"]
FATES: tuple[Fate, ...] = ("pass", "lose", "repeat", "overtake", "late", "number only", "phantom")
LATE = 0.08  # seconds; longer than a jump waits for its filler

# What says how the user's data has changed, and can be read from PostgreSQL.
Hint = Changed | Grown
Deliver = Callable[[Hint], None]


class Disturbance:
    """Around the fan-out of one instance, from the beginning.

    `said` is every change that was given to it to publish. The fate of a notice is chosen by its revision
    or by where its text begins, so a programme that is run again meets the same ones, whatever the timing.
    What one instance tells another about a text meets the fates in turn.
    """

    def __init__(self, fanout: Fanout, monkeypatch: pytest.MonkeyPatch) -> None:
        self.said: list[tuple[UserId, Changed]] = []
        self.speaking = _Passage()
        self.hearing = _Passage()
        self.telling = _Whispers()
        self._tell = fanout.send_to_instance
        self._publish, self._subscribe, self._unsubscribe = (
            fanout.publish,
            fanout.subscribe,
            fanout.unsubscribe,
        )
        self._ears: dict[tuple[UserId, Receiver], _Ear] = {}
        monkeypatch.setattr(fanout, "send_to_instance", self.tell)
        monkeypatch.setattr(fanout, "publish", self.publish)
        monkeypatch.setattr(fanout, "subscribe", self.subscribe)
        monkeypatch.setattr(fanout, "unsubscribe", self.unsubscribe)

    def meet(self, where: str, fates: Sequence[Fate]) -> None:
        """From now on this happens to what is said, heard or told."""
        passages = {"speaking": self.speaking, "hearing": self.hearing, "telling": self.telling}
        passages[where].fates = fates

    def calm(self) -> None:
        """From now on everything passes; what was kept back arrives now."""
        self.speaking.calm()
        self.hearing.calm()
        self.telling.fates = ()

    def tell(self, instance: str, message: bytes) -> bool:
        return self.telling.take(lambda: self._tell(instance, message))

    def publish(self, user_id: UserId, notice: Notice) -> None:
        if isinstance(notice, Changed):
            self.said.append((user_id, notice))
        if isinstance(notice, Hint):
            self.speaking.take(notice, lambda passed: self._publish(user_id, passed))
        else:
            self._publish(user_id, notice)

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

    def on_notice(self, user_id: UserId, notice: Notice) -> None:
        if isinstance(notice, Hint):
            self._passage.take(notice, lambda passed: self._receiver.on_notice(user_id, passed))
        else:
            self._receiver.on_notice(user_id, notice)

    def on_subscribed(self, user_id: UserId) -> None:
        self._receiver.on_subscribed(user_id)


class _Passage:
    """A place that notices of changes pass, each according to its fate."""

    def __init__(self) -> None:
        self.fates: Sequence[Fate] = ()
        self._kept: list[tuple[Hint, Deliver]] = []
        self._late: dict[asyncio.TimerHandle, tuple[Hint, Deliver]] = {}

    def take(self, notice: Hint, deliver: Deliver) -> None:
        match _fate_of(notice, self.fates):
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
                deliver(replace(notice, packet=None))
            case "phantom":
                deliver(_phantom(notice))
            case never:
                assert_never(never)

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

    def _deliver_late(self, notice: Hint, deliver: Deliver) -> None:
        def arrive() -> None:
            del self._late[timer]
            deliver(notice)

        timer = asyncio.get_running_loop().call_later(LATE, arrive)
        self._late[timer] = (notice, deliver)


class _Whispers:
    """What one instance tells another: the errands about texts, and their answers."""

    def __init__(self) -> None:
        self.fates: Sequence[Fate] = ()
        self._told = 0

    def take(self, tell: Callable[[], bool]) -> bool:
        self._told += 1
        match self.fates[self._told % len(self.fates)] if self.fates else "pass":
            case "lose":
                return True
            case "repeat":
                tell()
            case "late":
                asyncio.get_running_loop().call_later(LATE, tell)
                return True
        return tell()


def _fate_of(notice: Hint, fates: Sequence[Fate]) -> Fate:
    number = notice.revision if isinstance(notice, Changed) else notice.start
    return fates[number % len(fates)] if fates else "pass"


def _phantom(notice: Hint) -> Hint:
    """It tells of something that there is not."""
    if isinstance(notice, Changed):
        return Changed(Revision(notice.revision + 2), None)
    return replace(notice, end=notice.end + 2, packet=None)
