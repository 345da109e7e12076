"""Results and errors as acknowledgements of Socket.IO events."""

from collections.abc import Sequence
from typing import Any, NotRequired, assert_never

from typing_extensions import TypedDict

from bitworks.core.cursors import parse_cursor
from bitworks.core.encoding import as_it_stands, to_json
from bitworks.core.errors import (
    DomainError,
    FieldError,
    InvalidInput,
    Overloaded,
    RateLimited,
)
from bitworks.core.inputs import Input
from bitworks.core.operations import Shape
from bitworks.core.records import Record
from bitworks.features.history.records import AskedMessage, Reply
from bitworks.features.sync.inputs import ChangesSince


class ErrorJson(TypedDict):
    """An error, as `error` has it: `code` for programs, `detail` for people."""

    code: str
    detail: str
    retryable: bool
    """Whether the same call may succeed later."""
    errors: NotRequired[Sequence[FieldError]]
    """With `invalid_input`, the fields that are not valid."""
    current: NotRequired[object]
    """What is there instead: the record with `stale` and `context_exists`, and the like."""
    retry_after: NotRequired[int]
    """With `rate_limited`, seconds."""


class Acknowledgement(TypedDict):
    """What a client is sent for its event: `data` if `ok`, else `error`."""

    ok: bool
    data: NotRequired[object]
    revision: NotRequired[int | None]
    """That of the record, of the deletion or of the snapshot; null where there is none."""
    reply: NotRequired[Reply | None]
    """The reply that was asked for, beside its question."""
    cursor: NotRequired[str]
    """Of the snapshot that a page was read from."""
    next: NotRequired[object]
    """The input of the next page, where there is one."""
    error: NotRequired[ErrorJson]


def of_result(shape: Shape, result: Any, request: Input) -> Acknowledgement:
    """The acknowledgement of a result of this shape, which the operation gave for this request."""
    match shape:
        case "created" | "updated":
            return _of_record(result.record)
        case "record":
            return _of_record(result)
        case "page":
            return _of_page(result)
        case "deleted":
            # A repeated deletion drew no revision, so it has none to name.
            return {"ok": True, "data": result and result.data, "revision": result and result.revision}
        case "changes":
            return _of_changes(result, request)
        case "value" | "new":
            return {"ok": True, "data": result, "revision": None}
        case "nothing":
            return {"ok": True, "data": None, "revision": None}
    assert_never(shape)


def _of_record(record: Record) -> Acknowledgement:
    acknowledgement: Acknowledgement = {"ok": True, "data": record, "revision": record.revision}
    if isinstance(record, AskedMessage):
        # The contract has it beside the record, which over REST is the whole body.
        acknowledgement["reply"] = record.reply
    return acknowledgement


def _of_page(page: Any) -> Acknowledgement:
    """A page of a list, with the cursor of its snapshot."""
    acknowledgement: Acknowledgement = {
        "ok": True,
        # Encoded here: the library would look through all of it for bytes.
        "data": as_it_stands(to_json(page.rows)),
        "revision": page.cursor.revision,
        "cursor": str(page.cursor),
    }
    if page.next is not None:
        acknowledgement["next"] = page.next
    return acknowledgement


def _of_changes(page: Any, request: Input) -> Acknowledgement:
    assert isinstance(request, ChangesSince)
    revision = parse_cursor(page.cursor).revision
    acknowledgement: Acknowledgement = {"ok": True, "data": page, "revision": revision}
    if page.more:
        acknowledgement["next"] = {"since": page.cursor, "limit": request.limit}
    return acknowledgement


def of_error(error: DomainError) -> Acknowledgement:
    """The acknowledgement of an error."""
    described: ErrorJson = {
        "code": error.code,
        "detail": error.detail,
        "retryable": error.retryable,
    }
    if error.current is not None:
        described["current"] = error.current
    match error:
        case InvalidInput(errors=errors):
            described["errors"] = errors
        case RateLimited(retry_after=seconds) | Overloaded(retry_after=seconds):
            described["retry_after"] = seconds
    return {"ok": False, "error": described}
