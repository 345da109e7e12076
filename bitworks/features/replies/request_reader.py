"""Reads from the database what a producer is given of a conversation."""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from bitworks.core.clock import Clock
from bitworks.features.accounts.tokens import sign_reply
from bitworks.features.history.records import Context, Message, model_parameters
from bitworks.features.history.store.contexts import ContextStore
from bitworks.features.history.store.messages import MessageStore
from bitworks.features.replies.producers.producer import ReplyRequest, Turn, TurnMetadata
from bitworks.features.replies.store import ReplyJob
from bitworks.features.replies.turns import acceptable
from bitworks.features.window.windows import Windows

# The roles of which a request needs the metadata: calls of tools, their results, and what an answer is to.
LINKED_ROLES = ("assistant", "tool")


@dataclass(frozen=True, slots=True)
class RequestReader:
    """Builds requests. The token of a reply is signed by `secret` and valid for `webhook_timeout` seconds."""

    messages: MessageStore
    """Reads the question, and the metadata of what is linked to others."""
    contexts: ContextStore
    """Reads the parameters, and the policy of the window."""
    windows: Windows
    """Reads the window up to the question."""
    secret: str
    """Signs the tokens of replies."""
    webhook_timeout: float
    """Seconds for which the token of a reply is valid."""
    now: Clock
    """The time, in UTC."""

    async def request_of(self, job: ReplyJob) -> ReplyRequest:
        """The request of a job, with the window of the conversation up to the job's own question.

        Raises `NotFound`, `WindowTooSmall`.
        """
        question = await self.messages.get(job.user_id, job.question_id)
        context = await self.contexts.find(job.user_id, job.conversation_id)
        return ReplyRequest(
            user_id=job.user_id,
            conversation_id=job.conversation_id,
            message_id=job.message_id,
            delivery_id=job.delivery_id,
            token=self.token_of(job),
            question=question,
            turns=await self._turns(job, question, context),
            parameters=model_parameters(context),
        )

    def token_of(self, job: ReplyJob) -> str:
        """A token for this reply, valid from now on: each try has its own, since tries may be minutes apart."""
        expires_at = self.now() + timedelta(seconds=self.webhook_timeout)
        return sign_reply(self.secret, job.user_id, job.message_id, expires_at)

    async def _turns(self, job: ReplyJob, question: Message, context: Context | None) -> list[Turn]:
        window = await self.windows.of_conversation(
            job.user_id, job.conversation_id, context, until=question.position
        )
        linked = [one.id for one in window.messages if one.id and one.role in LINKED_ROLES]
        metadata = await self.messages.metadata_of(job.user_id, linked)
        return acceptable(
            [
                Turn(one.role, one.content, cast("TurnMetadata", metadata.get(one.id, {}) if one.id else {}))
                for one in window.messages
            ]
        )
