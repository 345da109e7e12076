"""Fan-out between instances over Redis or Valkey: single, Sentinel or Cluster.

An instance subscribes to one channel for each user that it hosts, sharded if the server is a cluster, and to
one channel of its own. Publishing goes through a bounded buffer, so no request waits for Redis. Each instance
tests its subscription end to end with a probe, an empty message on its own channel, every second: a
subscription can be deaf (open, and delivering nothing) without any error.
"""

import asyncio
import contextlib
import secrets
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from redis.exceptions import RedisError

from bitworks.core.ids import UserId
from bitworks.fanout.fanout import Receiver
from bitworks.fanout.local import LocalFanout
from bitworks.fanout.notices import Notice, decode, encode
from bitworks.fanout.publishing import BatchPublisher, ClusterPublisher, Outgoing, ScriptPublisher
from bitworks.fanout.redis_url import reason_of
from bitworks.tasks import Siblings, Tasks

log = structlog.get_logger(__name__)

BUFFERED_NOTICES = 10_000
"""Notices that wait to be published; the oldest are dropped above, since all of them are hints."""
BATCH_NOTICES = 500
"""Notices published in one round trip: more would keep Redis from its other clients for longer."""
PUBLISH_TIMEOUT = 2.0
"""Seconds to wait for Redis to take one batch."""
SELF_TEST_INTERVAL = 1.0
"""Seconds between two probes."""
NEW_SHARD_INTERVAL = 0.05
"""Seconds between two checks for a node of the cluster that has no reader yet, or needs none any more."""
DEAF_AFTER = 3.0
"""Seconds without a probe after which the subscription counts as deaf: two lost probes are no proof."""
RETRY_DELAYS = (0.05, 0.1, 0.2, 0.5, 1.0)
"""Seconds before the first, second, … attempt in a row after a failure."""
SUBSCRIBE_AT_ONCE = 1_000
"""Channels in one SUBSCRIBE: one command with all of a large instance's would block Redis."""


def _channel(user_id: str) -> str:
    return f"bitworks:user:{user_id}"


def _own_channel(instance: str) -> str:
    return f"bitworks:instance:{instance}"


@dataclass(slots=True)
class FanoutTimings:
    """How long the fan-out over Redis waits, and how often it tests its subscription.

    Read at each use, so a test may change them while an instance runs.
    """

    publish_timeout: float = PUBLISH_TIMEOUT
    """Seconds to wait for Redis to take one batch; then the batch counts as lost."""
    self_test_interval: float = SELF_TEST_INTERVAL
    """Seconds between two probes."""
    deaf_after: float = DEAF_AFTER
    """Seconds without a probe after which the subscription is closed and opened again."""
    retry_delays: tuple[float, ...] = RETRY_DELAYS
    """Seconds before the first, second, … attempt after a failure; the last delay repeats."""

    def retry_delay(self, failures: int) -> float:
        """Returns the seconds to wait after a failure that `failures` others immediately preceded."""
        return self.retry_delays[min(failures, len(self.retry_delays) - 1)]


DEFAULT_TIMINGS = FanoutTimings()
"""The timings of a server; tests have shorter ones."""


class SlotMoved(Exception):
    """A node of the cluster stopped serving a channel: the slots are read and subscribed anew."""


class RedisFanout:
    """The fan-out of one instance, working between `start` and `stop`.

    It goes on through every failure of Redis: what is published meanwhile is lost, and receivers get
    `on_subscribed` when their subscription is back. `sharded` uses SSUBSCRIBE and SPUBLISH, for a cluster.
    """

    def __init__(self, client: Any, *, sharded: bool, timings: FanoutTimings = DEFAULT_TIMINGS) -> None:
        self._client = client
        self._timings = timings
        self._sharded = sharded
        self._local = LocalFanout()
        self._name = secrets.token_hex(6).encode()
        self._own_channel = _own_channel(self.name)
        self._publisher: BatchPublisher = (
            ClusterPublisher(client) if sharded else ScriptPublisher(client, self._own_channel)
        )
        self._message_handler: Callable[[bytes], None] | None = None
        self._outgoing: deque[tuple[str, bytes]] = deque(maxlen=BUFFERED_NOTICES)
        self._has_outgoing = asyncio.Event()
        # Channels that should be subscribed; those of them, or lately of them, that changed; and those that
        # Redis has confirmed.
        self._desired: set[str] = {self._own_channel}
        self._changed: set[str] = set()
        self._desired_changed = asyncio.Event()
        self._subscribed: set[str] = set()
        self._probe_due = False
        self._last_probe_at = 0.0  # by time.monotonic()
        self._tasks = Tasks("redis_fanout")

    @property
    def name(self) -> str:
        """The random name of this instance, 12 hexadecimal digits."""
        return self._name.decode()

    def send_to_instance(self, instance: str, message: bytes) -> bool:
        """Buffers `message` behind the notices, and returns True."""
        self._outgoing.append((_own_channel(instance), message))
        self._has_outgoing.set()
        return True

    def on_instance_message(self, handler: Callable[[bytes], None]) -> None:
        """Sets the handler; it runs in the task that reads the subscription."""
        self._message_handler = handler

    def publish(self, user_id: UserId, notice: Notice) -> None:
        """Delivers `notice` in this process, then buffers it for the others."""
        self._local.publish(user_id, notice)
        self._outgoing.append((_channel(user_id), encode(self._name, notice)))
        self._has_outgoing.set()

    def subscribe(self, user_id: UserId, receiver: Receiver) -> None:
        """Adds a receiver: of this process at once, of others when Redis confirms (`on_subscribed`).

        `on_subscribed` is not called for a receiver that joins others on a confirmed channel.
        """
        self._local.subscribe(user_id, receiver)
        self._change_desired(_channel(user_id), subscribe=True)

    def unsubscribe(self, user_id: UserId, receiver: Receiver) -> None:
        """Removes a receiver; the last of a user ends the subscription of the channel."""
        self._local.unsubscribe(user_id, receiver)
        if not self._local.has_receivers(user_id):
            self._change_desired(_channel(user_id), subscribe=False)

    def _change_desired(self, channel: str, *, subscribe: bool) -> None:
        (self._desired.add if subscribe else self._desired.discard)(channel)
        self._changed.add(channel)
        self._desired_changed.set()

    def start(self) -> None:
        """Starts the tasks that publish and read, until `stop`."""
        self._tasks.start(self._publish_forever(), "publish")
        self._tasks.start(self._listen_forever(), "listen")

    async def stop(self) -> None:
        """Cancels the tasks, waits for their end and closes the publisher. Buffered notices are lost."""
        await self._tasks.stop_stubborn()
        await self._publisher.close()

    # Publishing

    async def _publish_forever(self) -> None:
        failures = 0
        while True:
            await self._has_outgoing.wait()
            batch = self._take_batch()
            try:
                async with asyncio.timeout(self._timings.publish_timeout):
                    await self._publisher.publish(batch)
                failures = 0
            except Exception as error:  # noqa: BLE001 - publishing goes on through every failure
                # The batch is not sent again: the other instances compare revisions with PostgreSQL every
                # second.
                if failures == 0:
                    log.warning(
                        "redis_away", doing="publish", error=type(error).__name__, reason=reason_of(error)
                    )
                await asyncio.sleep(self._timings.retry_delay(failures))
                failures += 1

    def _take_batch(self) -> list[Outgoing]:
        """Returns up to BATCH_NOTICES messages, the oldest first, behind the probe if it is due."""
        # The probe is not in the buffer, which drops its oldest entries: a lost probe looks like deafness.
        batch = [Outgoing(self._own_channel, b"", self_subscribed=False)] if self._probe_due else []
        self._probe_due = False
        while self._outgoing and len(batch) < BATCH_NOTICES:
            channel, data = self._outgoing.popleft()
            self_subscribed = channel in self._subscribed and channel != self._own_channel
            batch.append(Outgoing(channel, data, self_subscribed))
        if not self._outgoing:
            self._has_outgoing.clear()
        return batch

    # Listening

    async def _listen_forever(self) -> None:
        failures = 0
        while True:
            started = time.monotonic()
            try:
                await self._listen()
            except Exception as error:  # noqa: BLE001 - listening goes on through every failure
                # A subscription that worked for a while begins a new row of failures.
                if time.monotonic() - started > self._timings.deaf_after:
                    failures = 0
                if failures == 0:
                    log.warning(
                        "redis_away", doing="listen", error=type(error).__name__, reason=reason_of(error)
                    )
                await asyncio.sleep(self._timings.retry_delay(failures))
                failures += 1

    async def _listen(self) -> None:
        """Opens one subscription and reads it until it fails or is deaf, which raises."""
        if self._sharded:
            await self._client.initialize()
            # A client that is initialised already would keep the old map of slots to nodes.
            await self._client.nodes_manager.initialize()
        pubsub = self._client.pubsub()
        try:
            async with asyncio.timeout(self._timings.deaf_after):
                await self._change_subscription(pubsub, {self._own_channel}, subscribe=True)
            self._last_probe_at = time.monotonic()
            self._changed |= self._desired
            self._desired_changed.set()
            tasks = Siblings()
            tasks.start(self._sync_subscriptions(pubsub))
            tasks.start(self._read_shards(pubsub, tasks) if self._sharded else self._read(pubsub))
            tasks.start(self._self_test())
            await tasks.run()
        finally:
            self._subscribed.clear()
            with contextlib.suppress(RedisError, OSError):
                await pubsub.aclose()

    async def _sync_subscriptions(self, pubsub: Any) -> None:
        """Subscribes and unsubscribes until the channels are the desired ones; for ever.

        It looks only at those that changed: comparing all of them for each device that comes or goes would be
        quadratic. Changes that come while it waits for Redis are taken together in the next round.
        """
        have = {self._own_channel}
        while True:
            await self._desired_changed.wait()
            self._desired_changed.clear()
            changed, self._changed = self._changed, set()
            missing, surplus = (changed & self._desired) - have, (changed & have) - self._desired
            if missing:
                await self._change_subscription(pubsub, missing, subscribe=True)
            if surplus:
                self._subscribed -= surplus
                await self._change_subscription(pubsub, surplus, subscribe=False)
            have |= missing
            have -= surplus

    async def _change_subscription(self, pubsub: Any, channels: set[str], *, subscribe: bool) -> None:
        change = {
            (True, False): pubsub.subscribe,
            (False, False): pubsub.unsubscribe,
            (True, True): getattr(pubsub, "ssubscribe", None),
            (False, True): getattr(pubsub, "sunsubscribe", None),
        }[subscribe, self._sharded]
        ordered = list(channels)
        for start in range(0, len(ordered), SUBSCRIBE_AT_ONCE):
            await change(*ordered[start : start + SUBSCRIBE_AT_ONCE])

    async def _read(self, pubsub: Any) -> None:
        while True:
            message = await pubsub.get_message(timeout=self._timings.self_test_interval)
            if message is not None:
                self._received(message)

    async def _read_shards(self, pubsub: Any, tasks: Siblings) -> None:
        """Starts a reader for each node: redis-py's own would poll one node after another."""
        read: set[str] = set()
        while True:
            for name, shard in tuple(pubsub.node_pubsub_mapping.items()):
                # Reading one that is not connected yet raises.
                if name not in read and shard.connection is not None and shard.subscribed:
                    read.add(name)
                    tasks.start(self._read_shard(pubsub, self._client.get_node(node_name=name)))
            await asyncio.sleep(NEW_SHARD_INTERVAL)

    async def _read_shard(self, pubsub: Any, node: Any) -> None:
        while True:
            message = await pubsub.get_sharded_message(
                timeout=self._timings.self_test_interval, target_node=node
            )
            if message is not None:
                self._received(message)
            elif node.name not in pubsub.node_pubsub_mapping:
                await asyncio.sleep(NEW_SHARD_INTERVAL)

    def _received(self, message: dict[str, Any]) -> None:
        channel = message["channel"].decode()
        if message["type"] in ("message", "smessage"):
            if channel == self._own_channel:
                self._instance_message(message["data"])
            elif (decoded := decode(message["data"])) is not None and decoded[0] != self._name:
                self._local.publish(UserId(channel.rpartition(":")[2]), decoded[1])
        elif message["type"] in ("subscribe", "ssubscribe"):
            # redis-py confirms again after each reconnection of its own.
            self._subscribed.add(channel)
            self._local.announce_subscribed(UserId(channel.rpartition(":")[2]))
        elif message["type"] == "sunsubscribe" and channel in self._desired:
            # Unasked: the node sends it when the slot of the channel leaves it.
            raise SlotMoved

    def _instance_message(self, message: bytes) -> None:
        """Handles a message on the own channel: an empty one is a probe, others are for the handler."""
        if not message:
            self._last_probe_at = time.monotonic()
        elif self._message_handler is not None:
            self._message_handler(message)

    async def _self_test(self) -> None:
        """Sends a probe every interval. Raises TimeoutError if none has come back for `deaf_after`."""
        while True:
            self._probe_due = True
            self._has_outgoing.set()
            await asyncio.sleep(self._timings.self_test_interval)
            if time.monotonic() - self._last_probe_at > self._timings.deaf_after:
                raise TimeoutError("the subscription is deaf")
