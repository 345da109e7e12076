"""The route for those who keep up without a socket."""

from aiohttp import web

from bitworks.core.errors import CursorGone
from bitworks.features.history.inputs import ChangesWait
from bitworks.features.sync import sync as changes
from bitworks.features.sync.sync import ChangesPage
from bitworks.rest.routing import Call, Route, answer


async def since(call: Call) -> web.Response:
    return answer(await changes.wait(call.services, call.caller, call.input))


ROUTES = (
    Route(
        "GET", "/changes", since, "What changed after a cursor; with `wait`, held until there is something",
        ChangesWait, ChangesPage, errors=(CursorGone,),
    ),
)  # fmt: skip
