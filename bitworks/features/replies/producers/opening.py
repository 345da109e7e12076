"""Opens the producer that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bitworks.features.replies.producers.chat_completions import ChatCompletions, ChatServer
from bitworks.features.replies.producers.demo import Demo
from bitworks.features.replies.producers.nobody import Nobody
from bitworks.features.replies.producers.producer import Producer
from bitworks.features.replies.producers.webhook import Webhook, Workflow


@dataclass(frozen=True, slots=True)
class DemoAnswers:
    """The demonstration answers."""


@dataclass(frozen=True, slots=True)
class NobodyAnswers:
    """Nobody answers."""


Choice = ChatServer | Workflow | DemoAnswers | NobodyAnswers


@asynccontextmanager
async def open_producer(choice: Choice) -> AsyncIterator[Producer]:
    """The producer that was chosen, until the block ends."""
    producer = _made(choice)
    try:
        yield producer
    finally:
        await producer.close()


def _made(choice: Choice) -> Producer:
    match choice:
        case ChatServer():
            return ChatCompletions(choice)
        case Workflow():
            return Webhook(choice)
        case DemoAnswers():
            return Demo()
        case NobodyAnswers():
            return Nobody()
