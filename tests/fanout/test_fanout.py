"""One suite for every fan-out: in this process, over Redis, and over a cluster."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from bitworks.core.ids import Revision, UserId
from bitworks.fanout import Fanout, open_fanout
from bitworks.fanout.notices import PACKET_LIMIT, Changed, Notice, SessionsEnded, Signalled
from bitworks.fanout.redis import RedisFanout

PATIENCE = 30.0  # seconds
OVER_A_SERVER = [pytest.param(name, marks=pytest.mark.servers) for name in ("redis", "cluster")]


class Listener:
    """Keeps what it is told, and can be waited for."""

    def __init__(self) -> None:
        self.heard: list[Notice] = []
        self.ready = asyncio.Event()
        self._changed = asyncio.Event()

    def on_notice(self, user_id: UserId, notice: Notice) -> None:
        self.heard.append(notice)
        self._changed.set()

    def on_subscribed(self, user_id: UserId) -> None:
        self.ready.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.heard) < count:
                self._changed.clear()
                await self._changed.wait()


@pytest.fixture(params=["local", *OVER_A_SERVER])
async def sides(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Fanout, Fanout]]:
    """Who publishes and who listens: the same one, or two over Redis, or over a cluster (sharded)."""
    if request.param == "local":
        async with open_fanout(None) as (fanout, _):
            yield fanout, fanout
        return
    url = request.getfixturevalue(f"{request.param}_url")
    async with open_fanout(url) as (one, _), open_fanout(url) as (other, _):
        yield one, other


async def listening(fanout: Fanout, user_id: UserId) -> Listener:
    listener = Listener()
    fanout.subscribe(user_id, listener)
    if type(fanout).__name__ == "RedisFanout":
        await asyncio.wait_for(listener.ready.wait(), PATIENCE)
    return listener


def a_user() -> UserId:
    return UserId(str(uuid4()))


async def test_notices_arrive_in_order_and_unchanged(sides: tuple[Fanout, Fanout]) -> None:
    here, there = sides
    user_id = a_user()
    listener = await listening(there, user_id)
    notices: list[Notice] = [Changed(Revision(n), b"packet %d" % n) for n in range(100)]
    notices += [Signalled("sid", b"typing"), SessionsEnded(), Changed(Revision(200), None)]
    for notice in notices:
        here.publish(user_id, notice)
    await listener.until(len(notices))
    assert listener.heard == notices


async def test_nobody_hears_of_another_user(sides: tuple[Fanout, Fanout]) -> None:
    here, there = sides
    user_id, stranger = a_user(), a_user()
    listener, other = await listening(there, user_id), await listening(there, stranger)
    here.publish(stranger, SessionsEnded())
    here.publish(user_id, Changed(Revision(1), b""))
    await listener.until(1)
    await other.until(1)
    assert listener.heard == [Changed(Revision(1), b"")]
    assert other.heard == [SessionsEnded()]


async def test_each_listener_of_a_user_hears_until_it_leaves(sides: tuple[Fanout, Fanout]) -> None:
    here, there = sides
    user_id = a_user()
    staying, leaving = await listening(there, user_id), Listener()
    there.subscribe(user_id, leaving)
    here.publish(user_id, Changed(Revision(1), b""))
    await staying.until(1)
    await leaving.until(1)
    there.unsubscribe(user_id, leaving)
    there.unsubscribe(user_id, leaving)
    here.publish(user_id, Changed(Revision(2), b""))
    await staying.until(2)
    assert len(leaving.heard) == 1


async def test_over_redis_what_is_too_large_is_announced_by_number(redis_url: str) -> None:
    user_id = a_user()
    async with open_fanout(redis_url) as (here, _), open_fanout(redis_url) as (there, _):
        listener = await listening(there, user_id)
        here.publish(user_id, Changed(Revision(3), b"x" * (PACKET_LIMIT + 1)))
        await listener.until(1)
        assert listener.heard == [Changed(Revision(3), None)]


async def test_a_redis_that_is_not_there_keeps_nobody_waiting() -> None:
    async with open_fanout("redis://127.0.0.1:1") as (fanout, _):
        listener = Listener()
        user_id = a_user()
        fanout.subscribe(user_id, listener)
        fanout.publish(user_id, SessionsEnded())
        assert listener.heard == [SessionsEnded()]


async def test_one_instance_tells_another_and_nobody_else(sides: tuple[Fanout, Fanout]) -> None:
    one, other = sides
    if one is other:
        assert not one.send_to_instance("somebody", b"hello")
        return
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    one.on_instance_message(lambda _: pytest.fail("it was told to the other"))
    other.on_instance_message(heard.put_nowait)
    # Its subscription may only just begin: until then what it is told is lost.
    async with asyncio.timeout(PATIENCE):
        while heard.empty():
            assert one.send_to_instance(other.name, b'{"a": "b c"}')
            await asyncio.sleep(0.01)
    assert heard.get_nowait() == b'{"a": "b c"}'


async def test_over_redis_nobody_is_sent_what_they_said_themselves(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id = a_user()
    sent: list[object] = []
    heard = RedisFanout._received

    def watched(fanout: RedisFanout, message: dict[str, object]) -> None:
        sent.append(message["channel"])
        heard(fanout, message)  # type: ignore[arg-type]  # as the library gives it

    async with open_fanout(redis_url) as (fanout, _):
        await listening(fanout, user_id)
        monkeypatch.setattr(RedisFanout, "_received", watched)
        done = asyncio.Event()
        fanout.on_instance_message(lambda _: done.set())
        fanout.publish(user_id, SessionsEnded())
        fanout.send_to_instance(fanout.name, b"behind it")
        await asyncio.wait_for(done.wait(), PATIENCE)
    assert not [channel for channel in sent if user_id.encode() in channel]  # type: ignore[operator]
