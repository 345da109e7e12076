"""Commands about messages."""

from bitworks.core.changes import Change
from bitworks.core.encoding import fingerprint
from bitworks.core.ids import ConversationId, MessageId, UserId
from bitworks.core.listing import Listing
from bitworks.core.records import Json, Message
from bitworks.features.history import conversations
from bitworks.features.history.inputs import ById, MessageCreate, MessageList, MessageUpdate
from bitworks.features.history.store.message_writer import NewMessage
from bitworks.features.history.store.messages import MessageEdit, NewlyWritten
from bitworks.features.models.counts import Counted
from bitworks.features.replies import replies
from bitworks.features.streaming import streaming
from bitworks.features.sync.publishing import publish_change
from bitworks.services import Caller, Services
from bitworks.storage.revisions import Written


async def create(services: Services, caller: Caller, wanted: MessageCreate) -> Written[Message]:
    """A new message; a repeated creation gives it as it is now."""
    if wanted.status == "streaming":
        return await streaming.open_(services, caller.user_id, wanted)
    id_ = MessageId(wanted.id or services.new_id())
    place = caller.user_id, ConversationId(wanted.conversation_id)

    async def write(counted: Counted) -> NewlyWritten:
        return await services.storage.messages.create(_draft(caller.user_id, id_, wanted, counted))

    async def ask(counted: Counted) -> Written[Message]:
        return await replies.create(services, _draft(caller.user_id, id_, wanted, counted), wanted.on_busy)

    if wanted.reply:
        return await services.counting.write(wanted.content, ask, place)
    written = await services.counting.write(wanted.content, write, place)
    publish_change(services, caller.user_id, written.change)
    if written.unnamed:
        await conversations.name(services, *place)
    return written


def _draft(user_id: UserId, id_: MessageId, wanted: MessageCreate, counted: Counted) -> NewMessage:
    metadata = wanted.metadata or {}
    return NewMessage(
        user_id=user_id,
        id=id_,
        conversation_id=ConversationId(wanted.conversation_id),
        role=wanted.role,
        content=wanted.content,
        metadata=counted.named_in(metadata),
        fingerprint=fingerprint(
            [wanted.conversation_id, wanted.role, wanted.content, metadata, *(["reply"] * wanted.reply)]
        ),
        token_count=counted.tokens,
        model=counted.model,
    )


async def get(services: Services, caller: Caller, wanted: ById) -> Message:
    return await services.storage.messages.get(caller.user_id, MessageId(wanted.id))


async def list_(services: Services, caller: Caller, wanted: MessageList) -> Listing[Json]:
    """In JSON form, ascending by position: the page that ends before `before`, or begins after `after`, or
    the newest.
    """
    conversation_id = ConversationId(wanted.conversation_id)
    messages = services.storage.messages
    following: dict[str, object] = {"conversation_id": conversation_id, "limit": wanted.limit}
    if wanted.after is not None:
        page = await messages.page_after(caller.user_id, conversation_id, wanted.after, wanted.limit)
        following["after"] = page.rows[-1]["position"] if page.rows else None
    else:
        page = await messages.page_before(caller.user_id, conversation_id, wanted.before, wanted.limit)
        following["before"] = page.rows[0]["position"] if page.rows else None
    return Listing(page.rows, page.cursor, following if page.more else None)


async def update(services: Services, caller: Caller, wanted: MessageUpdate) -> Written[Message]:
    """Changes what is given; raises `Stale` if it is not at `if_revision`."""

    async def write(counted: Counted) -> Written[Message]:
        edit = MessageEdit(
            fields=frozenset(wanted.model_fields_set),
            content=wanted.content,
            counted=counted,
            metadata=wanted.metadata or {},
            if_revision=wanted.if_revision,
        )
        return await services.storage.messages.update(caller.user_id, MessageId(wanted.id), edit)

    written = await services.counting.write(wanted.content, write)
    publish_change(services, caller.user_id, written.change)
    return written


async def delete(services: Services, caller: Caller, wanted: ById) -> Change | None:
    """Deletes it. Repeating it is no error.

    Returns the change, or None if there was nothing left to delete.
    """
    id_ = MessageId(wanted.id)
    change = await services.storage.messages.delete(caller.user_id, id_)
    services.streams.forget(caller.user_id, id_)
    publish_change(services, caller.user_id, change)
    return change
