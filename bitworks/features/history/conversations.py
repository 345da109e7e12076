"""What a user does to conversations."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bitworks.core.callers import Caller
from bitworks.core.changes import Change, Written
from bitworks.core.clock import NewId
from bitworks.core.encoding import fingerprint
from bitworks.core.errors import DomainError, InvalidInput
from bitworks.core.folding import fold
from bitworks.core.ids import ConversationId, UserId
from bitworks.core.inputs import ById
from bitworks.core.records import Json
from bitworks.core.result_pages import ResultPage
from bitworks.features.history.inputs import ConversationCreate, ConversationList, ConversationUpdate
from bitworks.features.history.records import Conversation
from bitworks.features.history.store.conversations import LIST_START, ConversationStore, ListPosition
from bitworks.features.limits.fair_queue import FairQueue
from bitworks.features.sync.publishing import Publisher
from bitworks.storage.rows import NewRow, RowEdit

# The cursor of the list counts milliseconds from here.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Conversations:
    """Writes and reads conversations. Each write commits first, then publishes; if it is cancelled, it may be
    committed.
    """

    store: ConversationStore
    """The conversations in PostgreSQL."""
    publisher: Publisher
    """Publishes each change after its commit."""
    new_id: NewId
    """The ids of conversations whose request names none."""
    searches: FairQueue
    """Gives the searches of users their turns, since each reads all titles of its user."""

    async def create(self, caller: Caller, request: ConversationCreate) -> Written[Conversation]:
        """Creates a conversation; a repeated creation returns it as it is now. Raises `IdConflict`, `Deleted`."""
        values: Json = {"title": request.title, "metadata": request.metadata or {}}
        new = NewRow(request.id or self.new_id(), values, fingerprint(list(values.values())))
        written = await self.store.create(caller.user_id, new)
        self.publisher.change(caller.user_id, written.change)
        return written

    async def get(self, caller: Caller, request: ById) -> Conversation:
        """Returns a conversation. Raises `NotFound`."""
        return await self.store.get(caller.user_id, ConversationId(request.id))

    async def list(self, caller: Caller, request: ConversationList) -> ResultPage[Conversation]:
        """Returns a page by `updated_at`, newest first. Raises `InvalidInput` for a text that is no list cursor.

        The searches of one user are made one after the other; if too many wait, it raises `RateLimited`.
        A conversation that is updated between two pages moves to the top, and may be missing from both: the changes
        since the page's cursor have it.
        """
        after = LIST_START if request.cursor is None else _parse_list_cursor(request.cursor)
        words = fold(request.title or "")
        if words:
            async with self.searches.place(caller.user_id):
                await self.store.fold_titles(caller.user_id)
                page = await self.store.page(caller.user_id, after, request.limit, words)
        else:
            page = await self.store.page(caller.user_id, after, request.limit)
        return ResultPage(page.rows, page.cursor, _next(request, page.rows[-1]) if page.more else None)

    async def update(self, caller: Caller, request: ConversationUpdate) -> Written[Conversation]:
        """Changes the fields that the request has. Raises `NotFound`, or `Stale` if it is not at `if_revision`."""
        given = {"title": request.title, "metadata": request.metadata or {}}
        values = {name: value for name, value in given.items() if name in request.model_fields_set}
        edit = RowEdit(values, request.if_revision)
        written = await self.store.update(caller.user_id, ConversationId(request.id), edit)
        self.publisher.change(caller.user_id, written.change)
        return written

    async def delete(self, caller: Caller, request: ById) -> Change | None:
        """Deletes a conversation with its messages and context, in one change; returns None if it was deleted before.

        Raises `NotFound`.
        """
        change = await self.store.delete(caller.user_id, ConversationId(request.id))
        self.publisher.change(caller.user_id, change)
        return change

    # For other features

    async def rename_from(self, user_id: UserId, id_: ConversationId, before: str, title: str) -> None:
        """Changes the title from `before` to `title`; nothing if it has another title by now. Raises `NotFound`."""
        written = await self.store.rename_from(user_id, id_, before, title)
        self.publisher.change(user_id, written.change)

    async def name(self, user_id: UserId, id_: ConversationId) -> None:
        """Names a conversation without a title after its first question, in a change of its own.

        Raises no `DomainError`: the question is written already, and the next one names the conversation.
        """
        try:
            change = await self.store.name(user_id, id_)
        except DomainError:
            return
        self.publisher.change(user_id, change)


def _next(request: ConversationList, last: Conversation) -> Json:
    following = {"limit": request.limit, "cursor": _list_cursor(last)}
    return following if request.title is None else {**following, "title": request.title}


def _list_cursor(last: Conversation) -> str:
    milliseconds = (last.updated_at - _EPOCH) // timedelta(milliseconds=1)
    return f"{milliseconds}.{last.id}"


def _parse_list_cursor(text: str) -> ListPosition:
    milliseconds, _, id_ = text.partition(".")
    try:
        time = _EPOCH + timedelta(milliseconds=int(milliseconds))
        return ListPosition(time, ById(id=id_).id)
    except (ValueError, OverflowError):
        raise InvalidInput.of("cursor", "is not the cursor of a page; use one that the server gave") from None
