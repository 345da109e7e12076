"""What is known of models by their names: how much they read, and which vocabulary they count in.

Vocabularies: `tiktoken/model.py` of tiktoken 0.14. Limits, in tokens of input: `max_input_tokens` of
LiteLLM's `model_prices_and_context_window.json`, read in November 2026. A model that is not here has
neither, and nothing depends on it being here: counts are then not called exact.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Vocabulary = Literal["o200k_base", "cl100k_base"]

# What is counted in where the model's own vocabulary is not known.
DEFAULT_VOCABULARY: Vocabulary = "o200k_base"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """`limit` is how many tokens it reads at most; `vocabulary` is None if it is not one of ours."""

    limit: int
    vocabulary: Vocabulary | None


# By the beginning of the name, up to a separator. The longest that fits counts.
_KNOWN = {
    "gpt-5": KnownModel(272_000, "o200k_base"),
    "gpt-5-chat": KnownModel(128_000, "o200k_base"),
    "gpt-5.1": KnownModel(272_000, "o200k_base"),
    "gpt-4.1": KnownModel(1_047_576, "o200k_base"),
    "gpt-4o": KnownModel(128_000, "o200k_base"),
    "chatgpt-4o": KnownModel(128_000, "o200k_base"),
    "gpt-4.5": KnownModel(128_000, "o200k_base"),
    "o1": KnownModel(200_000, "o200k_base"),
    "o1-mini": KnownModel(128_000, "o200k_base"),
    "o1-preview": KnownModel(128_000, "o200k_base"),
    "o3": KnownModel(200_000, "o200k_base"),
    "o4-mini": KnownModel(200_000, "o200k_base"),
    # Its vocabulary is o200k_harmony, which differs from o200k_base in special tokens only.
    "gpt-oss": KnownModel(131_072, "o200k_base"),
    "gpt-4": KnownModel(8_192, "cl100k_base"),
    "gpt-4-32k": KnownModel(32_768, "cl100k_base"),
    "gpt-4-turbo": KnownModel(128_000, "cl100k_base"),
    "gpt-4-1106": KnownModel(128_000, "cl100k_base"),
    "gpt-4-0125": KnownModel(128_000, "cl100k_base"),
    "gpt-3.5-turbo": KnownModel(16_385, "cl100k_base"),
    "claude": KnownModel(200_000, None),
    "gemini-2.5": KnownModel(1_048_576, None),
    "llama-3.1": KnownModel(128_000, None),
    "llama-3.3": KnownModel(128_000, None),
    "deepseek-chat": KnownModel(131_072, None),
}
_SEPARATORS = "-:@"


@lru_cache(maxsize=256)
def known_model(name: str | None) -> KnownModel | None:
    """By a name as providers write it: `gpt-4o-2024-08-06`, `openai/gpt-4o`, `gpt-oss:20b`."""
    bare = (name or "").rpartition("/")[2].lower()
    fitting = [known for known in _KNOWN if bare == known or bare.startswith(_beginnings(known))]
    return _KNOWN[max(fitting, key=len)] if fitting else None


def _beginnings(known: str) -> tuple[str, ...]:
    return tuple(known + separator for separator in _SEPARATORS)


def vocabulary_of(name: str | None) -> Vocabulary:
    """What the messages of a conversation with this model are counted in."""
    known = known_model(name)
    return (known.vocabulary if known else None) or DEFAULT_VOCABULARY
