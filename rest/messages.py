"""Routes of messages."""

from http import HTTPStatus

from aiohttp import web

from commands import messages
from domain.errors import Deleted, IdConflict, NotFound, Stale
from domain.inputs import ById, MessageCreate, MessageList, MessageUpdate
from domain.records import Message
from rest.routing import Call, Route, answer, creation, listing, no_content


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


CREATION = (HTTPStatus.CREATED, HTTPStatus.OK)
ROUTES = (
    Route(
        "POST", "/messages", create, "Add a message to a conversation",
        MessageCreate, Message, CREATION, (NotFound, IdConflict, Deleted),
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
        MessageUpdate, Message, errors=(NotFound, Stale),
    ),
    Route(
        "DELETE", "/messages/{id}", delete, "Delete a message",
        ById, statuses=(HTTPStatus.NO_CONTENT,), errors=(NotFound,),
    ),
)  # fmt: skip
