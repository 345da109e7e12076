"""Naming a conversation once its first question is answered."""

from dataclasses import dataclass

import structlog

from bitworks.core.errors import DomainError
from bitworks.features.history.conversations import Conversations
from bitworks.features.history.store.messages import MessageStore
from bitworks.features.history.titles import thought_title
from bitworks.features.replies.producers.producer import Producer, ProducerFailed, ReplyRequest, Turn
from bitworks.features.replies.store import ReplyJob

log = structlog.get_logger(__name__)

PROMPT = (
    "Name this conversation in at most six words, in its own language. Answer with the name and nothing else."
)
QUOTED_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Titles:
    """Asks the producer for titles."""

    conversations: Conversations
    messages: MessageStore
    producer: Producer

    async def name_after(self, job: ReplyJob, request: ReplyRequest, offered: str | None) -> None:
        """Gives the conversation the producer's title, unless it was renamed meanwhile.

        What fails leaves the title that the server gave.
        """
        assert job.title is not None
        try:
            text = offered or await self._thought(job, request)
            if text and (title := thought_title(text)):
                await self.conversations.rename_from(job.user_id, job.conversation_id, job.title, title)
        except (ProducerFailed, DomainError) as error:
            log.info("title_not_given", error=type(error).__name__)

    async def _thought(self, job: ReplyJob, request: ReplyRequest) -> str | None:
        answer = await self.messages.get(job.user_id, job.message_id)
        turns = [
            Turn("user", request.question.content[:QUOTED_CHARACTERS]),
            Turn("assistant", answer.content[:QUOTED_CHARACTERS]),
            Turn("user", PROMPT),
        ]
        # Only the model: the other parameters are meant for replies, and may be too small for a title.
        model = request.parameters.get("model")
        return await self.producer.complete(turns, {"model": model} if model else {})
