"""Routes of conversations."""

from http import HTTPStatus

from aiohttp import web

from bitworks.core.errors import Deleted, IdConflict, NotFound, Stale
from bitworks.core.records import Conversation
from bitworks.features.history import conversations
from bitworks.features.history.inputs import ById, ConversationCreate, ConversationList, ConversationUpdate
from bitworks.rest.routing import Call, Route, answer, creation, listing, no_content


async def create(call: Call) -> web.Response:
    return creation(await conversations.create(call.services, call.caller, call.input))


async def list_(call: Call) -> web.Response:
    if call.request.match_info["user_id"].lower() not in ("me", call.caller.user_id):
        raise NotFound
    return listing(call, await conversations.list_(call.services, call.caller, call.input))


async def get(call: Call) -> web.Response:
    return answer(await conversations.get(call.services, call.caller, call.input))


async def update(call: Call) -> web.Response:
    return answer((await conversations.update(call.services, call.caller, call.input)).record)


async def delete(call: Call) -> web.Response:
    await conversations.delete(call.services, call.caller, call.input)
    return no_content()


CREATION = (HTTPStatus.CREATED, HTTPStatus.OK)
ROUTES = (
    Route(
        "POST", "/conversations", create, "Create a conversation",
        ConversationCreate, Conversation, CREATION, (IdConflict, Deleted),
    ),
    Route(
        "GET", "/conversations/{user_id}", list_, "One's conversations, newest first",
        ConversationList, list[Conversation], errors=(NotFound,),
    ),
    Route(
        "GET", "/conversations/detail/{id}", get, "One conversation",
        ById, Conversation, errors=(NotFound,),
    ),
    Route(
        "PUT", "/conversations/{id}", update, "Change a conversation",
        ConversationUpdate, Conversation, errors=(NotFound, Stale),
    ),
    Route(
        "DELETE", "/conversations/{id}", delete, "Delete a conversation, its messages and its context",
        ById, statuses=(HTTPStatus.NO_CONTENT,), errors=(NotFound,),
    ),
)  # fmt: skip
