"""A wall clock that jumps: order comes from revisions, patience from a clock that only goes forward."""

import aiohttp
import pytest

from bitworks.hosting.app import Tuning
from tests.support.clocks import Clock
from tests.support.instances import running
from tests.support.people import register


@pytest.mark.parametrize("jump", [-86_400, -1, 1, 600])
async def test_a_jump_within_a_tokens_life_changes_nothing_for_a_device(
    database_url: str, http: aiohttp.ClientSession, jump: int
) -> None:
    clock = Clock()
    async with running(database_url, tuning=Tuning(clock=clock)) as instance:
        person = await register(instance, http)
        async with person.device() as device:
            first = await device.call("conversation:create", {"title": "before"})
            clock.advance(seconds=jump)
            second = await device.call("conversation:create", {"title": "after"})
            await device.until_revision(2)
            assert device.revisions == [1, 2]
            assert second["data"]["updated_at"] >= first["data"]["updated_at"]
            assert device.client.connected
        async with person.device(since="0") as device:
            assert device.revisions == [1, 2]


async def test_after_a_jump_over_a_tokens_life_it_is_refused_and_after_the_jump_back_it_is_taken_again(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    clock = Clock()
    async with running(database_url, tuning=Tuning(clock=clock)) as instance:
        person = await register(instance, http)
        async with person.device() as device:
            clock.advance(days=1)
            refused = await device.call("conversation:create")
            assert refused["error"]["code"] == "unauthorized"
            clock.advance(days=-1)
            assert (await device.call("conversation:create"))["revision"] == 1
