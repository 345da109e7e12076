"""Routes of contexts."""

from http import HTTPStatus

from aiohttp import web

from bitworks.core.errors import ContextExists, Deleted, IdConflict, NotFound, Stale, WindowTooSmall
from bitworks.core.records import Context
from bitworks.features.history import contexts
from bitworks.features.history.inputs import ByConversation, ContextCreate, ContextUpdate, WindowRead
from bitworks.features.window import windows
from bitworks.features.window.window import Window
from bitworks.rest.routing import Call, Route, answer, creation, no_content


async def create(call: Call) -> web.Response:
    return creation(await contexts.create(call.services, call.caller, call.input))


async def get(call: Call) -> web.Response:
    return answer(await contexts.get(call.services, call.caller, call.input))


async def update(call: Call) -> web.Response:
    return answer((await contexts.update(call.services, call.caller, call.input)).record)


async def delete(call: Call) -> web.Response:
    await contexts.delete(call.services, call.caller, call.input)
    return no_content()


async def window(call: Call) -> web.Response:
    return answer(await windows.read(call.services, call.caller, call.input))


ROUTES = (
    Route(
        "POST", "/context", create, "Give a conversation its context",
        ContextCreate, Context, (HTTPStatus.CREATED, HTTPStatus.OK),
        (NotFound, ContextExists, IdConflict, Deleted),
    ),
    Route(
        "GET", "/context/{conversation_id}", get, "The context of a conversation",
        ByConversation, Context, errors=(NotFound,),
    ),
    Route(
        "PUT", "/context/{conversation_id}", update, "Change the context of a conversation",
        ContextUpdate, Context, errors=(NotFound, Stale),
    ),
    Route(
        "DELETE", "/context/{conversation_id}", delete, "Delete the context of a conversation",
        ByConversation, statuses=(HTTPStatus.NO_CONTENT,), errors=(NotFound,),
    ),
    Route(
        "GET", "/context/{conversation_id}/window", window, "What of a conversation a model is given",
        WindowRead, Window, errors=(NotFound, WindowTooSmall),
    ),
)  # fmt: skip
