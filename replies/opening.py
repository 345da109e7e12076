"""Opens the producer that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from commands.producer import Producer
from replies.chat_completions import ChatCompletions, ChatServer
from replies.demo import Demo
from replies.nobody import Nobody
from replies.webhook import Webhook, Workflow


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
