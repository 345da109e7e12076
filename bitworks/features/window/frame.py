"""What the context of a conversation says about its window."""

from dataclasses import dataclass

from bitworks.features.history.records import Context, model_parameters, window_settings
from bitworks.features.models.known_models import known_model

DEFAULT_LIMIT = 8_192  # tokens
DEFAULT_RESERVED = 1_024  # tokens


@dataclass(frozen=True, slots=True)
class Frame:
    """What the window has to keep to. `budget` may be below zero: then nothing fits."""

    model: str | None
    system: str | None
    pinned: tuple[str, ...]
    max_messages: int | None
    budget: int
    reserved: int
    summarises: bool


def frame_of(context: Context | None, default_model: str | None, max_tokens: int | None = None) -> Frame:
    """By the context, if there is one; `max_tokens` goes before what it says."""
    window, parameters = window_settings(context), model_parameters(context)
    model = parameters.get("model") or default_model
    reserved = parameters.get("max_output_tokens") or DEFAULT_RESERVED
    limit = max_tokens or window.get("max_tokens") or _limit_of(model)
    return Frame(
        model=model,
        system=parameters.get("system") or None,
        pinned=tuple(window.get("pinned") or ()),
        max_messages=window.get("max_messages"),
        budget=limit - reserved,
        reserved=reserved,
        summarises=window.get("strategy") == "summary",
    )


def _limit_of(model: str | None) -> int:
    known = known_model(model)
    return (known.limit if known else None) or DEFAULT_LIMIT
