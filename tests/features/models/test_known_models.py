"""Models by their names, as providers write them."""

import pytest
from tiktoken.model import encoding_name_for_model

from bitworks.features.models.known_models import DEFAULT_VOCABULARY, known_model, vocabulary_of

# As litellm has them, or the provider's page where that says it better: see bitworks/features/models/known_models.py.
LIMITS = {
    "gpt-5": 272_000,
    "gpt-5-mini-2025-08-07": 272_000,
    "gpt-5.1-2025-11-13": 272_000,
    "gpt-5.2-pro": 272_000,
    "gpt-5.4-mini-2026-03-17": 272_000,
    "gpt-5.4-pro-2026-03-05": 922_000,
    "gpt-5.6-sol": 922_000,
    "gpt-6.1-terra": 922_000,
    "gpt-5-chat-latest": 128_000,
    "gpt-5.1-chat-latest": 128_000,
    "gpt-4.1-nano-2025-04-14": 1_047_576,
    "gpt-4o-mini": 128_000,
    "o1-mini-2024-09-12": 128_000,
    "o1-pro": 200_000,
    "o3-deep-research": 200_000,
    "gpt-4": 8_192,
    "gpt-4-0613": 8_192,
    "gpt-4-32k-0613": 32_768,
    "gpt-4-turbo-2024-04-09": 128_000,
    "gpt-3.5-turbo-0125": 16_385,
    "claude-sonnet-4-5-20250929": 200_000,
    "claude-opus-4-6-20260205": 1_000_000,
    "claude-sonnet-5-5": 1_000_000,
    "deepseek-v4-pro": 1_000_000,
    "gemini-2.5-flash-lite": 1_048_576,
}


@pytest.mark.parametrize(("name", "limit"), LIMITS.items())
def test_a_model_reads_as_much_as_its_source_says(name: str, limit: int) -> None:
    known = known_model(name)
    assert known is not None
    assert known.limit == limit


@pytest.mark.parametrize("name", ["gpt-5-pro", "gpt-5.1-codex-max", "gpt-5.6-cyber", "chatgpt-4o-latest"])
def test_what_no_source_shows_has_no_limit_but_its_vocabulary(name: str) -> None:
    known = known_model(name)
    assert known is not None
    assert (known.limit, known.vocabulary) == (None, "o200k_base")


@pytest.mark.parametrize(
    "name", [None, "", "tiny", "gpt-5.9", "gpt-40", "claude", "claude-2", "llama-3.3-70b"]
)
def test_what_is_not_known_is_not_guessed_from_what_is_alike(name: str | None) -> None:
    assert known_model(name) is None
    assert vocabulary_of(name) == DEFAULT_VOCABULARY


@pytest.mark.parametrize(
    "name", ["openai/gpt-4o", "GPT-4o", "gpt-4o:extended", "models/openai/gpt-4o-2024-08-06", "gpt-4o@eu"]
)
def test_a_name_may_say_whose_it_is_and_which_of_them(name: str) -> None:
    assert known_model(name) == known_model("gpt-4o")


def test_with_a_dot_or_without_it_is_the_same_claude() -> None:
    assert known_model("anthropic/claude-opus-4.6") == known_model("claude-opus-4-6")


@pytest.mark.parametrize(
    "name", [name for name in LIMITS if name.startswith(("gpt-3", "gpt-4", "gpt-5", "o"))]
)
def test_vocabularies_are_those_of_tiktoken(name: str) -> None:
    assert vocabulary_of(name) == encoding_name_for_model(name)
