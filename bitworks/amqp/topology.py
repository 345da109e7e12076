"""What the broker must have: the exchange of events, and the queue of questions."""

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel

EVENTS = "bitworks.events"
"""The durable topic exchange to which events go; who wants some binds a queue of their own."""
QUESTIONS = "bitworks.replies"
"""The quorum queue in which questions wait for workers."""


async def events(channel: AbstractChannel, *, declare: bool) -> None:
    """Makes the exchange of events, or only makes sure of it. Raises what the broker refuses."""
    await channel.declare_exchange(EVENTS, ExchangeType.TOPIC, durable=True, passive=not declare)


async def questions(channel: AbstractChannel, *, declare: bool) -> None:
    """Makes the queue of questions, or only makes sure of it. Raises what the broker refuses."""
    await channel.declare_queue(
        QUESTIONS, durable=True, passive=not declare, arguments={"x-queue-type": "quorum"}
    )
