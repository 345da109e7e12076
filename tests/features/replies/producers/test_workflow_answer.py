"""What workflows respond with, in the shapes that workflow tools give it."""

import json

import pytest

from bitworks.features.replies.producers.producer import Completion, DeferredReply, ProducerFailed
from bitworks.features.replies.producers.workflow_answer import WorkflowAnswer, refusal, reply_of

JSON, HTML, PLAIN = "application/json", "text/html", "text/plain"
STARTED = {"message": "Workflow was started"}


def answer(
    body: object, content_type: str = JSON, status: int = 200, charset: str | None = "utf-8"
) -> WorkflowAnswer:
    encoded = (
        body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
    )
    return WorkflowAnswer(status, content_type, charset, encoded)


@pytest.mark.parametrize(
    "given",
    [
        answer({"content": "Hola"}),
        answer({"output": "Hola"}),
        answer({"text": "Hola"}),
        answer([{"output": "Hola"}]),
        answer([{"index": 0, "message": {"role": "assistant", "content": "Hola"}, "finish_reason": "stop"}]),
        answer({"content": "Hola"}, "application/vnd.api+json"),
        answer({"content": "Hola"}, HTML),
        answer({"content": "Hola", "error": None}),
        answer("Hola", PLAIN),
        answer("Hola", HTML),
        answer("Hola", PLAIN, status=201),
        answer("\ufeffHola", PLAIN),
        answer("Hola".encode("utf-16"), PLAIN, charset="utf-16"),
        answer("Hola", PLAIN, charset="no-such-charset"),
        answer("Ho\x00la", PLAIN),
    ],
)
def test_a_text_under_any_of_its_names_is_the_answer(given: WorkflowAnswer) -> None:
    assert reply_of(given) == ("Hola", Completion({}))


def test_a_text_in_another_charset_is_read_in_it() -> None:
    assert reply_of(answer("señor".encode("latin-1"), PLAIN, charset="latin-1")) == ("señor", Completion({}))


def test_a_text_that_is_json_is_the_answer_that_it_is() -> None:
    assert reply_of(answer('{"a": 1}', PLAIN)) == ('{"a": 1}', Completion({}))
    assert reply_of(answer("42", PLAIN)) == ("42", Completion({}))


@pytest.mark.parametrize(
    "given",
    [
        answer(STARTED),
        answer([STARTED]),
        answer([]),
        answer({}),
        answer("null"),
        answer("", HTML),
        answer(" \n", HTML),
        answer("Accepted", PLAIN, status=202),
        answer(b"\x00\x01", "application/octet-stream"),
    ],
)
def test_what_has_no_text_says_that_it_comes_later(given: WorkflowAnswer) -> None:
    assert reply_of(given) == DeferredReply()


@pytest.mark.parametrize(
    ("given", "code", "detail"),
    [
        (answer({"error": "No credits."}), "webhook_error", "No credits."),
        (answer({"error": {"message": "No credits."}}), "webhook_error", "No credits."),
        (answer({"error": True}), "webhook_error", "The workflow failed, and did not say why."),
        (answer('{"content": "first\nsecond"}'), "webhook_error", "The workflow declared JSON, and sent what is none."),
        (answer("<!DOCTYPE html><html>", HTML), "webhook_error",
         "What answers is a web page, not the workflow: see WEBHOOK_URL."),
        (answer({"content": ""}), "empty_answer", "The workflow answered without text."),
        (answer({"output": " \n"}), "empty_answer", "The workflow answered without text."),
        (answer({"content": "Hola", "metadata": {"a": "x" * 20_000}}), "webhook_error",
         "The metadata of the workflow's answer must have at most 16 KiB of JSON."),
        (answer({"content": "Hola", "metadata": {"a": "\x00"}}), "webhook_error",
         "The metadata of the workflow's answer must not contain the character U+0000."),
    ],
)  # fmt: skip
def test_what_can_be_no_answer_fails_at_once_and_says_so(
    given: WorkflowAnswer, code: str, detail: str
) -> None:
    with pytest.raises(ProducerFailed) as failed:
        reply_of(given)
    assert (failed.value.code, failed.value.detail, failed.value.retryable) == (code, detail, False)


@pytest.mark.parametrize(
    ("given", "detail", "retryable"),
    [
        (answer({"code": 0, "message": "Error in workflow"}, status=500),
         "The workflow answered with status 500: Error in workflow", True),
        (answer("<html>", HTML, status=502), "The workflow answered with status 502.", True),
        (answer("gone", PLAIN, status=410), "The workflow answered with status 410.", False),
    ],
)  # fmt: skip
def test_a_refusal_says_what_the_workflow_said(given: WorkflowAnswer, detail: str, retryable: bool) -> None:
    failed = refusal(given, 7.0)
    assert (failed.detail, failed.retryable, failed.retry_after) == (detail, retryable, 7.0)
