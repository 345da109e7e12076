"""The models that a conversation can be for."""

from collections.abc import Sequence
from dataclasses import dataclass

from bitworks.features.models.known_models import known_model


@dataclass(frozen=True, slots=True)
class Model:
    """A model that `parameters.model` can name. The `default` one replies where a context names none.

    `max_tokens` is how many tokens of input it reads at most; null where that is not known.
    """

    id: str
    """The name."""
    default: bool
    """Whether it replies where a context names no model."""
    max_tokens: int | None
    """Tokens of input that it reads at most; None: not known."""


def model_named(name: str, *, default: bool) -> Model:
    """Returns the model of this name, with the limit that is known of it."""
    known = known_model(name)
    return Model(name, default, known.limit if known else None)


def models_named(names: Sequence[str]) -> list[Model]:
    """The models of these names, the first of which is the default."""
    return [model_named(name, default=number == 0) for number, name in enumerate(names)]
