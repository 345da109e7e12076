"""Writing a text together with its count of tokens.

What a message is counted in depends on the model that its conversation is for. Asking for that first would
cost every write a query, so it is guessed, and the write itself says if the guess was wrong.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from bitworks.core.errors import Unavailable
from bitworks.core.ids import ConversationId, UserId
from bitworks.features.history.store.message_writer import OtherModel
from bitworks.features.models.counts import Count, Counted
from bitworks.features.models.known_models import vocabulary_of
from bitworks.features.models.token_counter import TokenCache, TokenCounter

# How often the model may change under a write before the caller is told to try again.
ATTEMPTS = 5
REMEMBERED = 10_000
Place = tuple[UserId, ConversationId]
Result = TypeVar("Result")


class Counting:
    """Counts what is written. Remembers the models of conversations whose guess was wrong.

    A conversation that names no model is for `default_model`.
    """

    def __init__(self, counter: TokenCounter, default_model: str | None) -> None:
        self._counter = counter
        self._default_model = default_model
        self._models: OrderedDict[Place, str | None] = OrderedDict()

    async def count(self, text: str, model: str | None, known: TokenCache | None = None) -> Counted:
        vocabulary = vocabulary_of(model or self._default_model)
        return Counted(await self._counter.count(text, vocabulary, known), vocabulary, model)

    def of_one_text(self) -> Count:
        """Counts as `count`; once more, after the text has grown, little more than what it grew by."""
        return partial(self.count, known={})

    async def write(
        self, text: str, write: Callable[[Counted], Awaitable[Result]], place: Place | None = None
    ) -> Result:
        """What `write` gives for the count of this text, repeated while it raises `OtherModel`.

        `place`, where the text belongs if that is known, makes the guess a good one.
        """
        count = self.of_one_text()
        model = self._models.get(place) if place else None
        for _ in range(ATTEMPTS):
            try:
                return await write(await count(text, model))
            except OtherModel as other:
                model = other.model
                self._remember(place, model)
        raise Unavailable

    def _remember(self, place: Place | None, model: str | None) -> None:
        if place is not None:
            self._models[place] = model
            self._models.move_to_end(place)
            if len(self._models) > REMEMBERED:
                self._models.popitem(last=False)
