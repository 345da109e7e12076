"""One suite for both counters of attempts."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import redis.asyncio
from structlog.testing import capture_logs

from bitworks.fanout import AttemptLimits, LocalAttemptLimits, attempt_limits, open_fanout
from bitworks.fanout.attempt_limits import REDIS_PAUSE, AttemptLimit, RedisAttemptLimits


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.servers), "redis away"])
async def limits(request: pytest.FixtureRequest) -> AsyncIterator[AttemptLimits]:
    urls = {"local": None, "redis away": "redis://127.0.0.1:1"}
    name = request.param
    url = request.getfixturevalue("redis_url") if name == "redis" else urls[name]
    async with open_fanout(url) as (_, limits):
        yield limits


def a_limit(window: int = 60) -> AttemptLimit:
    return AttemptLimit(f"test-{uuid4()}", attempts=3, window=window)


async def test_attempts_up_to_the_limit_are_allowed(limits: AttemptLimits) -> None:
    limit = a_limit()
    for _ in range(3):
        assert await limits.retry_after(limit, "key") == 0
        await limits.count(limit, "key")
    assert 0 < await limits.retry_after(limit, "key") <= 61


async def test_keys_are_counted_apart(limits: AttemptLimits) -> None:
    limit = a_limit()
    for _ in range(3):
        await limits.count(limit, "one")
    assert await limits.retry_after(limit, "other") == 0


async def test_a_refunded_attempt_does_not_count(limits: AttemptLimits) -> None:
    limit = a_limit()
    for _ in range(3):
        await limits.count(limit, "key")
    await limits.refund(limit, "key")
    assert await limits.retry_after(limit, "key") == 0
    await limits.refund(limit, "unknown")


async def test_a_window_ends() -> None:
    now = 0.0
    limits = LocalAttemptLimits(clock=lambda: now)
    limit = a_limit(window=60)
    for _ in range(3):
        await limits.count(limit, "key")
    assert await limits.retry_after(limit, "key") == 61
    now = 60.0
    assert await limits.retry_after(limit, "key") == 0
    await limits.count(limit, "key")
    assert await limits.retry_after(limit, "key") == 0


async def test_a_refund_leaves_no_counter_behind(redis_url: str) -> None:
    limit = a_limit()
    async with open_fanout(redis_url) as (_, limits), redis.asyncio.Redis.from_url(redis_url) as client:
        await limits.count(limit, "key")
        await limits.refund(limit, "key")
        await limits.refund(limit, "key")
        assert await client.keys(f"*{limit.name}*") == []


async def test_a_redis_that_is_away_is_mentioned_once() -> None:
    with capture_logs() as logs:
        async with open_fanout("redis://127.0.0.1:1") as (_, limits):
            for _ in range(3):
                await limits.count(a_limit(), "key")
    assert len([line for line in logs if line.get("doing") == "limits"]) == 1


async def test_a_redis_that_hangs_is_waited_for_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now, asked = 0.0, 0

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.read()
        writer.close()

    monkeypatch.setattr(attempt_limits, "REDIS_TIMEOUT", 0.05)
    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with redis.asyncio.Redis(port=port) as client:
            limits = RedisAttemptLimits(client, clock=lambda: now)
            limit = a_limit()
            for _ in range(3):
                await limits.count(limit, "key")
                await limits.count(limit, "other")
                await limits.refund(limit, "other")
            assert await limits.retry_after(limit, "key") > 0
            assert asked == 1
            now += REDIS_PAUSE
            await limits.count(limit, "key")
            assert asked == 2


async def test_a_redis_that_is_back_is_asked_again_after_a_second(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        limits, limit = RedisAttemptLimits(client, clock=lambda: now), a_limit()
        with monkeypatch.context() as away:
            away.setattr(client, "incr", refused)
            await limits.count(limit, "key")
        await limits.count(limit, "key")
        assert await client.keys(f"*{limit.name}*") == []
        now += REDIS_PAUSE
        await limits.count(limit, "key")
        assert len(await client.keys(f"*{limit.name}*")) == 1


async def refused(name: str) -> int:
    raise ConnectionRefusedError
