"""Places in turn, whoever asks for how much, and none of them lost."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitworks.core.errors import Overloaded, RateLimited
from bitworks.features.limits.fair_queue import FairQueue, QueueBounds

ONE_PLACE = QueueBounds(places=1, places_of_share=1, waiting=100, waiting_of_share=100, retry_after=3)


class Calls:
    """Calls that hold their places until they are told to end."""

    def __init__(self, bounds: QueueBounds) -> None:
        self.queue = FairQueue(bounds)
        self.begun: list[str] = []
        self._ends: dict[str, asyncio.Event] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self, name: str, share: str, member: str = "") -> None:
        """Begins a call, which has its place or waits for it when this returns."""
        self._ends[name] = asyncio.Event()
        self.tasks[name] = asyncio.create_task(self._call(name, share, member))
        await settled()

    async def _call(self, name: str, share: str, member: str) -> None:
        async with self.queue.place(share, member):
            self.begun.append(name)
            await self._ends[name].wait()

    async def end(self, name: str) -> None:
        self._ends[name].set()
        await settled()

    async def end_all(self) -> list[str]:
        """Ends each call as it begins. Gives the order in which they began."""
        for at in range(len(self.tasks)):
            if at < len(self.begun):
                await self.end(self.begun[at])
        return self.begun


def assert_empty(queue: FairQueue) -> None:
    assert (dict(queue._busy), queue._waiting, queue._turns) == ({}, [], {})


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@asynccontextmanager
async def calls(bounds: QueueBounds) -> AsyncIterator[Calls]:
    running = Calls(bounds)
    yield running
    for task in running.tasks.values():
        task.cancel()
    await asyncio.gather(*running.tasks.values(), return_exceptions=True)


async def test_who_asks_once_waits_for_no_more_than_one_of_who_asks_for_much() -> None:
    async with calls(ONE_PLACE) as running:
        for n in range(5):
            await running.start(f"greedy {n}", "greedy")
        await running.start("modest", "modest")
        assert (await running.end_all())[:3] == ["greedy 0", "greedy 1", "modest"]


async def test_shares_have_their_turns_in_a_ring() -> None:
    async with calls(ONE_PLACE) as running:
        await running.start("first", "x")
        for n in range(3):
            for share in ("a", "b"):
                await running.start(f"{share}{n}", share)
        assert await running.end_all() == ["first", "a0", "b0", "a1", "b1", "a2", "b2"]


async def test_within_a_share_its_members_have_their_turns() -> None:
    async with calls(ONE_PLACE) as running:
        await running.start("first", "x")
        for n in range(3):
            await running.start(f"a{n}", "office", "a")
        await running.start("b0", "office", "b")
        assert await running.end_all() == ["first", "a0", "b0", "a1", "a2"]


async def test_who_comes_back_at_once_does_not_overtake_who_waited() -> None:
    async with calls(ONE_PLACE) as running:
        await running.start("a0", "a")
        await running.start("b0", "b")
        await running.start("b1", "b")
        await running.end("a0")
        await running.start("a1", "a")
        assert await running.end_all() == ["a0", "b0", "b1", "a1"]


async def test_one_share_has_no_more_than_its_places() -> None:
    async with calls(replace(ONE_PLACE, places=3, places_of_share=2)) as running:
        for n in range(3):
            await running.start(f"a{n}", "a")
        assert running.begun == ["a0", "a1"]
        await running.start("b0", "b")
        assert running.begun == ["a0", "a1", "b0"]
        await running.end("a0")
        assert running.begun == ["a0", "a1", "b0", "a2"]


async def test_too_many_of_one_share_are_refused_and_told_when_to_come_back() -> None:
    async with calls(replace(ONE_PLACE, waiting_of_share=2)) as running:
        for n in range(4):
            await running.start(f"a{n}", "a")
        with pytest.raises(RateLimited) as refused:
            await running.tasks["a3"]
        assert refused.value.retry_after == 3
        await running.start("b0", "b")
        assert await running.end_all() == ["a0", "a1", "b0", "a2"]


async def test_where_all_is_full_who_has_most_waiting_makes_room() -> None:
    async with calls(replace(ONE_PLACE, waiting=3)) as running:
        for n in range(4):
            await running.start(f"a{n}", "a")
        await running.start("b0", "b")
        with pytest.raises(Overloaded) as refused:
            await running.tasks["a3"]
        assert refused.value.retry_after == 3
        assert await running.end_all() == ["a0", "a1", "b0", "a2"]


async def test_where_all_is_full_and_all_have_the_same_the_last_is_refused() -> None:
    async with calls(replace(ONE_PLACE, waiting=2)) as running:
        for name in ("a", "b", "c", "d"):
            await running.start(name, name)
        with pytest.raises(Overloaded):
            await running.tasks["d"]
        assert await running.end_all() == ["a", "b", "c"]


async def test_a_call_that_is_cancelled_while_it_waits_is_passed_over() -> None:
    async with calls(ONE_PLACE) as running:
        for name in ("a", "b", "c"):
            await running.start(name, name)
        running.tasks["b"].cancel()
        # Not settled: the place is free before the task has noticed.
        running._ends["a"].set()
        await settled()
        assert running.begun == ["a", "c"]


async def test_a_place_that_was_given_to_a_call_that_is_cancelled_goes_to_the_next() -> None:
    async with calls(ONE_PLACE) as running:
        for name in ("a", "b", "c"):
            await running.start(name, name)
        running.tasks["a"].cancel()
        await asyncio.sleep(0)  # "a" has left, and "b" was given its place, and has not run since
        running.tasks["b"].cancel()
        await settled()
        assert running.begun[-1] == "c"


async def test_an_idle_queue_remembers_nobody() -> None:
    async with calls(ONE_PLACE) as running:
        for n in range(3):
            await running.start(f"a{n}", "a", f"{n}")
            await running.start(f"b{n}", "b")
        running.tasks["a2"].cancel()
        await running.end_all()
        assert_empty(running.queue)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["end", "cancel"])), max_size=40))
def test_every_call_begins_or_is_refused_and_every_place_comes_back(steps: list[tuple[str, str]]) -> None:
    async def play() -> None:
        async with calls(QueueBounds(2, 1, 6, 3, 1)) as running:
            for n, (share, _) in enumerate(steps):
                await running.start(str(n), share)
            for n, (_, how) in enumerate(steps):
                if how == "cancel":
                    running.tasks[str(n)].cancel()
                    await settled()
            await running.end_all()
            outcomes = await asyncio.gather(*running.tasks.values(), return_exceptions=True)
            assert all(
                outcome is None or isinstance(outcome, RateLimited | Overloaded | asyncio.CancelledError)
                for outcome in outcomes
            )
            assert_empty(running.queue)

    asyncio.run(play())
