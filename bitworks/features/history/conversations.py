"""Commands about conversations."""

from datetime import UTC, datetime, timedelta

from bitworks.core.changes import Change
from bitworks.core.encoding import fingerprint
from bitworks.core.errors import DomainError, InvalidInput
from bitworks.core.ids import ConversationId, UserId
from bitworks.core.listing import Listing
from bitworks.core.records import Conversation, Json
from bitworks.features.history.inputs import ById, ConversationCreate, ConversationList, ConversationUpdate
from bitworks.features.history.store.conversations import (
    TOP_OF_LIST,
    ConversationEdit,
    NewConversation,
    PlaceInList,
)
from bitworks.features.history.title_pattern import pattern_of
from bitworks.features.sync.publishing import publish_change
from bitworks.services import Caller, Services
from bitworks.storage.revisions import Written

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


async def create(services: Services, caller: Caller, wanted: ConversationCreate) -> Written[Conversation]:
    """A new conversation; a repeated creation gives it as it is now."""
    metadata = wanted.metadata or {}
    new = NewConversation(
        id=ConversationId(wanted.id or services.new_id()),
        title=wanted.title,
        metadata=metadata,
        fingerprint=fingerprint([wanted.title, metadata]),
    )
    written = await services.storage.conversations.create(caller.user_id, new)
    publish_change(services, caller.user_id, written.change)
    return written


async def get(services: Services, caller: Caller, wanted: ById) -> Conversation:
    return await services.storage.conversations.get(caller.user_id, ConversationId(wanted.id))


async def list_(services: Services, caller: Caller, wanted: ConversationList) -> Listing[Conversation]:
    """By `updated_at`, newest first."""
    after = TOP_OF_LIST if wanted.cursor is None else _parse_place(wanted.cursor)
    pattern = None if wanted.title is None else pattern_of(wanted.title)
    page = await services.storage.conversations.page(caller.user_id, after, wanted.limit, pattern)
    return Listing(page.rows, page.cursor, _next(wanted, page.rows[-1]) if page.more else None)


async def update(services: Services, caller: Caller, wanted: ConversationUpdate) -> Written[Conversation]:
    """Changes what is given; raises `Stale` if it is not at `if_revision`."""
    edit = ConversationEdit(
        frozenset(wanted.model_fields_set), wanted.title, wanted.metadata or {}, wanted.if_revision
    )
    written = await services.storage.conversations.update(caller.user_id, ConversationId(wanted.id), edit)
    publish_change(services, caller.user_id, written.change)
    return written


async def rename_from(
    services: Services, user_id: UserId, id_: ConversationId, before: str, title: str
) -> None:
    """Gives it this title if it still has the one of before."""
    written = await services.storage.conversations.rename_from(user_id, id_, before, title)
    publish_change(services, user_id, written.change)


async def name(services: Services, user_id: UserId, id_: ConversationId) -> None:
    """Names it after its first question, if it has no title, in a change of its own.

    It fails silently: the question is written already, and the next one has it named.
    """
    try:
        change = await services.storage.conversations.name(user_id, id_)
    except DomainError:
        return
    publish_change(services, user_id, change)


async def delete(services: Services, caller: Caller, wanted: ById) -> Change | None:
    """Deletes it with its messages and context. Repeating it is no error.

    Returns the change, or None if there was nothing left to delete.
    """
    change = await services.storage.conversations.delete(caller.user_id, ConversationId(wanted.id))
    publish_change(services, caller.user_id, change)
    return change


def _next(wanted: ConversationList, last: Conversation) -> Json:
    following = {"limit": wanted.limit, "cursor": _place(last)}
    return following if wanted.title is None else {**following, "title": wanted.title}


def _place(last: Conversation) -> str:
    milliseconds = (last.updated_at - _EPOCH) // timedelta(milliseconds=1)
    return f"{milliseconds}.{last.id}"


def _parse_place(text: str) -> PlaceInList:
    milliseconds, _, id_ = text.partition(".")
    try:
        time = _EPOCH + timedelta(milliseconds=int(milliseconds))
        return PlaceInList(time, ById(id=id_).id)
    except (ValueError, OverflowError):
        raise InvalidInput.of("cursor", "is not the cursor of a page; use one that the server gave") from None
