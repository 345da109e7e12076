"""Writes the running summary of a conversation into its context."""

from dataclasses import dataclass

from bitworks.core.changes import Written
from bitworks.core.ids import ConversationId, UserId
from bitworks.features.history.records import Context, Summary, model_parameters
from bitworks.features.history.store.contexts import ContextStore
from bitworks.features.models.counting import Counting
from bitworks.features.sync.publishing import Publisher


@dataclass(frozen=True, slots=True)
class Summaries:
    """Keeps summaries."""

    contexts: ContextStore
    """The contexts in PostgreSQL."""
    counting: Counting
    """Counts the tokens of a summary."""
    publisher: Publisher
    """Publishes each change after its commit."""

    async def keep(
        self, user_id: UserId, conversation_id: ConversationId, text: str, through: int
    ) -> Written[Context]:
        """Keeps a summary of all messages up to the position `through`, and publishes the change.

        A summary that goes no further than the kept one changes nothing. Raises `NotFound` if there is no context.
        """
        context = await self.contexts.get(user_id, conversation_id)
        model = model_parameters(context).get("model")
        counted = await self.counting.count(text, model)
        summary = Summary(
            text=text,
            through_position=through,
            token_count=counted.tokens,
            vocabulary=counted.vocabulary,
            model=model,
        )
        written = await self.contexts.summarise(user_id, conversation_id, summary)
        self.publisher.change(user_id, written.change)
        return written
