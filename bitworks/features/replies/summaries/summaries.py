"""Commands about the running summary of a conversation, for whoever has it written."""

from bitworks.core.ids import ConversationId, UserId
from bitworks.core.records import Context, Summary
from bitworks.features.sync.publishing import publish_change
from bitworks.services import Services
from bitworks.storage.revisions import Written


async def store(
    services: Services, user_id: UserId, conversation_id: ConversationId, text: str, through: int
) -> Written[Context]:
    """Keeps a summary of everything up to a position, the end of a `domain.summaries.Span`, and shows it.

    One that goes no further than the kept one changes nothing. Raises `NotFound` if there is no context.
    """
    context = await services.storage.contexts.get(user_id, conversation_id)
    model = (context.parameters or {}).get("model")
    counted = await services.counting.count(text, model)
    summary = Summary(
        text=text,
        through_position=through,
        token_count=counted.tokens,
        vocabulary=counted.vocabulary,
        model=model,
    )
    written = await services.storage.contexts.summarise(user_id, conversation_id, summary)
    publish_change(services, user_id, written.change)
    return written
