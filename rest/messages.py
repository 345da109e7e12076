"""Routes of messages."""

from http import HTTPStatus

from aiohttp import web

from bitworks.core.errors import (
    Busy,
    Closed,
    Deleted,
    IdConflict,
    NoProducer,
    NotFound,
    OutOfOrder,
    Stale,
    StillStreaming,
)
from bitworks.core.records import AskedMessage, Message
from bitworks.features.history import messages
from bitworks.features.history.inputs import (
    ById,
    MessageAppend,
    MessageCreate,
    MessageFinish,
    MessageList,
    MessageReply,
    MessageUpdate,
)
from bitworks.features.replies import replies
from bitworks.features.streaming import streaming
from bitworks.features.streaming.streaming import Appended
from bitworks.rest.routing import Call, Route, answer, creation, listing, no_content


async def create(call: Call) -> web.Response:
    return creation(await messages.create(call.services, call.caller, call.input))


async def list_(call: Call) -> web.Response:
    return listing(call, await messages.list_(call.services, call.caller, call.input))


async def get(call: Call) -> web.Response:
    return answer(await messages.get(call.services, call.caller, call.input))


async def update(call: Call) -> web.Response:
    return answer((await messages.update(call.services, call.caller, call.input)).record)


async def delete(call: Call) -> web.Response:
    await messages.delete(call.services, call.caller, call.input)
    return no_content()


async def reply(call: Call) -> web.Response:
    return creation(await replies.reply(call.services, call.caller, call.input))


async def append(call: Call) -> web.Response:
    return answer(await streaming.append(call.services, call.caller.user_id, call.input))


async def finish(call: Call) -> web.Response:
    return answer((await streaming.finish(call.services, call.caller.user_id, call.input)).record)


async def stop(call: Call) -> web.Response:
    return answer((await streaming.stop(call.services, call.caller.user_id, call.input)).record)


CREATION = (HTTPStatus.CREATED, HTTPStatus.OK)
ROUTES = (
    Route(
        "POST", "/messages", create, "Add a message to a conversation",
        MessageCreate, Message | AskedMessage, CREATION, (NotFound, IdConflict, Deleted, Busy, NoProducer),
    ),
    Route(
        "GET", "/messages/{conversation_id}", list_, "Messages as they were written; the newest page first",
        MessageList, list[Message], errors=(NotFound,),
    ),
    Route(
        "GET", "/messages/detail/{id}", get, "One message",
        ById, Message, errors=(NotFound,),
    ),
    Route(
        "PUT", "/messages/{id}", update, "Change a message",
        MessageUpdate, Message, errors=(NotFound, Stale, StillStreaming),
    ),
    Route(
        "DELETE", "/messages/{id}", delete, "Delete a message",
        ById, statuses=(HTTPStatus.NO_CONTENT,), errors=(NotFound,),
    ),
    Route(
        "POST", "/messages/{id}/append", append, "Add text to a streaming message",
        MessageAppend, Appended, errors=(NotFound, OutOfOrder, Closed), for_reply=True,
    ),
    Route(
        "POST", "/messages/{id}/finish", finish, "End a streaming message",
        MessageFinish, Message, errors=(NotFound, Closed), for_reply=True,
    ),
    Route(
        "POST", "/messages/{id}/stop", stop, "Stop a streaming message",
        ById, Message, errors=(NotFound, Closed),
    ),
    Route(
        "POST", "/messages/{id}/reply", reply, "Ask for an answer to a message, or for another one",
        MessageReply, AskedMessage, (HTTPStatus.CREATED,), (NotFound, Busy, NoProducer),
    ),
)  # fmt: skip
