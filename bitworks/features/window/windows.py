"""The window of a conversation: what of it a model is given."""

from bitworks.core.cursors import MAX_REVISION
from bitworks.core.ids import ConversationId, UserId
from bitworks.core.records import Context
from bitworks.features.history.inputs import WindowRead
from bitworks.features.window.choice import Preface, choose
from bitworks.features.window.frame import Frame, frame_of
from bitworks.features.window.store import Wanted
from bitworks.features.window.window import Window
from bitworks.services import Caller, Services


async def read(services: Services, caller: Caller, wanted: WindowRead) -> Window:
    """What a model would be given now. Raises `WindowTooSmall`."""
    conversation_id = ConversationId(wanted.conversation_id)
    return await of_conversation(services, caller.user_id, conversation_id, max_tokens=wanted.max_tokens)


async def of_conversation(
    services: Services,
    user_id: UserId,
    conversation_id: ConversationId,
    *,
    max_tokens: int | None = None,
    until: int = MAX_REVISION,
) -> Window:
    """The window of what was written up to a position: of a question, without what came after it.

    What still streams is not in it. Raises `WindowTooSmall`, or `NotFound` for the conversation.
    """
    context = await services.storage.contexts.find(user_id, conversation_id)
    frame = frame_of(context, services.default_model, max_tokens)
    system = await _system(services, frame)
    room = frame.budget - (system.cost if system else 0)
    summary = _summary(frame, context, until)
    through = summary.through if summary else None
    wanted = Wanted(frame.pinned, room, frame.max_messages, until, through)
    read = await services.storage.windows.read(user_id, conversation_id, wanted)
    return choose(frame, read, system, summary)


def _summary(frame: Frame, context: Context | None, until: int) -> Preface | None:
    """Nothing where the summary knows of what came after the question."""
    kept = context.summary if context else None
    if kept is None or not frame.summarises or kept["through_position"] >= until:
        return None
    return Preface(kept["text"], kept["token_count"], kept["vocabulary"], "summary", kept["through_position"])


async def _system(services: Services, frame: Frame) -> Preface | None:
    if frame.system is None:
        return None
    counted = await services.counting.count(frame.system, frame.model)
    return Preface(frame.system, counted.tokens, counted.vocabulary, "system")
