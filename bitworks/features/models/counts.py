"""A count of tokens, and what it stands for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bitworks.core.records import Json
from bitworks.features.models.known_models import Vocabulary


@dataclass(frozen=True, slots=True)
class TokenCount:
    """How many tokens a text has, in which vocabulary, for the sake of which model."""

    tokens: int
    vocabulary: Vocabulary
    model: str | None

    def named_in(self, metadata: Json) -> Json:
        """The metadata of a message with this count, which says what it was counted in."""
        return {**metadata, "vocabulary": self.vocabulary}


class OtherModel(Exception):
    """The conversation is for another model than the text was counted for: count again."""

    def __init__(self, model: str | None) -> None:
        super().__init__(model)
        self.model = model


# Counts a text for a model, or for none.
Count = Callable[[str, str | None], Awaitable[TokenCount]]
