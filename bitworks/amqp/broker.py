"""A connection to a broker that is opened again whenever it is lost, and messages that the broker has confirmed.

aio-pika's own way to reconnect may hang and lose consumers, so each connection here is a plain one, made anew.
"""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol, cast

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import (
    CONNECTION_EXCEPTIONS,
    AuthenticationError,
    ChannelClosed,
    ChannelPreconditionFailed,
    DeliveryError,
    ProbableAuthenticationError,
    PublishError,
)
from aiormq import Channel
from aiormq.exceptions import ConnectionNotAllowed, InvalidFrameError

from bitworks.amqp.amqp_url import AmqpUrl
from bitworks.amqp.messages import Address, BrokerMessage
from bitworks.amqp.publishing import ConfirmedPublishing
from bitworks.core.server_urls import Host
from bitworks.tasks import Tasks

log = structlog.get_logger(__name__)

CONNECT_TIMEOUT = 5.0
"""Seconds for a connection, and for what is declared on it."""
RETRY_DELAYS = (0.05, 0.1, 0.2, 0.5)
"""Seconds before the first, second, … attempt after a failure; the last repeats."""
REFUSED_DELAY = 5.0
"""Seconds after which what the broker refuses, such as a password or an exchange, is tried again."""
REFUSALS = (
    AuthenticationError,
    ProbableAuthenticationError,
    ConnectionNotAllowed,
    ChannelClosed,
    InvalidFrameError,
)
"""Errors that say what an operator has to mend: a password, a virtual host (aiormq did not expect that answer), a queue
of another kind, an exchange that was deleted.
"""
_TOO_LARGE = re.compile(r"larger than .*?(\d+)")


class BrokerAway(Exception):
    """No broker has confirmed the message: it may have been taken, or not. It may be sent again."""


class MessageRefused(Exception):
    """The broker has said that it did not take the message, such as for a queue that is full."""


class NoSuchQueue(Exception):
    """There is no queue for the message."""


class MessageTooLarge(Exception):
    """The message has more bytes than the broker takes."""


class Declare(Protocol):
    """Makes sure of what messages are sent to, on a channel of its own."""

    def __call__(self, channel: AbstractChannel, *, declare: bool) -> Awaitable[None]:
        """Declares it, or only checks that it is there."""


class Broker:
    """One connection to any of the brokers, for as long as `running`.

    `name` is how the connection is called at the broker. `declare` is what it must have, which is only checked unless
    `declares`.
    """

    def __init__(self, url: AmqpUrl, name: str, declare: Declare, *, declares: bool) -> None:
        self._url = url
        self._name = name
        self._declare = declare
        self._declares = declares
        self._publishing: ConfirmedPublishing | None = None
        self._up = asyncio.Event()
        self._down = asyncio.Event()
        self._down.set()
        # Bytes above which the broker has refused a message; None where it has not.
        self._largest: int | None = None
        # Why the broker closed the channel, if an operator has to mend that.
        self._refusal: ChannelClosed | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Stays connected until the block ends."""
        tasks = Tasks("amqp")
        tasks.start(self._stay_connected(), self._name)
        try:
            yield
        finally:
            await tasks.stop_stubborn()

    async def up(self) -> None:
        """Waits until there is a connection."""
        await self._up.wait()

    async def down(self) -> None:
        """Waits until there is none."""
        await self._down.wait()

    async def publish(
        self, exchange: str, routing_key: str, message: BrokerMessage, *, mandatory: bool = False
    ) -> None:
        """Returns once the broker has confirmed that it keeps the message.

        While the broker has no room it waits. Raises `BrokerAway`, `MessageRefused`, `MessageTooLarge`, and if
        `mandatory` `NoSuchQueue`. Cancelling it leaves open whether the message was taken.
        """
        if self._largest is not None and len(message.body) > self._largest:
            raise MessageTooLarge
        if (publishing := self._publishing) is None:
            raise BrokerAway
        try:
            await publishing.confirmed(Address(exchange, routing_key, mandatory), message)
        except PublishError:
            raise NoSuchQueue from None
        except DeliveryError:
            raise MessageRefused from None
        except CONNECTION_EXCEPTIONS as error:
            raise BrokerAway from error
        except asyncio.CancelledError:
            # aiormq cancels what waits on a connection whose heartbeat has stopped.
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise BrokerAway from None

    def _on_channel_closed(self, _: object, reason: BaseException | None) -> None:
        """Notes from which size on the broker takes no message, for which it closes the channel, or what else it says.

        All that was under way on that channel fails, whatever its own size, and is sent again.
        """
        if isinstance(reason, ChannelPreconditionFailed) and (found := _TOO_LARGE.search(str(reason))):
            self._largest = int(found[1])
        elif isinstance(reason, ChannelClosed):
            self._refusal = reason

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            try:
                async with self._connection() as connection:
                    failures = 0
                    await self._serve(connection)
                log.warning("amqp_lost")
                await asyncio.sleep(RETRY_DELAYS[0])
            except REFUSALS as refused:
                log.error("amqp_refused", reason=self._reason_of(refused))
                await asyncio.sleep(REFUSED_DELAY)
            except (*CONNECTION_EXCEPTIONS, TimeoutError) as error:
                if failures == 0:
                    log.warning("amqp_away", error=type(error).__name__, reason=str(error))
                delay = RETRY_DELAYS[min(failures, len(RETRY_DELAYS) - 1)]
                failures += 1
                await asyncio.sleep(delay * random.uniform(0.8, 1.2))  # noqa: S311 - no secret

    def _reason_of(self, refused: BaseException) -> str:
        """The broker's own words, which name the exchange or the queue."""
        if isinstance(refused, InvalidFrameError):  # which has lost them
            return f"There is no virtual host {self._url.virtual_host} for this user."
        return " ".join(str(part) for part in refused.args) or type(refused).__name__

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AbstractConnection]:
        """A connection to any of the brokers that takes one. Raises what the last that was tried raised."""
        hosts = random.sample(self._url.hosts, len(self._url.hosts))
        for host in hosts[:-1]:
            with suppress(*CONNECTION_EXCEPTIONS, TimeoutError):
                connection = await self._connect(host)
                break
        else:
            connection = await self._connect(hosts[-1])
        try:
            yield connection
        finally:
            with suppress(*CONNECTION_EXCEPTIONS, TimeoutError):
                async with asyncio.timeout(1.0):
                    await connection.close()

    async def _connect(self, host: Host) -> AbstractConnection:
        url, tls = self._url, self._url.tls
        context = None if tls is None else await asyncio.to_thread(tls.context)
        async with asyncio.timeout(CONNECT_TIMEOUT):
            return await aio_pika.connect(
                host=host.name,
                port=host.port or 0,
                login=url.user,
                password=url.password,
                virtualhost=url.virtual_host,
                ssl=tls is not None,
                ssl_context=context,
                heartbeat=url.heartbeat,
                client_properties={"connection_name": self._name},
            )

    async def _serve(self, connection: AbstractConnection) -> None:
        """Has a channel open until the connection is lost; one that the broker closes is opened anew."""
        async with asyncio.timeout(CONNECT_TIMEOUT):
            checking = await connection.channel()
            await self._declare(checking, declare=self._declares)
            await checking.close()
        while not connection.is_closed:
            # While the broker has no room, and says so, it gives no channel; nor does a connection that was lost then.
            async with asyncio.timeout(CONNECT_TIMEOUT):
                channel = await connection.channel(on_return_raises=True)
            channel.close_callbacks.add(self._on_channel_closed)
            self._came_up(ConfirmedPublishing(cast(Channel, await channel.get_underlay_channel())))
            try:
                await _first_closed(connection, channel)
            finally:
                self._went_down()
            self._require_no_refusal()

    def _require_no_refusal(self) -> None:
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            raise refusal

    def _came_up(self, publishing: ConfirmedPublishing) -> None:
        self._publishing = publishing
        self._down.clear()
        self._up.set()
        log.info("amqp_connected", name=self._name)

    def _went_down(self) -> None:
        self._publishing = None
        self._up.clear()
        self._down.set()


async def _first_closed(connection: AbstractConnection, channel: AbstractChannel) -> None:
    closed: list[asyncio.Future[Any]] = [asyncio.ensure_future(one.closed()) for one in (connection, channel)]
    await asyncio.wait(closed, return_when=asyncio.FIRST_COMPLETED)
