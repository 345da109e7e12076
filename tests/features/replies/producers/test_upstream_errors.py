"""What the errors of model servers mean, as they write them."""

import pytest

from bitworks.features.replies.producers.upstream_errors import failure

TOO_LONG = {
    "message": "This model's maximum context length is 8192 tokens.",
    "code": "context_length_exceeded",
}


@pytest.mark.parametrize(
    ("error", "status", "code", "retryable"),
    [
        # In the head of a response.
        ({"message": "no"}, 400, "upstream_refused", False),
        ({"message": "no"}, 401, "upstream_refused", False),
        ({"message": "no"}, 402, "upstream_refused", False),
        ({"message": "no"}, 403, "upstream_refused", False),
        ({"message": "no"}, 404, "upstream_refused", False),
        ({"message": "no"}, 408, "upstream_error", True),
        ({"message": "no"}, 409, "upstream_error", True),
        ({"message": "no"}, 413, "upstream_refused", False),
        ({"message": "no"}, 429, "upstream_busy", True),
        ({"message": "no money", "code": "insufficient_quota"}, 429, "upstream_refused", False),
        ({"message": "no", "type": "insufficient_quota"}, 429, "upstream_refused", False),
        ("no", 500, "upstream_error", True),
        (None, 503, "upstream_error", True),
        ({"type": "overloaded_error"}, 529, "upstream_error", True),
        # Within an answer that began well.
        ({"message": "no", "code": 400}, None, "upstream_refused", False),
        ({"message": "no", "code": "401"}, None, "upstream_refused", False),
        ({"message": "no", "code": 402}, None, "upstream_refused", False),
        ({"message": "no", "code": 403}, None, "upstream_refused", False),
        ({"message": "no", "code": 404}, None, "upstream_refused", False),
        (TOO_LONG, None, "upstream_refused", False),
        ({"message": "no", "type": "invalid_request_error", "code": None}, None, "upstream_refused", False),
        ({"message": "no", "type": "rate_limit_error"}, None, "upstream_busy", True),
        ({"message": "no", "type": "overloaded_error"}, None, "upstream_error", True),
        ({"message": "no", "code": 502}, None, "upstream_error", True),
        ({"message": "no", "code": 7}, None, "upstream_error", True),
        ({"message": "no"}, None, "upstream_error", True),
        ("no", None, "upstream_error", True),
        ([], None, "upstream_error", True),
    ],
)  # fmt: skip
def test_another_try_is_made_only_where_it_may_help(
    error: object, status: int | None, code: str, retryable: bool
) -> None:
    failed = failure(error, status)
    assert (failed.code, failed.retryable) == (code, retryable)


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (TOO_LONG, 400, TOO_LONG["message"]),
        ({"message": {"error": "deep"}}, 400, "deep"),
        ({"detail": "Not Found"}, 404, "Not Found"),
        ("<html><body>Bad Gateway", 502, "The model's server failed with status 502."),
        ({"message": "busy", "code": 502}, None, "The model's server failed with status 502: busy"),
        ({"message": "the key sk-1 is wrong"}, 403, "the key … is wrong"),
        ({"message": "the key sk-1 is wrong"}, 401, "The model's server does not accept this server's key."),
        ({"message": "a\x00b\ud83d"}, 400, "ab\ufffd"),
        ({"message": ["?"]}, 400, "The model's server answered with status 400."),
    ],
)
def test_people_are_told_what_the_server_said_and_no_secret(
    error: object, status: int | None, detail: str
) -> None:
    assert failure(error, status, key="sk-1").detail == detail


def test_what_people_are_told_is_no_novel() -> None:
    assert len(failure({"message": "x" * 10_000}, 400).detail) == 500
