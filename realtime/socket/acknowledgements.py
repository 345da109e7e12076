"""Results and errors as acknowledgements."""

from typing import Any, assert_never

from bitworks.core.cursors import parse_cursor
from bitworks.core.encoding import as_it_stands, to_json
from bitworks.core.errors import (
    Closed,
    ContextExists,
    DomainError,
    InvalidInput,
    OutOfOrder,
    RateLimited,
    Stale,
    WindowTooSmall,
)
from bitworks.core.inputs import Input
from bitworks.core.operations import Shape
from bitworks.core.records import Record
from bitworks.features.history.records import AskedMessage
from bitworks.features.sync.inputs import ChangesSince

Acknowledgement = dict[str, object]


def of_result(shape: Shape, result: Any, request: Input) -> Acknowledgement:
    """What an operation gave for this input."""
    match shape:
        case "created" | "updated":
            return _of_record(result.record)
        case "record":
            return _of_record(result)
        case "page":
            return _of_listing(result)
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
    answer: Acknowledgement = {"ok": True, "data": record, "revision": record.revision}
    # The contract's `reply` is of the answer to the call; over REST that is the record itself.
    return {**answer, "reply": record.reply} if isinstance(record, AskedMessage) else answer


def _of_listing(page: Any) -> Acknowledgement:
    """`cursor` is that of the snapshot; `next` is the input of the next page, where there is one."""
    answer: Acknowledgement = {
        "ok": True,
        # Encoded here: the library would look through all of it for bytes.
        "data": as_it_stands(to_json(page.rows)),
        "revision": page.cursor.revision,
        "cursor": str(page.cursor),
    }
    return answer if page.next is None else {**answer, "next": page.next}


def _of_changes(page: Any, request: Input) -> Acknowledgement:
    assert isinstance(request, ChangesSince)
    answer: Acknowledgement = {"ok": True, "data": page, "revision": parse_cursor(page.cursor).revision}
    return {**answer, "next": {"since": page.cursor, "limit": request.limit}} if page.more else answer


def of_error(error: DomainError) -> Acknowledgement:
    """What went wrong."""
    described: dict[str, object] = {
        "code": error.code,
        "detail": error.detail,
        "retryable": error.retryable,
    }
    match error:
        case InvalidInput(errors=errors):
            described["errors"] = errors
        case (
            Stale(current=current)
            | ContextExists(current=current)
            | OutOfOrder(current=current)
            | Closed(current=current)
            | WindowTooSmall(current=current)
        ) if current is not None:
            described["current"] = current
        case RateLimited(retry_after=seconds):
            described["retry_after"] = seconds
    return {"ok": False, "error": described}
