"""Errors as responses of the type `application/problem+json` (RFC 9457)."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from aiohttp import web

from bitworks.core.encoding import to_json
from bitworks.core.errors import (
    Busy,
    Closed,
    ContextExists,
    CursorGone,
    Deleted,
    DomainError,
    EmailTaken,
    IdConflict,
    InternalError,
    InvalidCredentials,
    InvalidInput,
    MalformedJson,
    MethodNotAllowed,
    NoProducer,
    NotFound,
    OutOfOrder,
    Overloaded,
    RateLimited,
    RegistrationClosed,
    Stale,
    StillStreaming,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMediaType,
    WindowTooSmall,
)
from bitworks.rest.bodies import ClientGone, require_plain

# What aiohttp calls for a request.
Endpoint = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = structlog.get_logger(__name__)

STATUS: dict[type[DomainError], HTTPStatus] = {
    MalformedJson: HTTPStatus.BAD_REQUEST,
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    InvalidCredentials: HTTPStatus.UNAUTHORIZED,
    RegistrationClosed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    EmailTaken: HTTPStatus.CONFLICT,
    IdConflict: HTTPStatus.CONFLICT,
    ContextExists: HTTPStatus.CONFLICT,
    Stale: HTTPStatus.CONFLICT,
    Deleted: HTTPStatus.GONE,
    StillStreaming: HTTPStatus.CONFLICT,
    OutOfOrder: HTTPStatus.CONFLICT,
    Closed: HTTPStatus.CONFLICT,
    WindowTooSmall: HTTPStatus.CONFLICT,
    Busy: HTTPStatus.CONFLICT,
    NoProducer: HTTPStatus.CONFLICT,
    CursorGone: HTTPStatus.GONE,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    InternalError: HTTPStatus.INTERNAL_SERVER_ERROR,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
}


def problem(error: DomainError) -> web.Response:
    """The response to an error."""
    status = STATUS[type(error)]
    body: dict[str, object] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": error.detail,
        "code": error.code,
        "retryable": error.retryable,
    }
    headers: dict[str, str] = {}
    if error.current is not None:
        body["current"] = error.current
    match error:
        case InvalidInput(errors=errors):
            body["errors"] = errors
        case RateLimited(retry_after=seconds) | Overloaded(retry_after=seconds):
            headers["Retry-After"] = str(seconds)
        case Unauthorized():
            headers["WWW-Authenticate"] = "Bearer"
        case Unavailable():
            headers["Retry-After"] = "1"
    return web.Response(
        status=status, body=to_json(body), headers=headers, content_type="application/problem+json"
    )


@web.middleware
async def problems(request: web.Request, handler: Endpoint) -> web.StreamResponse:
    """Turns every error of a handler, or of aiohttp, into a problem. Unknown errors are logged and not described.

    Of any route: a compressed body is refused.
    """
    try:
        require_plain(request)
        return await handler(request)
    except DomainError as error:
        return problem(error)
    except web.RequestPayloadError:
        return problem(MalformedJson())  # its framing is not what HTTP says
    except ClientGone:
        return web.Response()  # never sent
    except web.HTTPException as error:
        if (known := _known(error)) is None:
            raise
        response = problem(known)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response
    except Exception:
        log.exception("request_failed", method=request.method, path=request.path)
        return problem(InternalError())


def _known(error: web.HTTPException) -> DomainError | None:
    match error:
        case web.HTTPNotFound():
            return NotFound()
        case web.HTTPMethodNotAllowed():
            return MethodNotAllowed()
        case web.HTTPRequestEntityTooLarge():
            return TooLarge()
    return None
