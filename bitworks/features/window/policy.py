"""The policy of a window: how large it may be and what is always in it, read from the conversation's context."""

from dataclasses import dataclass

from bitworks.features.history.records import Context, model_parameters, window_settings
from bitworks.features.models.known_models import known_model

# Of a model whose own limit is not known.
DEFAULT_LIMIT = 8_192  # tokens
# Left for the reply where `max_output_tokens` is not set.
DEFAULT_RESERVED = 1_024  # tokens


@dataclass(frozen=True, slots=True)
class WindowPolicy:
    """What a window has to keep to."""

    model: str | None
    """The model that is given the window; None where neither the context nor the settings name one."""
    system: str | None
    """The system prompt; None for none."""
    pinned: tuple[str, ...]
    """Ids of the messages that are always in."""
    max_messages: int | None
    """Messages that may be in beside those; None for any number."""
    budget: int
    """Tokens for all that is in; below zero nothing fits."""
    reserved: int
    """Tokens left for the reply."""
    summarises: bool
    """Whether a running summary stands for what is out."""


def policy_of(
    context: Context | None, default_model: str | None, max_tokens: int | None = None
) -> WindowPolicy:
    """The policy of a context, or the default one. `max_tokens`, of the whole window, overrides the context's."""
    window, parameters = window_settings(context), model_parameters(context)
    model = parameters.get("model") or default_model
    reserved = parameters.get("max_output_tokens") or DEFAULT_RESERVED
    told = max_tokens or window.get("max_tokens")
    return WindowPolicy(
        model=model,
        system=parameters.get("system") or None,
        pinned=tuple(window.get("pinned") or ()),
        max_messages=window.get("max_messages"),
        budget=told - reserved if told else _budget_of(model, reserved),
        reserved=reserved,
        summarises=window.get("strategy") == "summary",
    )


def _budget_of(model: str | None, reserved: int) -> int:
    """Tokens for what is in, where nobody said how large the window is.

    An answer that would leave nearly nothing of it tells that the window is larger than is known here: then the
    conversation has half of what is known, and the model's server the last word.
    """
    known = known_model(model)
    limit = (known.limit if known else None) or DEFAULT_LIMIT
    return limit - reserved if limit - reserved >= DEFAULT_RESERVED else limit // 2
