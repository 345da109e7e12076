"""Opens the producer that the settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bitworks.amqp import topology
from bitworks.amqp.broker import Broker
from bitworks.features.replies.producers.chat_completions import ChatCompletions, ChatServer
from bitworks.features.replies.producers.demo import Demo
from bitworks.features.replies.producers.null import NullProducer
from bitworks.features.replies.producers.producer import Producer
from bitworks.features.replies.producers.question_queue import QuestionQueue, QueuedQuestions
from bitworks.features.replies.producers.webhook import Webhook, Workflow


@dataclass(frozen=True, slots=True)
class DemoReplies:
    """The demonstration, which takes no settings."""


@dataclass(frozen=True, slots=True)
class NoReplies:
    """There is no producer."""


ProducerChoice = ChatServer | Workflow | QuestionQueue | DemoReplies | NoReplies


@asynccontextmanager
async def open_producer(choice: ProducerChoice) -> AsyncIterator[Producer]:
    """The chosen producer. Its connections are closed when the block ends."""
    if isinstance(choice, QuestionQueue):
        broker = Broker(choice.url, "bitworks questions", topology.questions, declares=choice.declares)
        async with broker.running():
            yield QueuedQuestions(choice, broker)
        return
    producer = _made(choice)
    try:
        yield producer
    finally:
        await producer.close()


def _made(choice: ChatServer | Workflow | DemoReplies | NoReplies) -> Producer:
    match choice:
        case ChatServer():
            return ChatCompletions(choice)
        case Workflow():
            return Webhook(choice)
        case DemoReplies():
            return Demo()
        case NoReplies():
            return NullProducer()
