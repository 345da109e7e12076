"""Background tasks that belong together, and their end; threads that compute."""

import asyncio
import os
import sys
import threading

import pytest

from bitworks.tasks import Siblings, Tasks, computing_threads

PATIENCE = 5.0  # seconds


async def deaf_to_the_first_cancellation() -> None:
    """As what awaits `asyncio.wait_for` on Python 3.11, when what it waits for is done in the same moment."""
    for _ in range(2):
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError as error:
            lost = error
    raise lost


async def fails() -> None:
    raise ValueError("the first to end")


async def test_the_first_that_fails_ends_the_others_even_if_one_loses_its_cancellation() -> None:
    siblings = Siblings()
    siblings.start(deaf_to_the_first_cancellation())
    siblings.start(fails())
    with pytest.raises(ValueError, match="the first to end"):
        await asyncio.wait_for(siblings.run(), PATIENCE)


async def test_whoever_is_stopped_ends_its_siblings_first() -> None:
    ended = asyncio.Event()

    async def noted() -> None:
        try:
            await deaf_to_the_first_cancellation()
        finally:
            ended.set()

    siblings, tasks = Siblings(), Tasks("test")
    siblings.start(noted())
    tasks.start(siblings.run())
    await asyncio.sleep(0)
    await asyncio.wait_for(tasks.stop_stubborn(), PATIENCE)
    assert ended.is_set()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives a thread a priority of its own")
def test_a_thread_that_computes_steps_behind_the_loop() -> None:
    with computing_threads(1, "some") as threads:
        its_own = threads.submit(lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())).result()
    assert its_own > os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
