"""The models that may answer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Model:
    """A name that `parameters.model` may have. The `default` one answers where none is chosen."""

    id: str
    default: bool
