"""The route of models."""

from aiohttp import web

from bitworks.features.models.models import Model
from bitworks.features.replies import replies
from bitworks.rest.routing import Call, Route, answer


async def list_(call: Call) -> web.Response:
    return answer(await replies.models(call.services, call.caller, call.input))


ROUTES = (Route("GET", "/models", list_, "What `parameters.model` may be", answer=list[Model]),)
