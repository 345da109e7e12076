"""The names that servers of Chat Completions have for the same thing, found out by what they answer. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

LimitName = Literal["max_tokens", "max_completion_tokens"]

# How servers say that they do not know a parameter, or do not want it.
_UNWANTED = (
    "unsupported", "not supported", "does not support", "unrecognized", "unknown", "unexpected", "extra",
    "not permitted", "not allowed", "instead",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a model is spoken to."""

    limit: LimitName = "max_tokens"
    """The name of the most tokens that an answer may have."""
    counts_usage: bool = True
    """Whether it may be asked for the usage of a stream."""


def dialect_of(host: str) -> Dialect:
    """The dialect that is tried first at a host: OpenAI's own models have given up the name that all others know."""
    is_openai = host.endswith((".openai.com", ".openai.azure.com"))
    return Dialect("max_completion_tokens" if is_openai else "max_tokens")


def adapted(dialect: Dialect, error: object, sent: Collection[str]) -> Dialect | None:
    """The dialect to try after a request with these parameters was refused so; None: it is not to blame."""
    said = str(error).lower()
    if not any(word in said for word in _UNWANTED):
        return None
    if dialect.limit in sent and dialect.limit in said:
        return replace(dialect, limit=_other(dialect.limit))
    if "stream_options" in sent and "stream_options" in said:
        return replace(dialect, counts_usage=False)
    return None


def _other(name: LimitName) -> LimitName:
    return "max_tokens" if name == "max_completion_tokens" else "max_completion_tokens"
