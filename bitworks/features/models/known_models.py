"""The input limits and vocabularies of models, by their names.

Vocabularies: `tiktoken/model.py` of tiktoken 0.14. Limits, in tokens of input: `max_input_tokens` of
`model_prices_and_context_window_backup.json` in litellm 1.109.1 on PyPI, which names the provider's page for
each, compared in November 2026 with the source beside a group. Where the two do not agree, or neither has a
limit, the limit here is None. A model that is not here has neither limit nor vocabulary, and nothing depends
on it being here: the window is then of its usual size, and counts are not called exact.

Not here: models whose window is set by the server that runs them, such as Llama, from 8,192 tokens to
131,072.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Vocabulary = Literal["o200k_base", "cl100k_base"]
"""The vocabularies that come with this program, by their names in tiktoken."""

DEFAULT_VOCABULARY: Vocabulary = "o200k_base"
"""The vocabulary of counts for a model whose own is not known."""


@dataclass(frozen=True, slots=True)
class KnownModel:
    """What the table below has of one model, or of several with the same values."""

    limit: int | None
    """Tokens of input that the model reads at most; None: not known."""
    vocabulary: Vocabulary | None
    """The model's own vocabulary; None: not known, or not among ours."""


# By the beginning of a model's name, up to a separator: of those that match, the longest decides.
_GROUPS: dict[KnownModel, tuple[str, ...]] = {
    # "Input tokens exceed the configured limit of 272,000 tokens": community.openai.com/t/1344734.
    KnownModel(272_000, "o200k_base"): (
        "gpt-5", "gpt-5.1", "gpt-5.2", "gpt-5.3-codex", "gpt-5.4-mini", "gpt-5.4-nano",
    ),
    # openrouter.ai/openai/gpt-5.4-pro: 922K of input, 128K of output. litellm has the sum for 5.4 and 5.5.
    KnownModel(922_000, "o200k_base"): ("gpt-5.4", "gpt-5.5", "gpt-5.6"),
    KnownModel(922_000, None): ("gpt-6", "gpt-6.1"),
    # openrouter.ai/openai/gpt-4.1
    KnownModel(1_047_576, "o200k_base"): ("gpt-4.1",),
    # "maximum context length is 200,000 tokens", of o4-mini: community.openai.com/t/1344734.
    KnownModel(200_000, "o200k_base"): ("o1", "o3", "o4-mini"),
    # "128,000 tokens, the sum of input and output": github.com/64bit/async-openai/issues/232, of gpt-4o.
    # The last three are litellm's `azure/…`.
    KnownModel(128_000, "o200k_base"): (
        "gpt-4o", "gpt-5-chat", "gpt-5.1-chat", "gpt-5.2-chat", "gpt-5.3-chat",
        "gpt-4.5", "o1-mini", "o1-preview",
    ),
    # Its vocabulary is o200k_harmony, which differs from o200k_base in special tokens only.
    # vercel.com/ai-gateway/models/gpt-oss-20b
    KnownModel(131_072, "o200k_base"): ("gpt-oss",),
    # litellm has no limit, or has the whole window where it should have the part of it that is for input.
    KnownModel(None, "o200k_base"): (
        "chatgpt-4o", "gpt-5-pro", "gpt-5.1-codex", "gpt-5.5-cyber", "gpt-5.6-cyber",
    ),
    # The one of 32k, and gpt-4-0125, are litellm's `azure/…`.
    KnownModel(8_192, "cl100k_base"): ("gpt-4",),
    KnownModel(32_768, "cl100k_base"): ("gpt-4-32k",),
    KnownModel(128_000, "cl100k_base"): ("gpt-4-turbo", "gpt-4-1106", "gpt-4-0125"),
    # "maximum context length is 16385 tokens": github.com/morpheuslord/GPT_Vuln-analyzer/issues/90.
    KnownModel(16_385, "cl100k_base"): ("gpt-3.5-turbo",),
    # platform.claude.com/docs/en/models: 200K for Haiku 4.5, 1M for Sonnet 5, Opus 5.5 and
    # Fable 5.1. OpenRouter writes their numbers with a dot.
    KnownModel(200_000, None): (
        "claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-5",
        "claude-haiku-4.5", "claude-sonnet-4.5", "claude-opus-4.5",
    ),
    KnownModel(1_000_000, None): (
        "claude-sonnet-4-6", "claude-opus-4-6", "claude-opus-4-7", "claude-opus-4-8",
        "claude-sonnet-4.6", "claude-opus-4.6", "claude-opus-4.7", "claude-opus-4.8",
        "claude-sonnet-5", "claude-opus-5", "claude-fable-5", "claude-mythos-5", "claude-haiku-5-5",
        # api-docs.deepseek.com/quick_start/pricing
        "deepseek-flash", "deepseek-v4-flash", "deepseek-v4-pro",
    ),
    # docs.cloud.google.com/gemini-enterprise-agent-platform/models/gemini/2-5-pro
    KnownModel(1_048_576, None): (
        "gemini-2.5-pro", "gemini-2.5-flash", "gemini-3-flash", "gemini-3.1-pro", "gemini-3.1-flash-lite",
        "gemini-3.5-flash", "gemini-3.6-flash", "gemini-3.7-flash", "gemini-3.8-flash", "gemini-4-argon",
    ),
    # These return speech or images.
    KnownModel(None, None): (
        "gemini-2.5-pro-preview-tts", "gemini-2.5-flash-preview-tts", "gemini-2.5-flash-image",
    ),
}  # fmt: skip
_KNOWN = {name: model for model, names in _GROUPS.items() for name in names}
_SEPARATORS = "-:@"


@lru_cache(maxsize=256)
def known_model(name: str | None) -> KnownModel | None:
    """Returns the model by a name such as `gpt-4o-2024-08-06`, `openai/gpt-4o` or `gpt-oss:20b`; or None."""
    bare = (name or "").rpartition("/")[2].lower()
    fitting = [known for known in _KNOWN if bare == known or bare.startswith(_beginnings(known))]
    return _KNOWN[max(fitting, key=len)] if fitting else None


def _beginnings(known: str) -> tuple[str, ...]:
    return tuple(known + separator for separator in _SEPARATORS)


def vocabulary_of(name: str | None) -> Vocabulary:
    """Returns the vocabulary in which the messages of a conversation with this model are counted."""
    known = known_model(name)
    return (known.vocabulary if known else None) or DEFAULT_VOCABULARY
