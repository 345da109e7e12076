"""Operations: each is declared once, and REST routes, Socket.IO events, OpenAPI and the reference follow from it.

An operation names an unbound method of its feature, with the types of the method's input and result, so the type
checker sees whether they fit. At the start `bind` joins each operation with the instance of its feature.

    Operation("message:create", "Add a message to a conversation", Messages.create, MessageCreate, created(Message),
              rest="POST /messages", event=True, errors=(NotFound, IdConflict))
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from bitworks.core.bounds import SMALL, Bound
from bitworks.core.callers import Caller, Scope, Stranger
from bitworks.core.changes import Change, Written
from bitworks.core.errors import DomainError, Unauthorized
from bitworks.core.inputs import Input
from bitworks.core.records import Record
from bitworks.core.result_pages import ResultPage

FeatureT = TypeVar("FeatureT")
CallerT = TypeVar("CallerT")
InputT = TypeVar("InputT", bound=Input)
ResultT = TypeVar("ResultT")
RecordT = TypeVar("RecordT", bound=Record)
ValueT = TypeVar("ValueT")

# How a door renders a result, each in its own way:
#   created   a `Written` record, of a creation or its repetition
#   updated   a `Written` record, of an update
#   record    a record that was read
#   page      a `ResultPage`
#   deleted   the `Change` of a deletion; None if it is a repetition
#   changes   a `ChangesPage`
#   value     an object that is no record
#   new       as `value`, made by this call
#   nothing   no body
Shape = Literal["created", "updated", "record", "page", "deleted", "changes", "value", "new", "nothing"]


@dataclass(frozen=True, slots=True)
class Result(Generic[ResultT]):
    """The result of an operation. The type argument is what its handler returns."""

    shape: Shape
    """How doors render it."""
    schema: Any = None
    """The type on the wire; of a page, the type of one row. None: the result has no body."""


def created(record: type[RecordT], schema: Any = None) -> Result[Written[RecordT]]:
    """Returns the result of a creation; `schema` where the record is not all that may be shown."""
    return Result("created", schema or record)


def updated(record: type[RecordT]) -> Result[Written[RecordT]]:
    """Returns the result of an update."""
    return Result("updated", record)


def one(record: type[RecordT]) -> Result[RecordT]:
    """Returns the result of reading one record."""
    return Result("record", record)


def page_of(row: type[ValueT], schema: Any = None) -> Result[ResultPage[ValueT]]:
    """Returns the result of listing; `schema` where `row` is not the type of a row on the wire but its JSON form."""
    return Result("page", schema or row)


def changes(page: type[ValueT]) -> Result[ValueT]:
    """Returns the result of reading changes, each shown as its event and data."""
    return Result("changes", page)


def value(type_: type[ValueT]) -> Result[ValueT]:
    """Returns the result of an operation whose body is no record."""
    return Result("value", type_)


def new(type_: type[ValueT]) -> Result[ValueT]:
    """Returns the result of an operation whose body is no record, and did not exist before the call."""
    return Result("new", type_)


DELETED: Result[Change | None] = Result("deleted")
"""The result of a deletion."""
NOTHING: Result[None] = Result("nothing")
"""The result of an operation without a body."""


@dataclass(frozen=True, slots=True)
class BaseOperation(Generic[FeatureT, CallerT, InputT, ResultT]):
    """One operation; declared as one of the two subclasses below, which fix the type of its callers."""

    name: str
    """Noun and verb, as `message:create`; with `event` also the name of the event that a socket sends."""
    summary: str
    """One line for the reference and OpenAPI, without a full stop."""
    handler: Callable[[FeatureT, CallerT, InputT], Awaitable[ResultT]]
    """The unbound method of the feature."""
    input: type[InputT]
    """The type of the request."""
    result: Result[ResultT]
    """The type of the response."""
    rest: str | None = None
    """A method and a path, as `GET /messages/{id}`, whose names are fields of the input; None: no route."""
    event: bool = False
    """Whether a socket can send it."""
    errors: tuple[type[DomainError], ...] = ()
    """The errors that it raises beside those that every operation may raise."""
    scopes: frozenset[Scope] = frozenset({"write"})
    """The scopes of which the caller must have one; empty: an anonymous caller is enough."""
    proof_field: str | None = None
    """The field of its input that has a token of a session; None: it has none."""
    bound: Bound = SMALL
    """How large its input may be, through either door."""
    heavy: bool = False
    """Whether its response may have a megabyte and more: a user has a few such calls under way at once."""
    before: Callable[[FeatureT, CallerT, InputT], Awaitable[None]] | None = None
    """An unbound method that a call waits for before all else, and that holds nothing meanwhile; None: it begins."""

    @property
    def public(self) -> bool:
        """Whether an anonymous caller may call it."""
        return not self.scopes


class Operation(BaseOperation[FeatureT, Caller, InputT, ResultT]):
    """An operation for callers who have proved who they are."""

    __slots__ = ()


class PublicOperation(BaseOperation[FeatureT, Stranger, InputT, ResultT]):
    """An operation for anyone; its `scopes` are `PUBLIC`."""

    __slots__ = ()


PUBLIC: frozenset[Scope] = frozenset()
"""The scopes of an operation for anyone."""
READ: frozenset[Scope] = frozenset({"read"})
WRITE: frozenset[Scope] = frozenset({"write"})
ACCOUNT: frozenset[Scope] = frozenset({"account"})
WRITE_OR_REPLY: frozenset[Scope] = frozenset({"write", "reply"})

AnyOperation: TypeAlias = BaseOperation[Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class BoundOperation:
    """An operation joined with the feature that performs it."""

    spec: AnyOperation
    """Its declaration."""
    handler: Callable[[Any, Any], Awaitable[Any]]
    """The method of the feature, bound to it: of a caller and a request."""
    before: Callable[[Any, Any], Awaitable[None]] | None = None
    """That which a call waits for, bound to the feature; None: nothing."""

    def call(self, caller: Stranger | Caller, request: Input) -> Awaitable[Any]:
        """Begins the operation, which is what is awaited; the one place where scopes are checked.

        `request` must be of the type `spec.input`. Raises `Unauthorized` if the caller has none of the scopes,
        what `spec.errors` names, and `Unavailable`. Cancellation is that of the handler.
        """
        self._require_scope(caller)
        return self.handler(caller, request)

    def until_due(self, caller: Stranger | Caller, request: Input) -> Awaitable[None] | None:
        """Begins to wait for what the operation waits for before it is called, which is to be awaited; None: nothing.

        Raises as `call`. Cancelling it is safe.
        """
        if self.before is None:
            return None
        self._require_scope(caller)
        return self.before(caller, request)

    def _require_scope(self, caller: Stranger | Caller) -> None:
        if self.spec.scopes and not (isinstance(caller, Caller) and caller.scopes & self.spec.scopes):
            raise Unauthorized


def bind(
    operations: Iterable[BaseOperation[FeatureT, Any, Any, Any]], feature: FeatureT
) -> tuple[BoundOperation, ...]:
    """Joins operations with the feature that performs them."""
    # The handler is an unbound method: its first argument is the feature.
    return tuple(
        BoundOperation(one, partial(one.handler, feature), one.before and partial(one.before, feature))
        for one in operations
    )
