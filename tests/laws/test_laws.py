"""The laws that a device may rely on, held under random programmes of writes, absences and faults.

`LAWS=long` runs four times as many, as `make long` does; `LAWS=thorough` many more and longer ones. Both run
different ones each time.
"""

import gc
import os
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from bitworks.fanout import FanoutTimings
from bitworks.hosting.app import Tuning
from bitworks.realtime.delivery.limits import DeliveryLimits
from tests.laws.disturbance import Disturbance
from tests.laws.growth import (
    assert_all_that_was_acknowledged_is_there,
    assert_texts_are_of_what_was_sent,
    assert_texts_only_grew,
)
from tests.laws.laws import (
    assert_all_laws,
    assert_every_revision_is_carried_once,
    assert_live_devices_got_the_published_bytes,
)
from tests.laws.programmes import (
    Programme,
    Write,
    growing,
    growing_undisturbed,
    programmes,
    undisturbed,
)
from tests.laws.world import Place, World
from tests.support.instances import running
from tests.support.roads import road_to

EXAMPLES = {"long": 400, "thorough": 2_000}
EXTENT = os.environ.get("LAWS", "")
THOROUGH = EXTENT in EXAMPLES
CHAPTERS = 25 if EXTENT == "thorough" else 10

settings.register_profile(
    "laws",
    deadline=None,
    max_examples=EXAMPLES.get(EXTENT, 100),
    # The same programmes at every run, unless one looks for what nobody has seen yet.
    derandomize=not THOROUGH,
    print_blob=True,
    # To explain a failure it would trace every line of the servers.
    phases=set(Phase) - {Phase.explain},
    # The instances are meant to outlive the examples: each has people of its own.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
LAWS = settings.get_profile("laws")

# When Redis drops a subscription, the task that reads it and the one that changes it both connect anew, and
# redis-py forgets one of the two connections.
LEAK = pytest.mark.filterwarnings("ignore:unclosed <StreamWriter:ResourceWarning")


def hasty() -> Tuning:
    """A device falls behind after a few messages, and is caught up with in a few pages."""
    return Tuning(
        delivery=DeliveryLimits(reconcile_interval=0.1, behind=2_000, drained=500),
        fanout=FanoutTimings(
            publish_timeout=0.2, self_test_interval=0.1, deaf_after=1.0, retry_delays=(0.02, 0.05)
        ),
    )


def deliveries(places: list[Place]) -> list[DeliveryLimits]:
    return [place.instance.app.tuning.delivery for place in places]


@pytest.fixture
async def places(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[Place]]:
    """Two instances, each with a road of its own to Redis. Everything that waits for time waits shortly."""
    async with (
        road_to(redis_url) as (one_road, one_url),
        road_to(redis_url) as (other_road, other_url),
        running(database_url, redis_url=one_url, tuning=hasty()) as one,
        running(database_url, redis_url=other_url, tuning=hasty()) as other,
    ):
        yield [
            Place(instance, road, Disturbance(instance.app.fanout, monkeypatch))
            for instance, road in ((one, one_road), (other, other_road))
        ]
    # What LEAK is about is to be found here, and not in another test.
    gc.collect()


def _used_again() -> Programme:
    """The id of a message whose conversation was deleted is used in another one."""
    first = Write(0, "message:create", row=0)
    return Programme(
        page=1,
        steps=(
            first,
            Write(0, "conversation:delete", row=0),
            Write(0, "conversation:create", row=2),
            replace(first, conversation=2),
        ),
    )


@LEAK
@pytest.mark.timeout(0 if THOROUGH else 120)
@given(programme=programmes(CHAPTERS))
@example(programme=_used_again())
@LAWS
async def test_whatever_happens_the_laws_hold_when_it_is_quiet_again(
    programme: Programme,
    places: list[Place],
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for delivery in deliveries(places):
        delivery.page = programme.page
    world = await World.begin(places, http)
    try:
        await world.run(programme)
        await assert_all_laws(world)
    finally:
        await world.end()


@LEAK
@pytest.mark.timeout(0 if THOROUGH else 120)
@given(programme=undisturbed(CHAPTERS))
@settings(LAWS, max_examples=LAWS.max_examples // 4)
async def test_while_nothing_is_lost_every_live_device_gets_the_same_bytes(
    programme: Programme,
    places: list[Place],
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What is late is waited for: a machine that stands for half a second must not have it read from PostgreSQL instead.
    for delivery in deliveries(places):
        delivery.filler_timeout, delivery.reconcile_interval = 5.0, 60.0
        delivery.behind, delivery.drained = DeliveryLimits().behind, DeliveryLimits().drained
    for place in places:
        place.instance.app.tuning.fanout.deaf_after = 30.0
        place.instance.app.tuning.fanout.publish_timeout = 5.0
    world = await World.begin(places, http)
    try:
        await world.run(programme)
        for someone in world.people:
            history = await assert_every_revision_is_carried_once(world, someone)
            assert_live_devices_got_the_published_bytes(someone.devices[:2], history)
    finally:
        await world.end()


@LEAK
@pytest.mark.timeout(0 if THOROUGH else 180)
@given(programme=growing(CHAPTERS))
@settings(LAWS, max_examples=LAWS.max_examples // 2)
async def test_whatever_happens_to_texts_that_grow_no_device_shows_less_and_all_show_the_same(
    programme: Programme,
    places: list[Place],
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for delivery in deliveries(places):
        delivery.page = programme.page
    for place in places:  # who takes a message over does so soon
        streams = place.instance.app.tuning.streams
        streams.append_timeout, streams.lease = 0.1, 0.05
    world = await World.begin(places, http)
    try:
        await world.run(programme)
        await assert_all_laws(world)
        for someone in world.people:
            assert_texts_only_grew(someone)
            assert_texts_are_of_what_was_sent(someone, await world.snapshot(someone))
    finally:
        await world.end()


@LEAK
@pytest.mark.timeout(0 if THOROUGH else 180)
@given(programme=growing_undisturbed(CHAPTERS))
@settings(LAWS, max_examples=LAWS.max_examples // 4)
async def test_while_nothing_is_lost_all_text_that_was_acknowledged_is_there(
    programme: Programme,
    places: list[Place],
    http: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # On a busy machine too, the owner of a message is waited for.
    for place in places:
        streams = place.instance.app.tuning.streams
        streams.append_timeout = streams.end_timeout = 5.0
    world = await World.begin(places, http)
    try:
        await world.run(programme)
        for someone in world.people:
            snapshot = await world.snapshot(someone)
            assert_texts_only_grew(someone)
            assert_texts_are_of_what_was_sent(someone, snapshot)
            assert_all_that_was_acknowledged_is_there(someone, snapshot)
    finally:
        await world.end()
