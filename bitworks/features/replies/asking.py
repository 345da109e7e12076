"""What a producer is given of a conversation."""

from datetime import timedelta

from bitworks.core.records import Json, Message
from bitworks.features.accounts.tokens import sign_reply
from bitworks.features.replies.producers.producer import Ask, Turn
from bitworks.features.replies.store import Job
from bitworks.features.window import windows
from bitworks.services import Services

# Whose metadata says which call of a tool they made, or answer.
CALLING = ("assistant", "tool")


async def ask_of(services: Services, job: Job, answer_within: float) -> Ask:
    """The request of a job. The conversation is seen up to its own question. Raises `NotFound`,
    `WindowTooSmall`.
    """
    question = await services.storage.messages.get(job.user_id, job.question_id)
    token = sign_reply(
        services.policy.secret,
        job.user_id,
        job.message_id,
        services.now() + timedelta(seconds=answer_within),
    )
    return Ask(
        user_id=job.user_id,
        conversation_id=job.conversation_id,
        message_id=job.message_id,
        delivery_id=job.delivery_id,
        token=token,
        question=question,
        turns=await _turns(services, job, question),
        parameters=await _parameters(services, job),
    )


async def _turns(services: Services, job: Job, question: Message) -> list[Turn]:
    window = await windows.of_conversation(
        services, job.user_id, job.conversation_id, until=question.position
    )
    known = await services.storage.messages.metadata_of(
        job.user_id, [message.id for message in window.messages if message.id and message.role in CALLING]
    )
    return [Turn(one.role, one.content, known.get(one.id, {}) if one.id else {}) for one in window.messages]


async def _parameters(services: Services, job: Job) -> Json:
    context = await services.storage.contexts.find(job.user_id, job.conversation_id)
    return (context and context.parameters) or {}
