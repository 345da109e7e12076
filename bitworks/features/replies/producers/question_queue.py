"""The producer for workers behind a queue: each question is a message that one of them takes, and answers later."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from bitworks.amqp.amqp_url import AmqpUrl
from bitworks.amqp.broker import (
    Broker,
    BrokerAway,
    MessageRefused,
    MessageTooLarge,
    NoSuchQueue,
)
from bitworks.amqp.messages import BrokerMessage
from bitworks.amqp.topology import QUESTIONS
from bitworks.core.encoding import to_json
from bitworks.features.history.records import ModelParameters
from bitworks.features.models.models import Model, models_named
from bitworks.features.replies.producers.producer import (
    DeferredReply,
    Output,
    ProducerFailed,
    ReplyRequest,
    Turn,
)
from bitworks.features.replies.producers.reply_requested import reply_requested

CONFIRM_TIMEOUT = 10.0
"""Seconds to wait for a broker to take a question; then the question is tried again."""
NAME = "amqp"
"""The one model, where the settings name none."""


@dataclass(frozen=True, slots=True)
class QuestionQueue:
    """How to reach the queue, and how workers reach this server."""

    url: AmqpUrl
    """The brokers."""
    declares: bool
    """Whether the queue is made; else it must be there."""
    timeout: float
    """Seconds after which an answer is not waited for any more."""
    public_url: str
    """The address of this server for workers, without a slash at its end."""
    models: tuple[str, ...] = ()
    """The models that a conversation may name, the default first; empty for the one model `amqp`."""


class QueuedQuestions:
    """Puts questions into the queue. `delivery_id` is the AMQP message id of every try of a reply."""

    can_reply = True
    can_complete = False
    keeps_dead_letters = True

    def __init__(self, queue: QuestionQueue, broker: Broker) -> None:
        self._queue = queue
        self._broker = broker

    async def reply(self, request: ReplyRequest) -> AsyncIterator[Output]:
        """Says that the reply is deferred, once the broker keeps the question. Raises `ProducerFailed`."""
        body = to_json(reply_requested(request, self._queue.public_url))
        message = BrokerMessage(request.delivery_id, body, "application/json", expires=self._queue.timeout)
        try:
            async with asyncio.timeout(CONFIRM_TIMEOUT):
                await self._broker.up()
                await self._broker.publish("", QUESTIONS, message, mandatory=True)
        except (BrokerAway, TimeoutError):
            raise ProducerFailed("queue_away", "No message broker can be reached.", retryable=True) from None
        except MessageRefused:
            raise ProducerFailed("queue_full", "The queue takes no more questions.", retryable=True) from None
        except NoSuchQueue:
            raise ProducerFailed(
                "queue_missing", f"The broker has no queue {QUESTIONS}.", retryable=True
            ) from None
        except MessageTooLarge:
            raise ProducerFailed("question_too_large", "The broker takes no message of this size.") from None
        yield DeferredReply()

    async def complete(self, turns: Sequence[Turn], parameters: ModelParameters) -> str | None:
        """None: workers are asked for replies alone."""
        return None

    async def models(self) -> list[Model]:
        """The models of the settings. A worker may heed `parameters.model` or not."""
        return models_named(self._queue.models or (NAME,))

    async def close(self) -> None:
        """Does nothing: the connection has an owner of its own."""
