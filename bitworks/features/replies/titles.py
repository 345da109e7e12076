"""Naming a conversation once its first question is answered."""

import structlog

from bitworks.core.errors import DomainError
from bitworks.core.records import Json
from bitworks.features.history.conversations import rename_from
from bitworks.features.history.titles import thought_title
from bitworks.features.replies.producers.producer import Ask, ProducerFailed, Turn
from bitworks.features.replies.store import Job
from bitworks.services import Services

log = structlog.get_logger(__name__)

WISH = (
    "Name this conversation in at most six words, in its own language. Answer with the name and nothing else."
)
QUOTED_CHARACTERS = 2000


async def name_after(services: Services, job: Job, ask: Ask, offered: str | None) -> None:
    """Gives the conversation the producer's title, unless somebody renamed it meanwhile.

    What fails leaves the title that the server gave.
    """
    assert job.title is not None
    try:
        text = offered or await _thought(services, job, ask)
        if text and (title := thought_title(text)):
            await rename_from(services, job.user_id, job.conversation_id, job.title, title)
    except (ProducerFailed, DomainError) as error:
        log.info("title_not_given", error=type(error).__name__)


async def _thought(services: Services, job: Job, ask: Ask) -> str | None:
    answer = await services.storage.messages.get(job.user_id, job.message_id)
    turns = [
        Turn("user", ask.question.content[:QUOTED_CHARACTERS]),
        Turn("assistant", answer.content[:QUOTED_CHARACTERS]),
        Turn("user", WISH),
    ]
    model: Json = {"model": ask.parameters["model"]} if ask.parameters.get("model") else {}
    return await services.producer.complete(turns, model)
