"""The models that may answer."""

from dataclasses import dataclass

from bitworks.features.models.known_models import known_model


@dataclass(frozen=True, slots=True)
class Model:
    """A name that `parameters.model` may have. The `default` one answers where none is chosen.

    `max_tokens` is how much it reads at most; null where that is not known.
    """

    id: str
    default: bool
    max_tokens: int | None


def model_named(name: str, *, default: bool) -> Model:
    """What is known of it by its name."""
    known = known_model(name)
    return Model(name, default, known.limit if known else None)
