"""Counting tokens: exactly, and never on the event loop for long."""

import asyncio
from collections.abc import Iterator

import pytest

from bitworks.features.models import vocabularies
from bitworks.features.models.known_models import Vocabulary
from bitworks.features.models.token_counter import INLINE_CHARACTERS, TokenCache, TokenCounter


@pytest.fixture
def counter() -> Iterator[TokenCounter]:
    counter = TokenCounter()
    yield counter
    counter.close()


@pytest.mark.parametrize(
    ("text", "vocabulary", "tokens"),
    [
        ("", "o200k_base", 0),
        ("hello world", "o200k_base", 2),
        ("antidisestablishmentarianism", "o200k_base", 6),
        ("antidisestablishmentarianism", "cl100k_base", 6),
        ("¿Qué tal? Muy bien, gracias.", "o200k_base", 8),
        ("¿Qué tal? Muy bien, gracias.", "cl100k_base", 10),
        ("<|endoftext|>", "o200k_base", 7),
    ],
)
async def test_known_texts_have_their_known_counts(
    counter: TokenCounter, text: str, vocabulary: Vocabulary, tokens: int
) -> None:
    assert await counter.count(text, vocabulary) == tokens


async def test_short_and_long_texts_are_counted_alike(counter: TokenCounter) -> None:
    prose = "What would we do in Málaga, if it rained?\nWe'd read 12 books. " * 10_000
    for length in (INLINE_CHARACTERS - 1, INLINE_CHARACTERS, INLINE_CHARACTERS + 1, len(prose)):
        text = prose[:length]
        expected = len(vocabularies.load("o200k_base").encode_ordinary(text))
        assert await counter.count(text, "o200k_base") == expected


@pytest.mark.parametrize("run", [" ", "a", "\n", "中文字符", "😀", "\u00a0 "])
async def test_a_million_of_the_same_are_counted(counter: TokenCounter, run: str) -> None:
    """The library gives up on a million spaces in one piece."""
    text = run * (1_000_000 // len(run))
    assert 0 < await counter.count(text, "o200k_base") <= 3_000_000


async def test_the_loop_goes_on_while_a_long_text_is_counted(counter: TokenCounter) -> None:
    await counter.count("loaded", "o200k_base")
    counting = asyncio.create_task(counter.count("中文字符" * 250_000, "o200k_base"))
    turns = 0
    while not counting.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 100


async def test_an_answer_does_not_wait_for_the_long_texts_before_it(counter: TokenCounter) -> None:
    await counter.count("loaded", "o200k_base")
    files = [asyncio.create_task(counter.count("中文字符" * 250_000, "o200k_base")) for _ in range(3)]
    await asyncio.sleep(0)
    await counter.count("An answer of some length. " * 100, "o200k_base")
    assert not any(file.done() for file in files)
    await asyncio.gather(*files)


async def test_of_a_text_that_grew_only_the_end_is_counted_again(counter: TokenCounter) -> None:
    prose = "What would we do in Málaga, if it rained?\nWe'd read 12 books. " * 8_000
    cache: TokenCache = {}
    await counter.count(prose[:-100], "o200k_base", cache)
    before = set(cache)
    assert await counter.count(prose, "o200k_base", cache) == await counter.count(prose, "o200k_base")
    assert [len(part) < 0.25 * len(prose) for _, part in set(cache) - before] == [True]
