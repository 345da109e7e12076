"""Names a conversation once the first reply in it is complete."""

from dataclasses import dataclass

import structlog

from bitworks.core.errors import DomainError
from bitworks.features.history.conversations import Conversations
from bitworks.features.history.store.messages import MessageStore
from bitworks.features.history.titles import title_of_completion
from bitworks.features.replies.producers.producer import Producer, ProducerFailed, ReplyRequest, Turn
from bitworks.features.replies.producers.thoughts import without_thoughts
from bitworks.features.replies.store import ReplyJob
from bitworks.features.replies.turns import acceptable

log = structlog.get_logger(__name__)

PROMPT = (
    "Name this conversation in at most six words, in its own language. Answer with the name and nothing else."
)
QUOTED_CHARACTERS = 2000  # of the question and of the reply, each


@dataclass(frozen=True, slots=True)
class Titles:
    """Asks the producer for titles, and renames conversations."""

    conversations: Conversations
    """Renames conversations."""
    messages: MessageStore
    """Reads the reply."""
    producer: Producer
    """Is asked for a title."""

    async def name_after(self, job: ReplyJob, request: ReplyRequest, offered: str | None) -> None:
        """Renames the conversation to the offered title, or to one that the producer is asked for.

        A conversation that was renamed meanwhile keeps its name; an error leaves the provisional title.
        """
        assert job.title is not None
        try:
            text = offered or await self._ask_producer(job, request)
            if text and (title := title_of_completion(without_thoughts(text))):
                await self.conversations.rename_from(job.user_id, job.conversation_id, job.title, title)
        except (ProducerFailed, DomainError) as error:
            log.info("title_not_given", error=type(error).__name__)

    async def _ask_producer(self, job: ReplyJob, request: ReplyRequest) -> str | None:
        reply = await self.messages.get(job.user_id, job.message_id)
        turns = [
            Turn("user", request.question.content[:QUOTED_CHARACTERS]),
            Turn("assistant", without_thoughts(reply.content)[:QUOTED_CHARACTERS]),
            Turn("user", PROMPT),
        ]
        # Only the model: the other parameters are meant for replies, and may be too small for a title.
        model = request.parameters.get("model")
        return await self.producer.complete(acceptable(turns), {"model": model} if model else {})
