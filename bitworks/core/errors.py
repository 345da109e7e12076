"""The errors that an operation can raise to its caller: a closed list.

    DomainError
    ├── InvalidInput          invalid_input
    ├── MalformedJson         malformed_json
    ├── TooLarge              too_large
    ├── UnsupportedMediaType  unsupported_media_type
    ├── MethodNotAllowed      method_not_allowed
    ├── Unauthorized          unauthorized
    ├── InvalidCredentials    invalid_credentials
    ├── RegistrationClosed    registration_closed
    ├── EmailTaken            email_taken
    ├── NotFound              not_found
    ├── Deleted               deleted
    ├── IdConflict            id_conflict
    ├── ContextExists         context_exists
    ├── Stale                 stale           (carries `current`, the record as it is)
    ├── StillStreaming        streaming
    ├── OutOfOrder            out_of_order    (carries `current`, the lengths accepted and durable)
    ├── Closed                closed          (carries `current`, the status)
    ├── WindowTooSmall        window_too_small (carries `current`, the tokens needed and the budget)
    ├── Busy                  busy            (has `under_way`, the ids of the replies, the queued ones first)
    ├── NoProducer            no_producer
    ├── CursorGone            cursor_gone
    ├── RateLimited           rate_limited    (retryable; carries `retry_after`, seconds)
    ├── Unavailable           unavailable     (retryable; `in_doubt` if it cut off a commit)
    │   └── Overloaded        unavailable     (retryable; carries `retry_after`, seconds)
    └── InternalError         internal_error  (retryable)

Each door renders them in its own way. The docstring of a class is its default detail, so it is part of the contract:
what is said of a class for those who raise it stands in comments and below its fields.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import ClassVar

from bitworks.core.ids import MessageId
from bitworks.core.records import Record


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field of the input that was refused."""

    field: str
    """The path of the field, its parts joined by dots; empty for the input as a whole."""
    message: str
    """What was expected, as a predicate of the field: "is required"."""


def in_words(seconds: int) -> str:
    """Returns when a time is over, rounded up as a person would say it: "in 40 seconds", "in an hour"."""
    for unit, name, one in ((3600, "hours", "an hour"), (60, "minutes", "a minute")):
        # A little less than the next unit is said as that unit: 3,534 seconds are "in an hour".
        if seconds > unit * 0.9:
            count = max(1, ceil(seconds / unit - 0.1))
            return f"in {one}" if count == 1 else f"in {count} {name}"
    return "in a second" if seconds <= 1 else f"in {seconds} seconds"


class DomainError(Exception):
    """Something went wrong."""

    code: ClassVar[str]
    """The name of the error on the wire."""
    retryable: ClassVar[bool] = False
    """Whether the same request may succeed later."""
    current: object = None
    """What is there instead, as clients are shown it; None for nothing."""

    def __init__(self, detail: str | None = None) -> None:
        self.detail = detail or (type(self).__doc__ or "")
        super().__init__(self.detail)


class InvalidInput(DomainError):
    """Some fields are not valid."""

    code = "invalid_input"

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(f"{e.field} {e.message}" if e.field else e.message for e in errors))
        self.errors = errors

    @classmethod
    def of(cls, field: str, message: str) -> "InvalidInput":
        """Returns the error for one field, where `message` is a predicate of the field."""
        return cls([FieldError(field, message)])


class MalformedJson(DomainError):
    """The body is not valid JSON."""

    code = "malformed_json"


class TooLarge(DomainError):
    """The body is too large."""

    code = "too_large"


class UnsupportedMediaType(DomainError):
    """The body must be sent as application/json."""

    code = "unsupported_media_type"


class MethodNotAllowed(DomainError):
    """This method is not allowed here."""

    code = "method_not_allowed"


class Unauthorized(DomainError):
    """A valid access token is needed."""

    code = "unauthorized"


class InvalidCredentials(DomainError):
    """The email or the password is wrong."""

    code = "invalid_credentials"


class RegistrationClosed(DomainError):
    """Registration is closed on this server."""

    code = "registration_closed"


class EmailTaken(DomainError):
    """An account with this email exists already."""

    code = "email_taken"


class NotFound(DomainError):
    """There is no such thing."""

    code = "not_found"


class Deleted(DomainError):
    """Something with this id existed and was deleted; its id cannot be used again."""

    code = "deleted"


class IdConflict(DomainError):
    """Something with this id exists already and was created with another body."""

    code = "id_conflict"


class ContextExists(DomainError):
    """This conversation has a context already."""

    code = "context_exists"

    def __init__(self, current: Record | None = None) -> None:
        super().__init__()
        self.current = current


class Stale(DomainError):
    """It was changed since the revision named by if_revision."""

    code = "stale"

    def __init__(self, current: Record) -> None:
        super().__init__()
        self.current = current


class StillStreaming(DomainError):
    """The message is streaming; finish or stop it first."""

    code = "streaming"


class OutOfOrder(DomainError):
    """Text before this offset is missing: send again from what is durable."""

    code = "out_of_order"

    def __init__(self, length: int, durable: int) -> None:
        # Both in UTF-16 code units: the text that was accepted, and how much of it is known to be committed.
        super().__init__()
        self.length, self.durable = length, durable
        self.current = {"length": length, "durable": durable}


class Closed(DomainError):
    """The message has ended."""

    code = "closed"

    def __init__(self, status: str) -> None:
        super().__init__(f"The message has ended; its status is {status}.")
        self.current = {"status": status}


class WindowTooSmall(DomainError):
    """What is always in the window is over budget."""

    code = "window_too_small"

    def __init__(self, needed: int, budget: int, detail: str | None = None) -> None:
        # Both in tokens.
        in_tokens = f"What is always in the window needs {needed} tokens; the budget is {budget}."
        super().__init__(detail or in_tokens)
        self.current = {"needed": needed, "budget": budget}


class Busy(DomainError):
    """An answer is under way in this conversation."""

    code = "busy"

    def __init__(self, under_way: Sequence[MessageId] = ()) -> None:
        # The messages of the replies under way: an interruption cancels those that are queued before the one that
        # streams, so that none of them is started in between.
        super().__init__()
        self.under_way = under_way


class NoProducer(DomainError):
    """Nobody answers on this server."""

    code = "no_producer"


class CursorGone(DomainError):
    """This cursor belongs to another database, or lies beyond it: discard what you hold and read again."""

    code = "cursor_gone"


class RateLimited(DomainError):
    """Too much in too short a time; try again later."""

    code = "rate_limited"
    retryable = True

    def __init__(self, retry_after: int, what: str = "Too many attempts") -> None:
        # `retry_after` is in seconds.
        super().__init__(f"{what}; try again {in_words(retry_after)}.")
        self.retry_after = retry_after


class Unavailable(DomainError):
    """The database is away; try again."""

    code = "unavailable"
    retryable = True

    def __init__(self, detail: str | None = None, *, in_doubt: bool = False) -> None:
        # In doubt: the write may have been committed. Otherwise it was not.
        super().__init__(detail)
        self.in_doubt = in_doubt


class Overloaded(Unavailable):
    """Too much is waiting on this server; try again."""

    def __init__(self, retry_after: int) -> None:
        # `retry_after` is in seconds. Nothing was begun, so nothing is in doubt.
        super().__init__()
        self.retry_after = retry_after


class InternalError(DomainError):
    """Something went wrong on the server."""

    code = "internal_error"
    retryable = True
