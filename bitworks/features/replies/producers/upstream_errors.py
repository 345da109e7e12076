"""What the errors of model servers mean: whether another try may help, and what people are told. Pure."""

from collections.abc import Mapping

from bitworks.core.text import storable
from bitworks.features.replies.producers.producer import ProducerFailed

DETAIL_CHARACTERS = 500  # of a server's message, kept in the message's metadata

# The statuses that stand behind what servers write into an error object, by its `code` and then by its `type`.
_STATUSES = {
    "context_length_exceeded": 400,
    "invalid_request_error": 400,
    "invalid_prompt": 400,
    "unsupported_parameter": 400,
    "unsupported_value": 400,
    "content_filter": 400,
    "content_policy_violation": 400,
    "invalid_api_key": 401,
    "authentication_error": 401,
    "insufficient_quota": 402,
    "billing_error": 402,
    "permission_error": 403,
    "model_not_found": 404,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_exceeded": 429,
    "rate_limit_error": 429,
    "overloaded_error": 529,
}


def failure(
    error: object, status: int | None = None, retry_after: float | None = None, key: str | None = None
) -> ProducerFailed:
    """The failure that an error object, or whatever a server sent in its place, stands for.

    `status` is that of the response; None: of an error within an answer that began well. `retry_after` is in seconds;
    `key` is a secret that the server may repeat, and people must not read.
    """
    means = _status_of(error) if status is None or _names(error, "insufficient_quota") else status
    said = _told(error, key)
    if means is None or means >= 500 or means in (408, 409, 425):
        failed = "The model's server failed" + (f" with status {means}" if means else "")
        return ProducerFailed(
            "upstream_error", _sentence(failed, said), retryable=True, retry_after=retry_after
        )
    if means == 429:
        detail = _sentence("The model's server is busy", said)
        return ProducerFailed("upstream_busy", detail, retryable=True, retry_after=retry_after)
    if means == 401:
        return ProducerFailed("upstream_refused", "The model's server does not accept this server's key.")
    return ProducerFailed("upstream_refused", said or f"The model's server answered with status {means}.")


def silent() -> ProducerFailed:
    """Nothing came for too long."""
    return ProducerFailed("upstream_silent", "The model's server is silent.", retryable=True)


def away() -> ProducerFailed:
    """There was no connection, or it ended before the answer did."""
    return ProducerFailed(
        "upstream_away", "The model's server cannot be reached, or broke off.", retryable=True
    )


def garbage() -> ProducerFailed:
    """What came is neither an answer nor an error."""
    return ProducerFailed("upstream_garbage", "The model's server sent what is no answer.", retryable=True)


def no_model() -> ProducerFailed:
    """What came is a page for people, such as that on which one signs in at a gateway."""
    return ProducerFailed("upstream_no_model", "What answers is a web page, not a model: see REPLY_BASE_URL.")


def message_of(error: object) -> str:
    """What an error says, wherever the server put it; empty where that is nothing for people."""
    if isinstance(error, str):
        return "" if error.lstrip().startswith("<") else error.strip()
    if isinstance(error, Mapping):
        return next(
            (text for name in ("message", "detail", "error") if (text := message_of(error.get(name)))), ""
        )
    return ""


def _told(error: object, key: str | None) -> str:
    said = storable(message_of(error))
    return (said.replace(key, "…") if key else said)[:DETAIL_CHARACTERS]


def _sentence(beginning: str, said: str) -> str:
    return f"{beginning}: {said}" if said else f"{beginning}."


def _names(error: object, code: str) -> bool:
    return isinstance(error, Mapping) and code in (error.get("code"), error.get("type"))


def _status_of(error: object) -> int | None:
    """The status that an error object stands for; None where that is not known."""
    if not isinstance(error, Mapping):
        return None
    for name in ("code", "status", "type"):
        value = error.get(name)
        if isinstance(value, str) and value in _STATUSES:
            return _STATUSES[value]
        if isinstance(value, int | str) and str(value).isdecimal() and 400 <= int(value) < 600:
            return int(value)
    return None
