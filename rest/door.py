"""Puts the routes into an application."""

from pathlib import Path

import aiohttp_cors
from aiohttp import web

from bitworks.rest import accounts, changes, contexts, conversations, messages, models, pages
from bitworks.rest.addresses import Network
from bitworks.rest.openapi import openapi
from bitworks.rest.routing import SERVICES, TRUSTED, endpoint
from bitworks.services import Services

ROUTES = (
    *accounts.ROUTES,
    *conversations.ROUTES,
    *messages.ROUTES,
    *contexts.ROUTES,
    *models.ROUTES,
    *changes.ROUTES,
)
EXPOSED_HEADERS = ("Link", "X-Cursor", "Retry-After")
PREFLIGHT_SECONDS = 3600


def add_rest(
    app: web.Application,
    services: Services,
    *,
    cors_origins: tuple[str, ...],
    trusted_proxies: tuple[Network, ...],
    client_dist: Path,
) -> None:
    """Adds every route of the contract, its description, and the web client."""
    app[SERVICES] = services
    app[TRUSTED] = trusted_proxies
    options = aiohttp_cors.ResourceOptions(  # type: ignore[no-untyped-call]  # its own lack of types
        expose_headers=EXPOSED_HEADERS,
        allow_headers="*",
        allow_methods="*",
        max_age=PREFLIGHT_SECONDS,
    )
    cors = aiohttp_cors.setup(app, defaults=dict.fromkeys(cors_origins, options))
    for route in ROUTES:
        cors.add(app.router.add_route(route.method, route.path, endpoint(route)))
    app.router.add_get("/healthz", pages.healthz)
    app.router.add_get("/readyz", pages.readyz)
    pages.add_description(app, openapi(ROUTES))
    pages.add_client(app, client_dist)
