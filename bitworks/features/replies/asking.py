"""What a producer is given of a conversation."""

from dataclasses import dataclass
from datetime import timedelta

from bitworks.core.clock import Clock
from bitworks.core.records import Json
from bitworks.features.accounts.tokens import sign_reply
from bitworks.features.history.records import Message
from bitworks.features.history.store.contexts import ContextStore
from bitworks.features.history.store.messages import MessageStore
from bitworks.features.replies.producers.producer import ReplyRequest, Turn
from bitworks.features.replies.store import ReplyJob
from bitworks.features.window.windows import Windows

# The roles whose metadata names the call of a tool that they made, or answer.
CALLING = ("assistant", "tool")


@dataclass(frozen=True, slots=True)
class Asking:
    """Reads requests. A token of a reply, signed by `secret`, is valid for `answer_within` seconds."""

    messages: MessageStore
    contexts: ContextStore
    windows: Windows
    secret: str
    answer_within: float
    now: Clock

    async def request_of(self, job: ReplyJob) -> ReplyRequest:
        """The request of a job. The conversation is seen up to its own question.

        Raises `NotFound`, `WindowTooSmall`.
        """
        question = await self.messages.get(job.user_id, job.question_id)
        expires_at = self.now() + timedelta(seconds=self.answer_within)
        return ReplyRequest(
            user_id=job.user_id,
            conversation_id=job.conversation_id,
            message_id=job.message_id,
            delivery_id=job.delivery_id,
            token=sign_reply(self.secret, job.user_id, job.message_id, expires_at),
            question=question,
            turns=await self._turns(job, question),
            parameters=await self._parameters(job),
        )

    async def _turns(self, job: ReplyJob, question: Message) -> list[Turn]:
        window = await self.windows.of_conversation(job.user_id, job.conversation_id, until=question.position)
        calling = [one.id for one in window.messages if one.id and one.role in CALLING]
        metadata = await self.messages.metadata_of(job.user_id, calling)
        return [
            Turn(one.role, one.content, metadata.get(one.id, {}) if one.id else {}) for one in window.messages
        ]

    async def _parameters(self, job: ReplyJob) -> Json:
        context = await self.contexts.find(job.user_id, job.conversation_id)
        return (context and context.parameters) or {}
