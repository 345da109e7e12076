"""The pages beside the API: health checks, its description, a page to try it on, and the web client."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Middleware

from bitworks.core.encoding import to_json
from bitworks.core.errors import NotFound
from bitworks.rest.headers import page_headers
from bitworks.rest.problems import Endpoint

# Raises `Unavailable` while the instance cannot serve.
CheckReady = Callable[[], Awaitable[object]]

DOCS_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>bitworks-message API</title>
<link rel="stylesheet" href="/docs-assets/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="/docs-assets/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
DOCS_SCRIPT = 'SwaggerUIBundle({url: "/openapi.json", dom_id: "#api", validatorUrl: null});\n'

# Where the client shows itself; a slash at the end, which people and mail programs add, changes nothing.
CLIENT_ROUTES = ("/", "/c/{id}", "/c/{id}/", "/login", "/login/", "/register", "/register/")
# PART: bytes of a file that are in memory for each of those who read it.
PART = 64 * 1024
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "no-cache"


async def healthz(request: web.Request) -> web.Response:
    """200 while the process lives."""
    return web.json_response({"status": "ok"})


def readyz(ready: CheckReady) -> Endpoint:
    """The handler of `/readyz`: 200 while PostgreSQL responds, 503 while it does not."""

    async def handle(request: web.Request) -> web.StreamResponse:
        await ready()
        return web.json_response({"status": "ready"})

    return handle


def add_description(app: web.Application, description: dict[str, object]) -> None:
    """Adds `/openapi.json`, and `/docs`, a page to try the API on."""
    body = to_json(description)

    async def openapi(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    async def docs(request: web.Request) -> web.Response:
        return web.Response(text=DOCS_PAGE, content_type="text/html", headers=page_headers(request))

    async def script(request: web.Request) -> web.Response:
        return web.Response(text=DOCS_SCRIPT, content_type="text/javascript", headers=page_headers(request))

    app.router.add_get("/openapi.json", openapi)
    app.router.add_get("/docs", docs)
    app.router.add_get("/docs/start.js", script)


def add_client(app: web.Application, dist: Path) -> None:
    """Serves the build of the web client. It does its own routing, so that `/c/{id}` is the same page as `/`.

    At an address that nothing is at, a person has the client too, which says so there.
    """
    files = _files(dist)
    index = files.get("index.html")

    async def page(request: web.Request) -> web.StreamResponse:
        if index is None:
            raise NotFound("The web client has not been built; run `make run`.")
        return web.FileResponse(
            index, chunk_size=PART, headers={**page_headers(request), "Cache-Control": REVALIDATE}
        )

    for route in CLIENT_ROUTES:
        app.router.add_get(route, page)
    if index is not None:
        app.middlewares.append(_client_for_the_lost(index))
    # A route for each file: under one for all paths, POST to an unknown path would be 405 instead of 404.
    for name, path in files.items():
        app.router.add_get(f"/{name}", _file(name, path))


def _client_for_the_lost(index: Path) -> Middleware:
    """Answers a browser that asks for a page where there is none; programs go on to have their problem document."""
    caching = {"Cache-Control": REVALIDATE, "Vary": "Accept"}

    @web.middleware
    async def answer(request: web.Request, handler: Endpoint) -> web.StreamResponse:
        if _leads_nowhere(request) and "text/html" in request.headers.get("Accept", ""):
            headers = {**page_headers(request), **caching}
            return web.FileResponse(index, chunk_size=PART, status=HTTPStatus.NOT_FOUND, headers=headers)
        return await handler(request)

    return answer


def _leads_nowhere(request: web.Request) -> bool:
    """Whether nothing can be read at the address; where something can be written only, there is no page either."""
    error = request.match_info.http_exception
    return request.method == "GET" and isinstance(error, (web.HTTPNotFound, web.HTTPMethodNotAllowed))


def _file(name: str, path: Path) -> Endpoint:
    # The names in `assets` have a hash of the content: a file never changes.
    caching = IMMUTABLE if name.startswith("assets/") else REVALIDATE

    async def file(request: web.Request) -> web.StreamResponse:
        return web.FileResponse(
            path, chunk_size=PART, headers={**page_headers(request), "Cache-Control": caching}
        )

    return file


def _files(root: Path) -> dict[str, Path]:
    """Every file below the folder, by its path in a URL. Listed once, so that no path can name a file outside."""
    return {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
