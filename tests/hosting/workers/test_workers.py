"""Several workers on one port, and several such instances behind a balancer that knows no stickiness."""

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import psutil
import pytest

from bench.ports import held_port
from bitworks.realtime.forwarding.session_ids import Owner, owner_of, sign_session_id
from tests.realtime.socket.test_stock_client import assert_stock_client_is_served
from tests.support.crossroads import crossroads
from tests.support.instances import SECRET
from tests.support.people import Device, request
from tests.support.program import a_person_at, at, bitworks, processes_on, serving, stop

pytestmark = pytest.mark.servers

Settings = dict[str, Any]
Json = dict[str, Any]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with TemporaryDirectory(prefix="bitworks-test-") as folder:
        yield Path(folder) / "data"
        for process in processes_on(Path(folder)):
            process.kill()


@pytest.fixture
def settings(database_url: str, redis_url: str) -> Settings:
    return {
        "database_url": database_url,
        "redis_url": redis_url,
        "secret_key": SECRET,
        "host": "127.0.0.1",
        "web_concurrency": 2,
        "database_connections": 3,
    }


@contextmanager
def instance(settings: Settings) -> Iterator[str]:
    """Two workers that other instances can reach."""
    with held_port() as port:
        advertised = f"http://127.0.0.1:{port}"
        with serving(**{**settings, "port": port, "advertise_url": advertised}) as (process, url):
            yield url
            stop(process, signal.SIGTERM)


@pytest.fixture
async def balancer(settings: Settings) -> AsyncIterator[str]:
    """Two instances of two workers each."""
    with instance(settings) as one, instance(settings) as other:
        async with crossroads(one, other) as (_, url):
            yield url


@pytest.mark.parametrize("transports", ["polling", "polling,websocket", "websocket"])
async def test_the_stock_client_needs_no_sticky_sessions(
    balancer: str, http: aiohttp.ClientSession, repository: Path, transports: str
) -> None:
    person = await a_person_at(balancer, http)
    await assert_stock_client_is_served(person, repository, transports)


async def test_without_an_address_an_instance_is_reached_by_its_own_workers_only(
    settings: Settings, http: aiohttp.ClientSession, repository: Path
) -> None:
    with serving(**settings) as (process, url):
        async with crossroads(url) as (_, balancer):
            person = await a_person_at(balancer, http)
            await assert_stock_client_is_served(person, repository, "polling,websocket")
        stop(process)


def worker_of(device: Device) -> int:
    owner = owner_of(SECRET, device.client.eio.sid)
    assert owner is not None
    return owner.worker


def lines_until(process: "subprocess.Popen[str]", event: str) -> Json:
    assert process.stderr is not None
    for line in process.stderr:
        said: Json = json.loads(line)
        if said["event"] == event:
            return said
    raise AssertionError(f"never said {event}")


@pytest.fixture
async def unpooled() -> AsyncIterator[aiohttp.ClientSession]:
    """Keeps no connection: one to a worker that was killed would fail the next request."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        yield session


async def test_devices_of_a_killed_worker_come_back_through_the_others_with_no_hole(
    settings: Settings, unpooled: aiohttp.ClientSession
) -> None:
    with serving(**settings) as (process, url):
        person = await a_person_at(url, unpooled)
        conversation = await person.conversation()
        async with person.device() as device:
            before = await person.message(conversation, "before")
            await device.until_revision(before["revision"])
            children = psutil.Process(process.pid).children()
            victim = next(child for child in children if worker_of(device) == number_of(child, children))
            victim.send_signal(signal.SIGKILL)
            await device.until(lambda d: not d.client.connected)
            missed = await person.message(conversation, "missed")
            async with person.device(since=device.cursor) as back:
                assert back.revisions == [missed["revision"]]
                live = await person.message(conversation, "live")
                await back.until_revision(live["revision"])
                assert back.revisions == [missed["revision"], live["revision"]]
        ended = await asyncio.to_thread(lines_until, process, "worker_ended")
        assert (ended["pid"], ended["code"]) == (victim.pid, -signal.SIGKILL)
        started = await asyncio.to_thread(lines_until, process, "worker_serving")
        assert started["worker"] == ended["worker"]
        stop(process)


def number_of(child: psutil.Process, children: list[psutil.Process]) -> int:
    """Workers are started in the order of their numbers."""
    return sorted(one.pid for one in children).index(child.pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_stop_drains_every_worker(
    settings: Settings, http: aiohttp.ClientSession, number: signal.Signals
) -> None:
    with serving(**settings) as (process, url):
        workers = psutil.Process(process.pid).children()
        person = await a_person_at(url, http)
        async with person.device() as device:
            stop(process, number)
            await device.until(lambda d: not d.client.connected)
        assert len(workers) == 2
        assert not any(worker.is_running() for worker in workers)
        assert process.stderr is not None
        said = [json.loads(line) for line in process.stderr]
    assert {line["worker"] for line in said if line["event"] == "stopping"} == {0, 1}


async def test_workers_end_with_a_parent_that_was_killed(settings: Settings) -> None:
    with serving(**settings) as (process, _):
        workers = psutil.Process(process.pid).children()
        process.kill()
        _, alive = await asyncio.to_thread(psutil.wait_procs, workers, timeout=30)
        assert alive == []


async def test_an_embedded_instance_has_a_valkey_of_its_own(
    data_dir: Path, http: aiohttp.ClientSession
) -> None:
    embedded: Settings = {"data_dir": data_dir, "web_concurrency": 2, "database_connections": 2}
    with serving(**embedded) as (process, url):
        person = await a_person_at(url, http)
        refused = bitworks("serve", **embedded)
        assert f"in use by process {process.pid}" in refused.stderr
        process.kill()
        process.wait()
    orphans = processes_on(data_dir)
    assert any("valkey" in orphan.name() for orphan in orphans)
    with serving(**embedded) as (process, url):
        assert not any(orphan.is_running() for orphan in orphans)
        async with person.device(at(url)) as one, person.device(at(url)) as other:
            await one.call("conversation:create", {"title": "seen by all"})
            await asyncio.gather(one.until_revision(1), other.until_revision(1))
        stop(process)
    assert processes_on(data_dir) == []


async def test_only_an_address_that_we_sealed_is_ever_called(
    settings: Settings, http: aiohttp.ClientSession
) -> None:
    called = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        writer.close()

    trap = await asyncio.start_server(answer, "127.0.0.1", 0)
    owner = Owner(f"http://127.0.0.1:{trap.sockets[0].getsockname()[1]}", 0)
    ours = sign_session_id(SECRET, owner, b"random")
    forged = [sign_session_id("another secret", owner, b"random"), ours[:-1], f"x{ours}", "x", "..", "é.é.é"]
    with serving(**{**settings, "web_concurrency": 1}) as (process, url):
        for sid in forged:
            polled = await request(
                http, "GET", f"{url}/socket.io/", params={"EIO": "4", "transport": "polling", "sid": sid}
            )
            assert (polled.status, polled.body) == (400, {"code": 1, "message": "Session ID unknown"})
        assert not called.is_set()
        with pytest.raises(aiohttp.ClientError):
            await request(
                http, "GET", f"{url}/socket.io/", params={"EIO": "4", "transport": "polling", "sid": ours}
            )
        assert called.is_set()
        stop(process)
    trap.close()


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"web_concurrency": "0"}, "WEB_CONCURRENCY: Input should be greater than or equal to 1"),
        ({"web_concurrency": "two"}, "WEB_CONCURRENCY: Input should be a valid integer"),
        ({"advertise_url": "https://other"}, "ADVERTISE_URL: must be http://host:port"),
        ({"advertise_url": "http://other/path"}, "ADVERTISE_URL: must be http://host:port"),
    ],
)
def test_a_bad_setting_is_named(wrong: Settings, line: str) -> None:
    refused = bitworks("serve", **wrong)
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[0].startswith(line)


async def test_a_worker_that_cannot_start_stops_the_start(postgres: str) -> None:
    refused = await asyncio.to_thread(
        bitworks, "serve", database_url=postgres, secret_key=SECRET, redis_url="redis://x", web_concurrency=2
    )
    assert refused.returncode == 1
    assert "bitworks migrate" in refused.stderr
    assert "Traceback" not in refused.stderr
