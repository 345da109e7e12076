"""Opens the producer that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bitworks.features.replies.producers.chat_completions import ChatCompletions, ChatServer
from bitworks.features.replies.producers.demo import Demo
from bitworks.features.replies.producers.null import NullProducer
from bitworks.features.replies.producers.producer import Producer
from bitworks.features.replies.producers.webhook import Webhook, Workflow


@dataclass(frozen=True, slots=True)
class DemoAnswers:
    """The demonstration, which takes no settings."""


@dataclass(frozen=True, slots=True)
class NoAnswers:
    """There is no producer."""


ProducerChoice = ChatServer | Workflow | DemoAnswers | NoAnswers


@asynccontextmanager
async def open_producer(choice: ProducerChoice) -> AsyncIterator[Producer]:
    """The chosen producer. Its connections are closed when the block ends."""
    producer = _made(choice)
    try:
        yield producer
    finally:
        await producer.close()


def _made(choice: ProducerChoice) -> Producer:
    match choice:
        case ChatServer():
            return ChatCompletions(choice)
        case Workflow():
            return Webhook(choice)
        case DemoAnswers():
            return Demo()
        case NoAnswers():
            return NullProducer()
