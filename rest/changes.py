"""The route for those who keep up without a socket."""

from aiohttp import web

from commands import changes
from commands.changes import ChangesPage
from domain.errors import CursorGone
from domain.inputs import ChangesWait
from rest.routing import Call, Route, answer


async def since(call: Call) -> web.Response:
    return answer(await changes.wait(call.services, call.caller, call.input))


ROUTES = (
    Route(
        "GET", "/changes", since, "What changed after a cursor; with `wait`, held until there is something",
        ChangesWait, ChangesPage, errors=(CursorGone,),
    ),
)  # fmt: skip
