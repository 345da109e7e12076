"""Rows as the storage is asked for them, without any door."""

from datetime import UTC, datetime
from uuid import uuid4

from bitworks.core.ids import ConversationId, MessageId, UserId
from bitworks.features.accounts.records import User
from bitworks.features.history.store.message_writer import NewMessage
from bitworks.hosting.stores import Stores
from bitworks.storage.rows import NewRow


async def a_user(stores: Stores) -> UserId:
    user = User(UserId(str(uuid4())), f"{uuid4()}@example.org", datetime.now(UTC).replace(microsecond=0))
    await stores.accounts.create(user, "hash")
    return user.id


async def a_conversation(stores: Stores, user_id: UserId) -> ConversationId:
    new = NewRow(str(uuid4()), {"title": None, "metadata": {}}, b"")
    return (await stores.conversations.create(user_id, new)).record.id


def a_message(
    user_id: UserId, conversation_id: ConversationId, content: str = "x", id_: str | None = None
) -> NewMessage:
    id_ = id_ or str(uuid4())
    return NewMessage(user_id, MessageId(id_), conversation_id, "user", content, {}, content.encode())
