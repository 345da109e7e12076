"""Adds the REST door to an application."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import aiohttp_cors
from aiohttp import web

from bitworks.core.operations import BoundOperation
from bitworks.rest import pages
from bitworks.rest.headers import add_headers
from bitworks.rest.openapi import openapi
from bitworks.rest.pages import CheckReady
from bitworks.rest.routes import Route
from bitworks.rest.routing import Authenticator, PlacesOfUser, endpoint
from bitworks.storage.kinds import Kind

# The headers of responses that scripts of other origins may read.
EXPOSED_HEADERS = ("Link", "X-Cursor", "Retry-After")
PREFLIGHT_SECONDS = 3600  # for which a browser may keep the response to a preflight


def add_rest(
    app: web.Application,
    operations: Sequence[BoundOperation],
    authenticator: Authenticator,
    places: PlacesOfUser,
    *,
    kinds: Sequence[Kind[Any]],
    ready: CheckReady,
    cors_origins: tuple[str, ...],
    allows_page: Callable[[str], bool],
    client_dist: Path,
    https: bool,
) -> None:
    """Adds a route for each operation that has one, their OpenAPI description, the health checks and the web client.

    `ready` raises `Unavailable` while the instance cannot serve. `client_dist` is the build of the web client.
    `allows_page` says whether an origin is among `cors_origins`. `https`: it is reached by that.
    """
    options = aiohttp_cors.ResourceOptions(  # type: ignore[no-untyped-call]  # its own lack of types
        expose_headers=EXPOSED_HEADERS,
        allow_headers="*",
        allow_methods="*",
        max_age=PREFLIGHT_SECONDS,
    )
    add_headers(app, https=https)
    listed = cors_origins if not any(one.endswith(":*") for one in cors_origins) else ("*",)
    cors = aiohttp_cors.setup(app, defaults=dict.fromkeys(listed, options))
    if listed != cors_origins:  # the library knows no origin with any port
        app.on_response_prepare.append(_only_for(allows_page))
    routes = [(Route.of(one.spec), one) for one in operations if one.spec.rest is not None]
    for route, operation in routes:
        handler = endpoint(route, operation, authenticator, places)
        cors.add(app.router.add_route(route.method, route.path, handler))
    app.router.add_get("/healthz", pages.healthz)
    app.router.add_get("/readyz", pages.readyz(ready))
    pages.add_description(app, openapi((route for route, _ in routes), kinds))
    pages.add_client(app, client_dist)


def _only_for(
    allows_page: Callable[[str], bool],
) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Takes the leave to read a response from pages that have none."""

    async def withdraw(request: web.Request, response: web.StreamResponse) -> None:
        origin = request.headers.get("Origin")
        if origin is not None and not allows_page(origin):
            for name in [name for name in response.headers if name.startswith("Access-Control-")]:
                del response.headers[name]

    return withdraw
