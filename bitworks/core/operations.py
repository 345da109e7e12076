"""The table of operations: each thing that can be asked, declared once.

REST paths, Socket.IO events, OpenAPI and the reference of the events are derived from these rows. A row names an
unbound method of its feature and what that takes and gives, so the type checker sees whether they fit; at the start
`bind` joins each row with the feature that was built.

    Operation("message:create", "Add a message to a conversation", Messages.create, MessageCreate, created(Message),
              rest="POST /messages", event=True, errors=(NotFound, IdConflict))
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from bitworks.core.callers import Anonymous, Caller, Scope
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

# How a result is to be shown, which each door does in its own way:
#   created   the record of a write; new, or found because its creation was repeated
#   updated   the record of a write
#   record    a record
#   page      a part of a list, with where it goes on
#   deleted   a deletion: its change, or None if it had happened before
#   changes   a page of changes
#   value     something that is no record
#   new       as `value`, made by this very call
#   nothing   that it is done
Shape = Literal["created", "updated", "record", "page", "deleted", "changes", "value", "new", "nothing"]


@dataclass(frozen=True, slots=True)
class Result(Generic[ResultT]):
    """What a handler gives. `schema` is the type on the wire, of one row where there are many; None: no body."""

    shape: Shape
    schema: Any = None


def created(record: type[RecordT], schema: Any = None) -> Result[Written[RecordT]]:
    """A creation. `schema` where more than the record may be shown."""
    return Result("created", schema or record)


def updated(record: type[RecordT]) -> Result[Written[RecordT]]:
    """A change of what is there."""
    return Result("updated", record)


def one(record: type[RecordT]) -> Result[RecordT]:
    """One record as it is."""
    return Result("record", record)


def page_of(row: type[ValueT], schema: Any = None) -> Result[ResultPage[ValueT]]:
    """A page. `schema` is that of a row where `row` is only its form in JSON."""
    return Result("page", schema or row)


def changes(page: type[ValueT]) -> Result[ValueT]:
    """A page of changes, each as its event and data."""
    return Result("changes", page)


def value(type_: type[ValueT]) -> Result[ValueT]:
    """Anything else that has a body."""
    return Result("value", type_)


def new(type_: type[ValueT]) -> Result[ValueT]:
    """Anything else that has a body and did not exist before."""
    return Result("new", type_)


DELETED: Result[Change | None] = Result("deleted")
NOTHING: Result[None] = Result("nothing")


@dataclass(frozen=True, slots=True)
class BaseOperation(Generic[FeatureT, CallerT, InputT, ResultT]):
    """One operation. `name` is noun and verb; with `event` it is also what a socket sends.

    `rest` is a method and a path, whose `{names}` are fields of the input. An operation without `scopes` is open to
    anonymous callers; of several scopes one is enough. `errors` are those beside what every operation may raise.
    """

    name: str
    summary: str
    handler: Callable[[FeatureT, CallerT, InputT], Awaitable[ResultT]]
    input: type[InputT]
    result: Result[ResultT]
    rest: str | None = None
    event: bool = False
    errors: tuple[type[DomainError], ...] = ()
    scopes: frozenset[Scope] = frozenset({"write"})

    @property
    def public(self) -> bool:
        """Whether it needs no proof of who calls."""
        return not self.scopes


class Operation(BaseOperation[FeatureT, Caller, InputT, ResultT]):
    """An operation for callers who have proved who they are."""

    __slots__ = ()


class PublicOperation(BaseOperation[FeatureT, Anonymous, InputT, ResultT]):
    """An operation for anyone; its `scopes` are `PUBLIC`."""

    __slots__ = ()


PUBLIC: frozenset[Scope] = frozenset()
READ: frozenset[Scope] = frozenset({"read"})
WRITE: frozenset[Scope] = frozenset({"write"})
ACCOUNT: frozenset[Scope] = frozenset({"account"})
WRITE_OR_REPLY: frozenset[Scope] = frozenset({"write", "reply"})

AnyOperation: TypeAlias = BaseOperation[Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class BoundOperation:
    """An operation joined with the feature that performs it."""

    spec: AnyOperation
    handler: Callable[[Any, Any], Awaitable[Any]]

    async def call(self, caller: Anonymous | Caller, request: Input) -> Any:
        """Does it: the one place where scopes are checked. Raises `Unauthorized`, and what `spec.errors` names."""
        if self.spec.scopes and not (isinstance(caller, Caller) and caller.scopes & self.spec.scopes):
            raise Unauthorized
        return await self.handler(caller, request)


def bind(
    operations: Iterable[BaseOperation[FeatureT, Any, Any, Any]], feature: FeatureT
) -> tuple[BoundOperation, ...]:
    """Joins operations with the feature that performs them."""
    return tuple(BoundOperation(one, partial(one.handler, feature)) for one in operations)
