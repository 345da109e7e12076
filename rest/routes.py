"""The routes of operations: what a row of their table has for REST, read once at the start."""

from dataclasses import dataclass
from http import HTTPStatus

from bitworks.core.inputs import Input
from bitworks.core.operations import AnyOperation

# The statuses of a successful response by the shape of its result, that of a new record first; 200 for all others.
STATUSES: dict[str, tuple[HTTPStatus, ...]] = {
    "created": (HTTPStatus.CREATED, HTTPStatus.OK),
    "new": (HTTPStatus.CREATED,),
    "deleted": (HTTPStatus.NO_CONTENT,),
    "nothing": (HTTPStatus.NO_CONTENT,),
}


@dataclass(frozen=True, slots=True)
class Route:
    """An operation at its method and path; `{names}` in the path are fields of its input."""

    operation: AnyOperation
    """The row of its table."""
    method: str
    """In capitals, such as `POST`."""
    path: str
    """Such as `/messages/{id}`."""

    @classmethod
    def of(cls, operation: AnyOperation) -> "Route":
        """The route of an operation that has one."""
        assert operation.rest is not None
        method, _, path = operation.rest.partition(" ")
        return cls(operation, method, path)

    @property
    def input(self) -> type[Input]:
        """The model of its input, whose fields come from the path and from the body or the query."""
        input_: type[Input] = self.operation.input
        return input_

    @property
    def statuses(self) -> tuple[HTTPStatus, ...]:
        """The statuses of a successful response."""
        return STATUSES.get(self.operation.result.shape, (HTTPStatus.OK,))

    @property
    def in_path(self) -> set[str]:
        """The names of the fields that its path has."""
        return {part[1:-1] for part in self.path.split("/") if part.startswith("{")}

    @property
    def takes_body(self) -> bool:
        """Whether the other fields come in a body; else in the query."""
        return self.method in ("POST", "PUT", "DELETE") and bool(set(self.input.model_fields) - self.in_path)
