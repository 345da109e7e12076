"""The program as a process: started, stopped, killed, and asked for what it cannot do."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import asyncpg
import psutil
import pytest

from tests.support.children import child
from tests.support.instances import SECRET, Instance
from tests.support.people import PASSWORD, request
from tests.support.program import (
    PROGRAM,
    a_person_at,
    bitworks,
    environment,
    processes_on,
    serving,
    serving_in_a_terminal,
    serving_with,
    stop,
)

pytestmark = pytest.mark.servers

OPENAI = {"reply_base_url": "http://localhost:1/v1", "reply_model": "tiny"}
WEBHOOK = {"webhook_url": "http://localhost:1/x", "webhook_secret": "whsec_c2VjcmV0c2VjcmV0"}


@pytest.fixture
def data_dir() -> Iterator[Path]:
    # Not below pytest's own folder: another run, starting, would close that to the server's user.
    with TemporaryDirectory(prefix="bitworks-test-") as folder:
        yield Path(folder) / "data"
        for process in processes_on(Path(folder)):
            process.kill()
            process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_stop_leaves_no_process_behind_and_state_survives(
    data_dir: Path, http: aiohttp.ClientSession, number: signal.Signals
) -> None:
    with serving(data_dir=data_dir) as (process, url):
        person = await a_person_at(url, http)
        conversation = await person.conversation(title="kept")
        stop(process, number)
    assert processes_on(data_dir) == []
    with serving(data_dir=data_dir) as (process, url):
        answer = await person.rest(
            "GET",
            "/conversations/me",
            instance=Instance(url, None),  # type: ignore[arg-type]
        )
        assert answer.body == [conversation]
        stop(process)


@pytest.mark.parametrize("name", ["R&D", "a+b", "50%25", "a b, c", 'it"s', "ñ#?"])
async def test_a_data_directory_may_have_any_name(
    name: str, data_dir: Path, http: aiohttp.ClientSession
) -> None:
    with serving(data_dir=data_dir / name) as (process, url):
        await a_person_at(url, http)
        stop(process)


def test_a_stop_is_heard_while_the_database_starts(data_dir: Path) -> None:
    assert bitworks("migrate", data_dir=data_dir).returncode == 0
    # It recovers for ever, and lets nobody in.
    (data_dir / "postgres" / "standby.signal").touch()
    with (data_dir / "postgres" / "postgresql.auto.conf").open("a") as settings:
        settings.write("hot_standby = off\n")
    with child([*PROGRAM, "serve"], env=environment(data_dir=data_dir)) as process:
        while not any("startup" in " ".join(one.cmdline()) for one in postgres_of(data_dir)):
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    assert processes_on(data_dir) == []


def postgres_of(data_dir: Path) -> list[psutil.Process]:
    servers = [one for one in processes_on(data_dir) if one.name() == "postgres"]
    return [helper for one in servers for helper in one.children()]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_closed_terminal_is_a_stop_and_leaves_no_process_behind(workers: int, data_dir: Path) -> None:
    with serving_in_a_terminal(data_dir=data_dir, web_concurrency=workers) as (process, terminal):
        assert processes_on(data_dir)
        os.close(terminal)
        assert process.wait(timeout=30) == 0
    assert processes_on(data_dir) == []


def test_what_was_started_to_outlive_its_terminal_does(data_dir: Path) -> None:
    with serving_with(["nohup", *PROGRAM, "serve"], environment(data_dir=data_dir)) as (process, _):
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=1)
        stop(process)


async def test_what_was_acknowledged_survives_a_kill_and_the_next_start_ends_the_orphan(
    data_dir: Path, http: aiohttp.ClientSession
) -> None:
    with serving(data_dir=data_dir) as (process, url):
        person = await a_person_at(url, http)
        conversation = await person.conversation(title="kept")
        process.kill()
        process.wait()
    orphans = processes_on(data_dir)
    assert orphans
    with serving(data_dir=data_dir) as (process, url):
        answer = await person.rest(
            "GET",
            "/conversations/me",
            instance=Instance(url, None),  # type: ignore[arg-type]
        )
        assert answer.body == [conversation]
        assert not any(orphan.is_running() for orphan in orphans)
        stop(process)


async def test_a_second_start_on_the_same_directory_says_who_holds_it(data_dir: Path) -> None:
    with serving(data_dir=data_dir) as (process, _):
        refused = bitworks("serve", data_dir=data_dir)
        assert refused.returncode == 1
        assert f"in use by process {process.pid}" in refused.stderr
        stop(process)


async def test_commands_run_beside_the_instance_that_holds_the_directory(
    data_dir: Path, http: aiohttp.ClientSession
) -> None:
    with serving(data_dir=data_dir) as (process, url):
        person = await a_person_at(url, http)
        accounts = bitworks("user", "list", data_dir=data_dir)
        assert person.tokens["user"]["email"] in accounts.stdout, accounts.stderr
        assert "follower" in bitworks("followers", data_dir=data_dir).stdout
        stop(process)
    assert processes_on(data_dir) == []


def test_a_setting_that_is_empty_is_not_set() -> None:
    refused = bitworks("relay", amqp_url="", database_url="")
    assert (refused.returncode, "AMQP_URL is not set" in refused.stderr) == (1, True)


def test_the_secret_of_an_embedded_instance_is_made_once_and_is_its_owners(data_dir: Path) -> None:
    bitworks("migrate", data_dir=data_dir)
    bitworks("user", "list", data_dir=data_dir)
    secret = data_dir / "secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    before = secret.read_text()
    bitworks("user", "list", data_dir=data_dir)
    assert secret.read_text() == before


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"database_url": "postgresql:///x"}, "SECRET_KEY is required when DATABASE_URL is set"),
        (
            {"database_url": "postgresql:///x", "secret_key": "short"},
            "SECRET_KEY must have at least 32 bytes",
        ),
        ({"database_url": "mysql://x", "secret_key": "x" * 32}, "DATABASE_URL: must begin with"),
        ({"redis_url": "localhost:6379"}, "REDIS_URL: must begin with redis://, rediss://"),
        (
            {"database_url": "postgresql://u:p@h:port/x"},
            "DATABASE_URL: has a port that is no number",
        ),
        (
            {"database_url": "postgresql://u:p#q@h/x?sslmode=all"},
            "DATABASE_URL: sslmode must be",
        ),
        ({"redis_url": "redis://h:port/0"}, "REDIS_URL: has a port that is no number"),
        ({"redis_url": "redis+sentinel://h:1"}, "REDIS_URL: must say what the sentinels call"),
        ({"database_pooler": "maybe"}, "DATABASE_POOLER: Input should be 'auto', 'transaction' or 'session'"),
        ({"trusted_proxies": "10.0.0.0/8,proxy"}, "TRUSTED_PROXIES: proxy is neither"),
        ({**OPENAI, **WEBHOOK}, "REPLY_PRODUCER must say which answers"),
        ({"reply_base_url": "http://x/v1"}, "REPLY_MODEL and one of REPLY_BASE_URL and REPLY_API_KEY"),
        ({"reply_producer": "webhook"}, "WEBHOOK_URL and WEBHOOK_SECRET are required"),
        ({**WEBHOOK, "webhook_secret": "?"}, "WEBHOOK_SECRET: must be whsec_"),
        ({"reply_producer": "oracle"}, "REPLY_PRODUCER: Input should be 'openai', 'webhook', 'amqp', 'demo'"),
        ({"port": "http"}, "PORT: Input should be a valid integer"),
        ({"registration": "maybe"}, "REGISTRATION: Input should be 'open' or 'closed'"),
    ],
)
def test_a_bad_setting_stops_the_start_with_one_line(settings: dict[str, str], line: str) -> None:
    refused = bitworks("serve", **settings)
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[0].startswith(line)
    assert "Traceback" not in refused.stderr


def test_a_database_that_cannot_be_reached_says_why() -> None:
    refused = bitworks("serve", database_url="postgresql://x@127.0.0.1:1/x", secret_key="x" * 32)
    assert refused.returncode == 1
    assert "The database is away" in refused.stderr
    assert "refused" in refused.stderr
    assert "Traceback" not in refused.stderr


async def test_a_parameter_that_the_server_does_not_know_is_named(database_url: str) -> None:
    for command in ("serve", "migrate"):
        refused = bitworks(command, database_url=f"{database_url}&no_such=1", secret_key=SECRET)
        assert refused.returncode == 1
        *_, line = refused.stderr.splitlines()
        assert 'unrecognized configuration parameter "no_such"' in line
        assert "Traceback" not in refused.stderr


async def test_a_database_that_is_not_utf8_is_named(postgres: str) -> None:
    connection = await asyncpg.connect(postgres)
    await connection.execute("create database latin encoding 'LATIN1' locale 'C' template template0")
    url = postgres.replace("/postgres?", "/latin?")
    for command in ("migrate", "serve"):
        refused = bitworks(command, database_url=url, secret_key=SECRET)
        assert refused.returncode == 1
        *_, line = refused.stderr.splitlines()
        assert line.startswith("The database is encoded as LATIN1 and must be UTF8")
        assert "Traceback" not in refused.stderr
    await connection.execute("drop database latin")
    await connection.close()


async def test_a_database_that_was_not_migrated_is_named(postgres: str) -> None:
    refused = bitworks("serve", database_url=postgres, secret_key=SECRET)
    assert refused.returncode == 1
    assert "bitworks migrate" in refused.stderr
    assert "Traceback" not in refused.stderr


async def test_a_database_from_elsewhere_is_migrated_and_served(
    postgres: str, http: aiohttp.ClientSession
) -> None:
    connection = await asyncpg.connect(postgres)
    await connection.execute("create database elsewhere")
    settings: dict[str, Any] = {
        "database_url": postgres.replace("/postgres?", "/elsewhere?"),
        "secret_key": SECRET,
    }
    assert bitworks("migrate", **settings).returncode == 0
    assert bitworks("migrate", **settings).returncode == 0
    with serving(host="127.0.0.1", **settings) as (process, url):
        await a_person_at(url, http)
        stop(process)
    await connection.execute("drop database elsewhere")
    await connection.close()


async def test_accounts_are_kept_from_the_command_line_when_registration_is_closed(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    settings: dict[str, Any] = {
        "database_url": database_url,
        "secret_key": SECRET,
        "registration": "closed",
        "host": "127.0.0.1",
    }
    email = "ana@example.org"
    assert bitworks("user", "add", email, "--password", PASSWORD, **settings).returncode == 0
    twice = bitworks("user", "add", email, "--password", PASSWORD, **settings)
    assert (twice.returncode, "exists already" in twice.stderr) == (1, True)
    assert email in bitworks("user", "list", **settings).stdout
    with serving(**settings) as (process, url):
        credentials = {"email": email, "password": PASSWORD}
        assert (await request(http, "POST", f"{url}/auth/register", json=credentials)).status == 403
        signed_in = await request(http, "POST", f"{url}/auth/login", json=credentials)
        assert signed_in.status == 200
        assert bitworks("user", "password", email, "--password", "another one", **settings).returncode == 0
        # The sessions of before are over, on an instance that was told by nobody.
        token = {"refresh_token": signed_in.body["refresh_token"]}
        assert (await request(http, "POST", f"{url}/auth/refresh", json=token)).status == 401
        assert (await request(http, "POST", f"{url}/auth/login", json=credentials)).status == 401
        assert bitworks("user", "delete", email, "--yes", **settings).returncode == 0
        stop(process)
    assert email not in bitworks("user", "list", **settings).stdout
    assert bitworks("user", "delete", email, "--yes", **settings).returncode == 1


async def test_no_log_line_holds_a_secret_or_what_people_write(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    settings: dict[str, Any] = {"database_url": database_url, "secret_key": SECRET, "host": "127.0.0.1"}
    with serving(**settings) as (process, url):
        person = await a_person_at(url, http)
        conversation = await person.conversation(title="a title nobody may log")
        await person.message(conversation, "words nobody may log")
        await person.rest("POST", "/messages", {"content": "words nobody may log"})
        await person.rest("GET", "/conversations/me", token="a forged token nobody may log")
        async with person.device() as device:
            await device.call("message:create", {"conversation_id": "x", "content": "words nobody may log"})
            await device.call("nobody may log", {})
        stop(process)
        assert process.stderr is not None
        log = process.stderr.read()
    assert "stopping" in log
    for secret in ("nobody may log", PASSWORD, person.token, person.tokens["refresh_token"], SECRET):
        assert secret not in log


async def test_a_held_request_is_answered_and_does_not_hold_the_stop_up(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    with serving(database_url=database_url, secret_key=SECRET, host="127.0.0.1") as (process, url):
        person = await a_person_at(url, http)
        async with asyncio.TaskGroup() as group:
            held = group.create_task(person.must("GET", "/changes?wait=30"))
            await asyncio.sleep(0)
            await person.must("GET", "/auth/verify")  # behind it, on a connection of its own
            began = time.monotonic()
            await asyncio.to_thread(stop, process, signal.SIGTERM)
            assert time.monotonic() - began < 5
        assert held.result()["changes"] == []


async def test_a_stop_finishes_what_is_under_way_and_sends_devices_elsewhere(
    database_url: str, redis_url: str, http: aiohttp.ClientSession
) -> None:
    settings: dict[str, Any] = {
        "database_url": database_url,
        "redis_url": redis_url,
        "secret_key": SECRET,
        "host": "127.0.0.1",
    }
    with serving(**settings) as (leaving, url), serving(**settings) as (staying, other_url):
        person = await a_person_at(url, http)
        conversation = await person.conversation()
        elsewhere = Instance(other_url, None)  # type: ignore[arg-type]  # not in this process
        async with person.device() as device:
            cursor = device.cursor
            body = {"conversation_id": conversation["id"], "role": "user", "content": "under way"}
            writing = [asyncio.create_task(device.call("message:create", body)) for _ in range(20)]
            await device.until(lambda d: d.revisions)
            stop(leaving, signal.SIGTERM)
            await device.until(lambda d: not d.client.connected)
            # What came before the end is handled within a moment; what did not never comes.
            answered, _ = await asyncio.wait(writing, timeout=1)
        acknowledged = [one.result()["revision"] for one in answered if not one.exception()]
        async with person.device(elsewhere, since=cursor) as device:
            assert set(acknowledged) <= set(device.revisions)
            assert acknowledged
        stop(staying)
