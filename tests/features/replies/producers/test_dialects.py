"""The names of parameters, by what servers answer to them."""

import pytest

from bitworks.features.replies.producers.dialects import Dialect, adapted, dialect_of

OLD, NEW = Dialect("max_tokens"), Dialect("max_completion_tokens")
SENT = ("max_tokens", "max_completion_tokens", "stream_options")


@pytest.mark.parametrize(
    ("host", "dialect"),
    [
        ("api.openai.com", NEW),
        ("eu.api.openai.com", NEW),
        ("mine.openai.azure.com", NEW),
        ("localhost", OLD),
        ("openrouter.ai", OLD),
        ("notopenai.com", OLD),
    ],
)
def test_a_host_is_first_asked_in_the_dialect_that_is_likely(host: str, dialect: Dialect) -> None:
    assert dialect_of(host) == dialect


@pytest.mark.parametrize(
    ("dialect", "error", "other"),
    [
        (OLD, {"message": "Unsupported parameter: 'max_tokens' is not supported with this model.",
               "param": "max_tokens", "code": "unsupported_parameter"}, NEW),
        (OLD, "max_tokens is not allowed, use max_completion_tokens", NEW),
        (NEW, {"message": "Unrecognized request argument supplied: max_completion_tokens"}, OLD),
        (NEW, {"detail": [{"loc": ["body", "max_completion_tokens"], "msg": "Extra inputs are not permitted"}]}, OLD),
        (OLD, {"message": "Unknown parameter: 'stream_options'."}, Dialect("max_tokens", counts_usage=False)),
        (OLD, {"message": "max_tokens is too large: 99. This model supports at most 9.", "param": "max_tokens"}, None),
        (OLD, {"message": "'temperature' does not support 0.1 with this model.", "param": "temperature"}, None),
        (OLD, None, None),
    ],
)  # fmt: skip
def test_a_refusal_of_a_name_is_told_from_any_other(
    dialect: Dialect, error: object, other: Dialect | None
) -> None:
    assert adapted(dialect, error, SENT) == other


def test_what_was_not_sent_is_not_to_blame() -> None:
    assert adapted(OLD, {"message": "Unsupported: max_tokens"}, ("stream",)) is None
