"""The number of tokens of a text, with the vocabulary that they are counted in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bitworks.core.records import Json
from bitworks.features.models.known_models import Vocabulary


@dataclass(frozen=True, slots=True)
class TokenCount:
    """The number of tokens of a text."""

    tokens: int
    """Tokens, without any for the role or the end of a message."""
    vocabulary: Vocabulary
    """The vocabulary that they are counted in."""
    model: str | None
    """The model that the vocabulary was chosen for; None: the server's default model."""

    def named_in(self, metadata: Json) -> Json:
        """Returns the metadata of a message with `vocabulary`, that of this count."""
        return {**metadata, "vocabulary": self.vocabulary}


class OtherModel(Exception):
    """The conversation is for another model than the text was counted for. Nothing was written: count again."""

    def __init__(self, model: str | None) -> None:
        # `model`: the one that the conversation is for; None: it names none.
        super().__init__(model)
        self.model = model


Count = Callable[[str, str | None], Awaitable[TokenCount]]
"""Counts a text for a model; None: for the server's default model."""
