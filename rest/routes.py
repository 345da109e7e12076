"""The routes of the operations that have one: what a row says of REST, read once at the start."""

from dataclasses import dataclass
from http import HTTPStatus

from bitworks.core.inputs import Input
from bitworks.core.operations import AnyOperation

# What a result is answered with, by its shape; the first is that of a call that made something.
STATUSES: dict[str, tuple[HTTPStatus, ...]] = {
    "created": (HTTPStatus.CREATED, HTTPStatus.OK),
    "new": (HTTPStatus.CREATED,),
    "deleted": (HTTPStatus.NO_CONTENT,),
    "nothing": (HTTPStatus.NO_CONTENT,),
}


@dataclass(frozen=True, slots=True)
class Route:
    """An operation at its method and path."""

    operation: AnyOperation
    method: str
    path: str

    @classmethod
    def of(cls, operation: AnyOperation) -> "Route":
        """The route of an operation that has one."""
        assert operation.rest is not None
        method, _, path = operation.rest.partition(" ")
        return cls(operation, method, path)

    @property
    def input(self) -> type[Input]:
        """What it takes, from its path and its body or query."""
        input_: type[Input] = self.operation.input
        return input_

    @property
    def statuses(self) -> tuple[HTTPStatus, ...]:
        """What it answers with if nothing goes wrong."""
        return STATUSES.get(self.operation.result.shape, (HTTPStatus.OK,))

    @property
    def in_path(self) -> set[str]:
        """The names that its path has places for."""
        return {part[1:-1] for part in self.path.split("/") if part.startswith("{")}

    @property
    def takes_body(self) -> bool:
        """Whether its input comes in a body; else in the query."""
        return self.method in ("POST", "PUT", "DELETE") and bool(set(self.input.model_fields) - self.in_path)
