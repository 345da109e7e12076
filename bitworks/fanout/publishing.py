"""How a batch of notices gets to Redis.

An instance that publishes for a user is usually subscribed for that user as well, so a plain PUBLISH would
send most notices back to their origin, which has to read and drop them; with one instance there is no other
subscriber at all. So a script publishes only where another instance is subscribed.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from redis.exceptions import RedisError, ResponseError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message that waits to be published."""

    channel: str
    """The Redis channel, such as `bitworks:user:<id>`."""
    data: bytes
    """The encoded notice; empty for a probe."""
    self_subscribed: bool
    """Whether this instance is subscribed to the channel too: it drops what it published itself."""


class BatchPublisher(Protocol):
    """Publishes batches; used by one task at a time."""

    async def publish(self, batch: Sequence[Outgoing]) -> None:
        """Publishes the batch in order. Raises any error of Redis or the network; some may then be lost.

        Cancelling it leaves open how much was published.
        """

    async def close(self) -> None:
        """Closes the connection that is held, if any."""


# `here` counts the subscribers of the channel on which this instance always is. If it is 0, the subscription
# of this instance is broken, or at another node; so may be those of the others, and NUMSUB counts only those of the
# node that is asked.
_SCRIPT = """
local here = redis.call('PUBSUB', 'NUMSUB', ARGV[1])[2]
local always = ARGV[2] == '1' or here == 0
for i = 3, #ARGV, 3 do
    if always or redis.call('PUBSUB', 'NUMSUB', ARGV[i])[2] > here * ARGV[i + 1] then
        redis.call('PUBLISH', ARGV[i], ARGV[i + 2])
    end
end
"""


class ScriptPublisher:
    """Runs one script for each batch, on a connection of its own: a pooled one costs more than the sending.

    `own_channel` is one on which this instance is subscribed whenever its subscription works.
    """

    def __init__(self, client: Any, own_channel: str) -> None:
        self._connection = client.connection_pool.make_connection()
        # The caller has a timeout; redis-py would make a task of every write for its own.
        self._connection.socket_timeout = None
        self._own_channel = own_channel
        self._always = False
        self._warned: set[str] = set()

    async def publish(self, batch: Sequence[Outgoing]) -> None:
        """Publishes what another instance is subscribed to; through a node of a cluster, everything.

        See `BatchPublisher.publish`.
        """
        arguments = [part for one in batch for part in (one.channel, int(one.self_subscribed), one.data)]
        try:
            if not self._connection.is_connected:
                await self._connection.connect()  # send_command() connects too, but asks no sentinel
                await self._look_where()
            always = int(self._always)
            await self._connection.send_command("EVAL", _SCRIPT, 0, self._own_channel, always, *arguments)
            await self._connection.read_response()
        except BaseException:
            # A response that is still to come would be taken for that of the next batch.
            await self.close()
            raise

    async def _look_where(self) -> None:
        """Asks what kind of server this is, and warns of one that cannot be all that instances need.

        A node of a cluster passes what is published on to every node, but counts its own subscribers alone. A replica
        passes nothing on to its primary.
        """
        facts = await self._hello()
        self._always = facts.get(b"mode") == b"cluster"
        if self._always:
            self._warn(
                "redis_is_a_cluster",
                "redis+cluster:// is wanted: limits are not shared, and notices cost more",
            )
        elif facts.get(b"role") in (b"replica", b"slave"):
            self._warn("redis_is_a_replica", "name the primary: instances there hear nothing from this one")

    async def _hello(self) -> dict[bytes, Any]:
        """What the server says of itself; nothing where it is too old, or may not be asked."""
        await self._connection.send_command("HELLO")
        try:
            facts = await self._connection.read_response()
        except ResponseError:
            return {}
        return dict(zip(facts[::2], facts[1::2], strict=False))

    def _warn(self, event: str, advice: str) -> None:
        if event not in self._warned:
            self._warned.add(event)
            log.warning(event, advice=advice)

    async def close(self) -> None:
        """Closes the connection without waiting for the server; the next batch opens another."""
        with suppress(RedisError, OSError):
            await self._connection.disconnect(nowait=True)


class ClusterPublisher:
    """Sends one pipeline for each batch; redis-py divides it among the nodes, and follows moved slots."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def publish(self, batch: Sequence[Outgoing]) -> None:
        """Publishes the batch, in order for each channel. See `BatchPublisher.publish`."""
        pipeline = self._client.pipeline()
        for one in batch:
            pipeline.execute_command("SPUBLISH", one.channel, one.data)
        await pipeline.execute()

    async def close(self) -> None:
        """Does nothing: `open_fanout` closes the client."""
