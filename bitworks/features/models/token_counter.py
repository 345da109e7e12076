"""Counts the tokens of texts: short ones on the event loop, longer ones in threads."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import tiktoken

from bitworks.features.models import vocabularies
from bitworks.features.models.known_models import DEFAULT_VOCABULARY, Vocabulary
from bitworks.features.models.split_points import split_text
from bitworks.tasks import computing_threads

INLINE_CHARACTERS = 2_000
"""Characters up to which a text is counted on the event loop: 25 µs for ordinary prose, 2 ms at the worst."""
LONG_CHARACTERS = 50_000
"""Characters from which a text is counted in a lane of its own: answers should not wait for whole files."""
COUNTING_THREADS = 2
"""Threads that count what is shorter; tiktoken releases the interpreter's lock meanwhile."""

TokenCache = dict[tuple[Vocabulary, str], int]
"""Tokens of the parts that were counted before, by vocabulary and part."""


class TokenCounter:
    """Counts exactly. Close it when it is no longer used."""

    def __init__(self) -> None:
        self._threads = computing_threads(COUNTING_THREADS, "tokens")
        self._long_lane = computing_threads(1, "tokens-long")
        # Not behind the loop: what is counted first waits for it, and so does who stops the program meanwhile.
        self._loading = ThreadPoolExecutor(1, thread_name_prefix="vocabulary")
        self._loaded: dict[Vocabulary, tiktoken.Encoding] = {}
        self._loading.submit(self._load, DEFAULT_VOCABULARY)

    def close(self) -> None:
        """Ends the threads without waiting for them; counts that have not begun are cancelled."""
        for threads in (self._threads, self._long_lane, self._loading):
            threads.shutdown(wait=False, cancel_futures=True)

    async def count(self, text: str, vocabulary: Vocabulary, cache: TokenCache | None = None) -> int:
        """Returns the number of tokens. `text` must have no unpaired surrogates; special tokens are text.

        Parts that are in `cache` are not counted again; those that are counted are added to it.
        A cancelled count runs to its end in its thread.
        """
        loop = asyncio.get_running_loop()
        if vocabulary not in self._loaded:
            await loop.run_in_executor(self._loading, self._load, vocabulary)
        if len(text) <= INLINE_CHARACTERS:
            return len(self._loaded[vocabulary].encode_ordinary(text))
        cache = {} if cache is None else cache
        lane = self._threads if len(text) < LONG_CHARACTERS else self._long_lane
        return await loop.run_in_executor(lane, self._count, text, vocabulary, cache)

    def _count(self, text: str, vocabulary: Vocabulary, cache: TokenCache) -> int:
        encoding, total = self._loaded[vocabulary], 0
        for part in split_text(text):
            key = (vocabulary, part)
            if key not in cache:
                cache[key] = len(encoding.encode_ordinary(part))
            total += cache[key]
        return total

    def _load(self, vocabulary: Vocabulary) -> None:
        if vocabulary not in self._loaded:
            self._loaded[vocabulary] = vocabularies.load(vocabulary)
