"""How many tokens a text has: long ones off the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import tiktoken

from bitworks.features.models import vocabularies
from bitworks.features.models.known_models import DEFAULT_VOCABULARY, Vocabulary
from bitworks.features.models.split_points import split_text

# Counted on the loop up to here: 25 µs for ordinary prose, 2 ms for the worst there is.
INLINE_CHARACTERS = 2_000
THREADS = 2

# The tokens of parts that were counted before.
Known = dict[tuple[Vocabulary, str], int]


class TokenCounter:
    """Counts exactly. The threads run without the interpreter's lock while they count."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="tokens")
        self._loaded: dict[Vocabulary, tiktoken.Encoding] = {}
        self._threads.submit(self._encoding, DEFAULT_VOCABULARY)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def count(self, text: str, vocabulary: Vocabulary, known: Known | None = None) -> int:
        """The tokens of a text without unpaired surrogates. What looks like a special token is text.

        Parts that are `known` are not counted again; those that are counted become known.
        """
        encoding = self._loaded.get(vocabulary)
        if encoding is not None and len(text) <= INLINE_CHARACTERS:
            return len(encoding.encode_ordinary(text))
        known = {} if known is None else known
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._count, text, vocabulary, known)

    def _count(self, text: str, vocabulary: Vocabulary, known: Known) -> int:
        encoding, total = self._encoding(vocabulary), 0
        for part in split_text(text):
            key = (vocabulary, part)
            if key not in known:
                known[key] = len(encoding.encode_ordinary(part))
            total += known[key]
        return total

    def _encoding(self, vocabulary: Vocabulary) -> tiktoken.Encoding:
        encoding = self._loaded[vocabulary] = vocabularies.load(vocabulary)
        return encoding
