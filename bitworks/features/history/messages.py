"""What a user does to messages."""

from dataclasses import dataclass

from bitworks.core.callers import Caller
from bitworks.core.changes import Change, Written
from bitworks.core.clock import NewId
from bitworks.core.encoding import fingerprint
from bitworks.core.ids import ConversationId, MessageId, UserId
from bitworks.core.inputs import ById
from bitworks.core.result_pages import ResultPage
from bitworks.features.history.conversations import Conversations
from bitworks.features.history.inputs import MessageCreate, MessageList, MessageUpdate
from bitworks.features.history.protocols import ReplyRequests, Streams
from bitworks.features.history.records import Message, MessageJson
from bitworks.features.history.store.message_writer import NewMessage
from bitworks.features.history.store.messages import MessageEdit, MessageStore
from bitworks.features.models.counting import Counting
from bitworks.features.models.counts import OtherModel, TokenCount
from bitworks.features.sync.publishing import Publisher


@dataclass(frozen=True, slots=True)
class Messages:
    """Writes and reads messages. Each write commits first, then publishes; if it is cancelled, it may be committed."""

    store: MessageStore
    """The messages in PostgreSQL."""
    conversations: Conversations
    """Names the conversation of a first question."""
    publisher: Publisher
    """Publishes each change after its commit."""
    counting: Counting
    """Counts the tokens of what is written."""
    streams: Streams
    """Opens messages of the status `streaming`."""
    replies: ReplyRequests
    """Writes questions that are to be replied to."""
    new_id: NewId
    """The ids of messages whose request names none."""

    async def create(self, caller: Caller, request: MessageCreate) -> Written[Message]:
        """Creates a message; a repeated creation returns it as it is now.

        One user's calls are committed in the order in which they begin to write, which is that of the calls while
        the texts are short enough to be counted at once. Raises `NotFound` (the conversation), `IdConflict`,
        `Deleted`; with `reply` also `Busy` and `NoProducer`; with it, or streaming, `RateLimited` for one too many.
        """
        user_id = caller.user_id
        if request.status == "streaming":
            return await self.streams.open(user_id, request)
        id_ = MessageId(request.id or self.new_id())
        conversation = user_id, ConversationId(request.conversation_id)
        text = self.counting.begin(request.content, conversation)
        while True:
            draft = _draft(user_id, id_, request, await text.count())
            # If the conversation is for another model than was guessed, nothing is written, and the error names it.
            try:
                if request.reply:
                    return await self.replies.ask_with(draft, request.on_busy)
                return await self._create(draft)
            except OtherModel as other:
                text.count_for(other.model)

    async def _create(self, draft: NewMessage) -> Written[Message]:
        written = await self.store.create(draft)
        self.publisher.change(draft.user_id, written.change)
        if written.unnamed:
            await self.conversations.name(draft.user_id, draft.conversation_id)
        return written

    async def get(self, caller: Caller, request: ById) -> Message:
        """Returns a message, with its text so far if it streams. Raises `NotFound`."""
        return await self.store.get(caller.user_id, MessageId(request.id))

    async def list(self, caller: Caller, request: MessageList) -> ResultPage[MessageJson]:
        """Returns a page in JSON form, ascending by position: the one that ends before `before`, or begins after
        `after`, or the newest. Raises `NotFound` (the conversation).
        """
        conversation_id = ConversationId(request.conversation_id)
        following: dict[str, object] = {"conversation_id": conversation_id, "limit": request.limit}
        if request.after is not None:
            page = await self.store.page_after(caller.user_id, conversation_id, request.after, request.limit)
            following["after"] = page.rows[-1]["position"] if page.rows else None
        else:
            page = await self.store.page_before(
                caller.user_id, conversation_id, request.before, request.limit
            )
            following["before"] = page.rows[0]["position"] if page.rows else None
        return ResultPage(page.rows, page.cursor, following if page.more else None)

    async def update(self, caller: Caller, request: MessageUpdate) -> Written[Message]:
        """Changes the fields that the request has.

        Raises `NotFound`, `StillStreaming`, or `Stale` if the message is not at `if_revision`.
        """
        text = self.counting.begin(request.content)
        while True:
            edit = _edit(request, await text.count())
            try:
                written = await self.store.update(caller.user_id, MessageId(request.id), edit)
            except OtherModel as other:
                text.count_for(other.model)
            else:
                self.publisher.change(caller.user_id, written.change)
                return written

    async def delete(self, caller: Caller, request: ById) -> Change | None:
        """Deletes a message, also one that streams; returns None if it was deleted before. Raises `NotFound`."""
        id_ = MessageId(request.id)
        change = await self.store.delete(caller.user_id, id_)
        self.streams.forget(caller.user_id, id_)
        self.publisher.change(caller.user_id, change)
        return change


def _draft(user_id: UserId, id_: MessageId, request: MessageCreate, count: TokenCount) -> NewMessage:
    metadata = request.metadata or {}
    body: list[object] = [request.conversation_id, request.role, request.content, metadata]
    # With a reply it is another creation: repeated without one, it is an id conflict.
    if request.reply:
        body.append("reply")
    return NewMessage(
        user_id=user_id,
        id=id_,
        conversation_id=ConversationId(request.conversation_id),
        role=request.role,
        content=request.content,
        metadata=count.named_in(metadata),
        fingerprint=fingerprint(body),
        token_count=count.tokens,
        model=count.model,
    )


def _edit(request: MessageUpdate, count: TokenCount) -> MessageEdit:
    return MessageEdit(
        fields=frozenset(request.model_fields_set),
        content=request.content,
        count=count,
        metadata=request.metadata or {},
        if_revision=request.if_revision,
    )
