"""Results and errors as acknowledgements."""

from bitworks.core.changes import Change
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
from bitworks.core.listing import Listing
from bitworks.core.records import AskedMessage, Context, Conversation, Json, Message
from bitworks.features.history.inputs import ChangesSince
from bitworks.features.streaming.streaming import Appended
from bitworks.features.sync.sync import ChangesPage
from bitworks.features.window.window import Window
from bitworks.storage.revisions import Written

Acknowledgement = dict[str, object]


def of_record(record: Conversation | Message | Context) -> Acknowledgement:
    answer: Acknowledgement = {"ok": True, "data": record, "revision": record.revision}
    # The contract's `reply` is of the answer to the call; over REST that is the record itself.
    return {**answer, "reply": record.reply} if isinstance(record, AskedMessage) else answer


def of_write(written: Written[Conversation] | Written[Message] | Written[Context]) -> Acknowledgement:
    return of_record(written.record)


def of_append(appended: Appended) -> Acknowledgement:
    """Text that grows has no revision."""
    return {"ok": True, "data": appended, "revision": None}


def of_window(window: Window) -> Acknowledgement:
    """Made up of many messages, it has no revision of its own."""
    return {"ok": True, "data": window, "revision": None}


def of_deletion(change: Change | None) -> Acknowledgement:
    """A repeated deletion drew no revision, so it has none to name."""
    return {"ok": True, "data": change and change.data, "revision": change and change.revision}


def of_listing(
    page: Listing[Conversation] | Listing[Json],
) -> Acknowledgement:
    """`cursor` is that of the snapshot; `next` is the input of the next page, where there is one."""
    answer: Acknowledgement = {
        "ok": True,
        # Encoded here: the library would look through all of it for bytes.
        "data": as_it_stands(to_json(page.rows)),
        "revision": page.cursor.revision,
        "cursor": str(page.cursor),
    }
    return answer if page.next is None else {**answer, "next": page.next}


def of_changes(page: ChangesPage, asked: ChangesSince) -> Acknowledgement:
    answer: Acknowledgement = {"ok": True, "data": page, "revision": parse_cursor(page.cursor).revision}
    return {**answer, "next": {"since": page.cursor, "limit": asked.limit}} if page.more else answer


def of_error(error: DomainError) -> Acknowledgement:
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
