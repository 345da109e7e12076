"""Counting the tokens of a text for the model that its conversation is for.

Asking for that model first would cost every write a query, so it is guessed, and the write itself raises
`OtherModel` if the guess was wrong.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial

from bitworks.core.errors import Unavailable
from bitworks.core.ids import ConversationId, UserId
from bitworks.features.models.counts import Count, TokenCount
from bitworks.features.models.known_models import vocabulary_of
from bitworks.features.models.token_counter import TokenCache, TokenCounter

COUNT_ATTEMPTS = 5
"""Counts of one text, each for another model, before the write is refused as `Unavailable`."""
MODEL_CACHE_SIZE = 10_000
"""Conversations whose model is kept in memory."""

ConversationKey = tuple[UserId, ConversationId]


class Counting:
    """Counts what is written. Remembers the models of conversations whose guess was wrong.

    A conversation that names no model is for `default_model`.
    """

    def __init__(self, counter: TokenCounter, default_model: str | None) -> None:
        self._counter = counter
        self._default_model = default_model
        self._models: OrderedDict[ConversationKey, str | None] = OrderedDict()

    async def count(self, text: str, model: str | None, known: TokenCache | None = None) -> TokenCount:
        """The tokens of a text, for a model or for the default one."""
        vocabulary = vocabulary_of(model or self._default_model)
        return TokenCount(await self._counter.count(text, vocabulary, known), vocabulary, model)

    def of_one_text(self) -> Count:
        """Counts as `count`; once more, after the text has grown, little more than what it grew by."""
        return partial(self.count, known={})

    def begin(self, text: str, conversation: ConversationKey | None = None) -> "TextCounter":
        """Counts a text that is about to be written. `conversation` makes the guess of its model a good one."""
        return TextCounter(self, text, conversation, self._models.get(conversation) if conversation else None)

    def remember(self, conversation: ConversationKey, model: str | None) -> None:
        """What a conversation is for, as its last write found."""
        self._models[conversation] = model
        self._models.move_to_end(conversation)
        if len(self._models) > MODEL_CACHE_SIZE:
            self._models.popitem(last=False)


@dataclass(slots=True)
class TextCounter:
    """One text that is being written: count, write, and after `OtherModel` count again."""

    _counting: Counting
    _text: str
    _conversation: ConversationKey | None
    _model: str | None
    _known: TokenCache = field(default_factory=dict)
    _attempts: int = COUNT_ATTEMPTS

    async def count(self) -> TokenCount:
        """For the model that the conversation is for, as far as is known."""
        return await self._counting.count(self._text, self._model, self._known)

    def count_for(self, model: str | None) -> None:
        """The next count is for this model. Raises `Unavailable` if it has changed too often."""
        self._attempts -= 1
        if not self._attempts:
            raise Unavailable
        self._model = model
        if self._conversation is not None:
            self._counting.remember(self._conversation, model)
