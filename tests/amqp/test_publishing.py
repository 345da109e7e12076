"""Messages that are published at once go in order, in one write, and each is confirmed for itself."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import aio_pika
import pytest
from aio_pika.exceptions import PublishError
from aiormq import Channel
from aiormq.exceptions import ChannelInvalidStateError

from bitworks.amqp.messages import Address, BrokerMessage
from bitworks.amqp.publishing import ConfirmedPublishing

QUEUE = "published"


@pytest.fixture
async def channel(amqp_url: str) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
    async with await aio_pika.connect(amqp_url) as connection:
        yield await connection.channel(on_return_raises=True)


async def published(channel: aio_pika.abc.AbstractChannel) -> ConfirmedPublishing:
    return ConfirmedPublishing(cast(Channel, await channel.get_underlay_channel()))


async def test_many_at_once_come_in_their_order_however_large(
    channel: aio_pika.abc.AbstractChannel,
) -> None:
    queue = await channel.declare_queue(QUEUE, exclusive=True)
    publishing = await published(channel)
    bodies = [f"{number} ".encode() * (100_000 if number % 50 == 0 else 1) for number in range(200)]
    await asyncio.gather(
        *(
            publishing.confirmed(Address("", QUEUE), BrokerMessage(str(number), body, "text/plain"))
            for number, body in enumerate(bodies)
        )
    )
    messages = [await queue.get(no_ack=True) for _ in bodies]
    assert [message.body for message in messages] == bodies
    assert [message.message_id for message in messages] == [str(number) for number in range(200)]


async def test_what_no_queue_takes_is_raised_for_that_message_alone(
    channel: aio_pika.abc.AbstractChannel,
) -> None:
    await channel.declare_queue(QUEUE, exclusive=True)
    publishing = await published(channel)
    outcomes = await asyncio.gather(
        *(
            publishing.confirmed(Address("", to, mandatory=True), BrokerMessage(to, b"x", "text/plain"))
            for to in (QUEUE, "nowhere", QUEUE)
        ),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [type(None), PublishError, type(None)]


async def test_what_waits_fails_when_the_channel_is_closed(channel: aio_pika.abc.AbstractChannel) -> None:
    publishing = await published(channel)
    # There is no such exchange: the broker closes the channel.
    to = Address("none", "x")
    many = (publishing.confirmed(to, BrokerMessage(str(n), b"x", "text/plain")) for n in range(20))
    outcomes = await asyncio.gather(*many, return_exceptions=True)
    assert all(isinstance(outcome, Exception) for outcome in outcomes)
    with pytest.raises(ChannelInvalidStateError):
        await publishing.confirmed(to, BrokerMessage("late", b"x", "text/plain"))
