"""How a batch of notices gets to Redis.

Everybody who publishes for a user usually listens for that user as well, so a plain PUBLISH would send most
notices back to where they come from: the subscriber pays for a message that it knows already, and with one
instance there is nobody else. So a script asks first whether anybody else listens.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from redis.exceptions import RedisError


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message that waits to be published."""

    channel: str
    """The Redis channel, such as `bitworks:user:<id>`."""
    data: bytes
    """The encoded notice; empty for a probe."""
    self_subscribed: bool
    """Whether this instance is subscribed to the channel too: it drops what it published itself."""


class Publisher(Protocol):
    async def publish(self, batch: Sequence[Outgoing]) -> None:
        """Sends all of it, in order. Raises whatever Redis or the network does; then some may be lost."""

    async def close(self) -> None:
        """Ends the connection that is held, if one is."""


# The first argument is a channel on which this instance always listens: if nobody does, its subscription
# is gone or is at another server, and nothing is self_subscribed.
_SCRIPT = """
local here = redis.call('PUBSUB', 'NUMSUB', ARGV[1])[2]
for i = 2, #ARGV, 3 do
    if redis.call('PUBSUB', 'NUMSUB', ARGV[i])[2] > here * ARGV[i + 1] then
        redis.call('PUBLISH', ARGV[i], ARGV[i + 2])
    end
end
"""


class ScriptPublisher:
    """One script for each batch, on a connection of its own: what is shared costs more than what is sent."""

    def __init__(self, client: Any, own_channel: str) -> None:
        self._connection = client.connection_pool.make_connection()
        # The caller's patience counts; the library's would make a task of every write.
        self._connection.socket_timeout = None
        self._own_channel = own_channel

    async def publish(self, batch: Sequence[Outgoing]) -> None:
        arguments = [part for one in batch for part in (one.channel, int(one.self_subscribed), one.data)]
        try:
            if not self._connection.is_connected:
                await self._connection.connect()  # sending would connect too, but not ask the sentinels
            await self._connection.send_command("EVAL", _SCRIPT, 0, self._own_channel, *arguments)
            await self._connection.read_response()
        except BaseException:
            # An answer that is still to come would be taken for that of the next batch.
            await self.close()
            raise

    async def close(self) -> None:
        with suppress(RedisError, OSError):
            await self._connection.disconnect(nowait=True)


class ClusterPublisher:
    """A pipeline, which the library spreads over the nodes. Slots may move: it asks again by itself."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def publish(self, batch: Sequence[Outgoing]) -> None:
        pipeline = self._client.pipeline()
        for one in batch:
            pipeline.execute_command("SPUBLISH", one.channel, one.data)
        await pipeline.execute()

    async def close(self) -> None:
        """Does nothing: `open_fanout` closes the client."""
