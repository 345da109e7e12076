"""The results of operations as responses."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from bitworks.core.changes import Written
from bitworks.core.encoding import to_json
from bitworks.core.operations import Shape
from bitworks.core.result_pages import ResultPage


def response_of(shape: Shape, result: Any, request: web.Request) -> web.Response:
    """The response to a result of this shape."""
    match shape:
        case "created":
            return _of_creation(result)
        case "updated":
            return _of_body(result.record)
        case "page":
            return _of_page(result, request)
        case "deleted" | "nothing":
            return web.Response(status=HTTPStatus.NO_CONTENT)
        case "new":
            return _of_body(result, HTTPStatus.CREATED)
        case _:
            return _of_body(result)


def _of_body(value: object, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.Response(status=status, body=to_json(value), content_type="application/json")


def _of_creation(written: Written[Any]) -> web.Response:
    """201 for a new record, 200 for a repeated creation."""
    return _of_body(written.record, HTTPStatus.OK if written.change is None else HTTPStatus.CREATED)


def _of_page(page: ResultPage[Any], request: web.Request) -> web.Response:
    """A page as an array, with the next page's address in `Link` and the snapshot's cursor in `X-Cursor`.

    The address is relative to the request's own: a proxy may serve this server under a path that it does not know.
    """
    response = _of_body(page.rows)
    response.headers["X-Cursor"] = str(page.cursor)
    if page.next is not None:
        query = {name: value for name, value in page.next.items() if name not in request.match_info}
        response.headers["Link"] = f'<?{urlencode(query)}>; rel="next"'
    return response
