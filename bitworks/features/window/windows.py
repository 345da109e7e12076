"""The operation on windows: which messages of a conversation a model is given."""

from dataclasses import dataclass

from bitworks.core.callers import Caller
from bitworks.core.cursors import MAX_REVISION
from bitworks.core.ids import ConversationId, UserId
from bitworks.features.history.records import Context
from bitworks.features.history.store.contexts import ContextStore
from bitworks.features.models.counting import Counting
from bitworks.features.window.choice import Preface, choose
from bitworks.features.window.inputs import WindowRead
from bitworks.features.window.policy import WindowPolicy, policy_of
from bitworks.features.window.store import ReadBounds, WindowStore
from bitworks.features.window.window import Window


@dataclass(frozen=True, slots=True)
class Windows:
    """Reads windows. `default_model` is the model of a conversation that names none; None where that is not known."""

    store: WindowStore
    """Reads candidates."""
    contexts: ContextStore
    """Reads the policy of a conversation."""
    counting: Counting
    """Counts the tokens of a system prompt."""
    default_model: str | None
    """The model of a conversation that names none; None where that is not known."""

    async def read(self, caller: Caller, request: WindowRead) -> Window:
        """What a model would be given now. Raises `NotFound`, `WindowTooSmall`."""
        conversation_id = ConversationId(request.conversation_id)
        context = await self.contexts.find(caller.user_id, conversation_id)
        return await self.of_conversation(
            caller.user_id, conversation_id, context, max_tokens=request.max_tokens
        )

    async def of_conversation(
        self,
        user_id: UserId,
        conversation_id: ConversationId,
        context: Context | None,
        *,
        max_tokens: int | None = None,
        until: int = MAX_REVISION,
    ) -> Window:
        """The window of the messages up to the position `until`, without those that stream, as `context` has it.

        `max_tokens`, of the whole window with the reply, overrides the context. Raises `WindowTooSmall`, or `NotFound`
        for the conversation.
        """
        policy = policy_of(context, self.default_model, max_tokens)
        system = await self._system(policy)
        room = policy.budget - (system.cost if system else 0)
        summary = _summary(policy, context, until)
        through = summary.through if summary else None
        bounds = ReadBounds(policy.pinned, room, policy.max_messages, until, through)
        read = await self.store.read(user_id, conversation_id, bounds)
        return choose(policy, read, system, summary)

    async def _system(self, policy: WindowPolicy) -> Preface | None:
        if policy.system is None:
            return None
        counted = await self.counting.count(policy.system, policy.model)
        return Preface(policy.system, counted.tokens, counted.vocabulary, "system")


def _summary(policy: WindowPolicy, context: Context | None, until: int) -> Preface | None:
    """The kept summary; None where it stands for messages after `until`."""
    kept = context.summary if context else None
    if kept is None or not policy.summarises or kept["through_position"] >= until:
        return None
    return Preface(kept["text"], kept["token_count"], kept["vocabulary"], "summary", kept["through_position"])
