"""Counts the tokens of a text for the model that its conversation is for.

To read that model first would cost every write a query, so it is guessed, and the write itself raises `OtherModel` if
the guess was wrong.
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
"""What identifies a conversation: its id is unique within its user only."""


class Counting:
    """Counts the texts that are written. It caches the models of conversations whose guess was wrong.

    A conversation that names no model is for `default_model`, the server's; None: the server has none either.
    """

    def __init__(self, counter: TokenCounter, default_model: str | None) -> None:
        self._counter = counter
        self._default_model = default_model
        # In the order of the last `remember`; absent are those for which the guess "no model" was right.
        self._models: OrderedDict[ConversationKey, str | None] = OrderedDict()

    async def count(self, text: str, model: str | None, cache: TokenCache | None = None) -> TokenCount:
        """Returns the tokens of a text for a model; None: for the default one.

        Parts of the text that are in `cache` are not counted again. Cancelling it is safe.
        """
        vocabulary = vocabulary_of(model or self._default_model)
        return TokenCount(await self._counter.count(text, vocabulary, cache), vocabulary, model)

    def of_one_text(self) -> Count:
        """Returns a `count` with a cache of its own: counting a text again costs little more than what it grew by."""
        return partial(self.count, cache={})

    def begin(self, text: str, conversation: ConversationKey | None = None) -> "TextCounter":
        """Returns the counter of a text that is about to be written.

        With `conversation` the model is guessed from its last write, else the guess is that it names none.
        """
        return TextCounter(self, text, conversation, self._models.get(conversation) if conversation else None)

    def remember(self, conversation: ConversationKey, model: str | None) -> None:
        """Caches the model of a conversation, as a write found it."""
        self._models[conversation] = model
        self._models.move_to_end(conversation)
        if len(self._models) > MODEL_CACHE_SIZE:
            self._models.popitem(last=False)


@dataclass(slots=True)
class TextCounter:
    """The counter of one text that is being written. Made by `Counting.begin`.

    Count, write, and after `OtherModel` call `count_for` and do both again.
    """

    _counting: Counting
    _text: str
    _conversation: ConversationKey | None
    _model: str | None
    _cache: TokenCache = field(default_factory=dict)
    _attempts: int = COUNT_ATTEMPTS

    async def count(self) -> TokenCount:
        """Returns the tokens for the model that the conversation is for, as far as is known."""
        return await self._counting.count(self._text, self._model, self._cache)

    def count_for(self, model: str | None) -> None:
        """Sets the model of the next count, which the write has named.

        Raises `Unavailable` after COUNT_ATTEMPTS: the model changes as often as the text is counted.
        """
        self._attempts -= 1
        if not self._attempts:
            raise Unavailable("The model of the conversation changes while the text is counted; try again.")
        self._model = model
        if self._conversation is not None:
            self._counting.remember(self._conversation, model)
