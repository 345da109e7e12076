"""Reads what a server of Chat Completions answers: the text as it comes, and what becomes metadata. Pure.

Servers differ in what they send beside the text. What is text is taken, what is not understood is passed over; whether
the answer is whole is judged at its end.
"""

import json
from collections.abc import Mapping
from typing import Any, NotRequired, cast

import orjson
from typing_extensions import TypedDict

from bitworks.core.text import StorableText, storable
from bitworks.features.replies.producers.producer import Completion, ProducerFailed
from bitworks.features.replies.producers.upstream_errors import DETAIL_CHARACTERS, away, failure, garbage

NAME_CHARACTERS = 200  # of a model or a finish reason, kept in the message's metadata
TEXT_PARTS = ("text", "output_text")  # types of the parts of a content that are text of the answer
COUNT_LIMIT = 2**53  # what JavaScript counts exactly


class TokenUsage(TypedDict, total=False):
    """The counts of tokens that a server gave, as Chat Completions names them."""

    prompt_tokens: int
    """Tokens of the request."""
    completion_tokens: int
    """Tokens of the reply."""
    total_tokens: int
    """Tokens of both."""


class ChatMetadata(TypedDict):
    """What a reply's metadata gets: the model that wrote it, its usage, and why it ended."""

    model: str
    """The model that wrote the reply."""
    usage: NotRequired[TokenUsage]
    """The tokens that it took; absent where the server counted none."""
    finish_reason: NotRequired[str]
    """Why the reply ended, as the server names it."""


class AnswerReader:
    """Reads one answer of a model, in pieces or whole. `key` is a secret that the server may repeat."""

    def __init__(self, model: str, key: str | None = None) -> None:
        self._metadata: ChatMetadata = {"model": model}
        self._key = key
        self._text = StorableText()
        self._said = False
        self._refusal = ""
        self._garbled = False
        self.done = False
        """Whether the server said that nothing more comes."""

    def take(self, data: bytes) -> str:
        """The text of one event, which may be empty. Raises `ProducerFailed` for an error before the end."""
        if data.strip() == b"[DONE]":
            self.done = True
            return ""
        return self._take(data, "delta")

    def take_whole(self, body: bytes) -> str:
        """The text of an answer that came in one piece. Raises `ProducerFailed` for an error."""
        text = self._take(body, "message")
        self.done = not self._garbled
        return text

    def completion(self) -> Completion:
        """The end of the reply. Raises `ProducerFailed` unless the answer came to its end, and has text.

        Many servers just close the connection when they fail.
        """
        reason = self._metadata.get("finish_reason")
        if reason == "error":
            raise self._failed(failure(None))
        if reason is None and not self.done:
            raise self._failed(garbage() if self._garbled else away())
        if not self._said:
            raise self._failed(_nothing_said(reason, self._refusal))
        return Completion(dict(self._metadata))

    def _failed(self, failed: ProducerFailed) -> ProducerFailed:
        """The failure, with what is known of the answer."""
        known = {} if self._metadata.keys() == {"model"} else dict(self._metadata)
        return ProducerFailed(failed.code, failed.detail, retryable=failed.retryable, metadata=known)

    def _take(self, data: bytes, part: str) -> str:
        chunk = _parsed(data)
        if not isinstance(chunk, dict):
            self._garbled = True
            return ""
        if chunk.get("error"):
            return self._error(chunk["error"])
        self._note(chunk)
        choice = _first(chunk.get("choices"))
        if choice is None:
            self._garbled = self._garbled or not isinstance(chunk.get("choices", []), list | None)
            return ""
        if reason := _name(choice.get("finish_reason")):
            self._metadata["finish_reason"] = reason
        said = choice.get(part)
        return self._of_message(said) if isinstance(said, dict) else ""

    def _error(self, error: object) -> str:
        """Behind the end of the text an error costs nothing."""
        if "finish_reason" in self._metadata:
            return ""
        raise self._failed(failure(error, key=self._key))

    def _note(self, chunk: Mapping[str, Any]) -> None:
        if model := _name(chunk.get("model")):
            self._metadata["model"] = model
        if isinstance(usage := chunk.get("usage"), dict):
            self._metadata["usage"] = _counts(usage)

    def _of_message(self, message: Mapping[str, Any]) -> str:
        if isinstance(refusal := message.get("refusal"), str):
            self._refusal += refusal
        text = _text(message.get("content"))
        if text is None:
            self._garbled = True
            return ""
        text = self._text.take(text)
        self._said = self._said or bool(text.strip())
        return text


def _nothing_said(reason: str | None, refusal: str) -> ProducerFailed:
    """Why an answer that came to its end has no text."""
    if refusal.strip():
        return ProducerFailed("model_refused", storable(refusal)[:DETAIL_CHARACTERS])
    if reason == "length":
        return ProducerFailed(
            "out_of_tokens", "The tokens for the answer were used up before its first word."
        )
    if reason == "content_filter":
        return ProducerFailed("filtered", "The provider's filter held the answer back.")
    return ProducerFailed("empty_answer", "The model said nothing.")


def _parsed(data: bytes) -> object:
    """The JSON, which may have half a surrogate pair, or NaN; None for what is none."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            return json.loads(data.decode("utf-8-sig", "replace"))
        except (ValueError, RecursionError):
            return None


def _first(choices: object) -> Mapping[str, Any] | None:
    return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None


def _name(value: object) -> str | None:
    return (storable(value)[:NAME_CHARACTERS] or None) if isinstance(value, str) else None


def _text(content: object) -> str | None:
    """The text of a content: a string, or parts of which some are text; None for anything else."""
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
        return None
    texts = (part.get("text") for part in content if part.get("type") in TEXT_PARTS)
    return "".join(text for text in texts if isinstance(text, str))


def _counts(usage: Mapping[str, Any]) -> TokenUsage:
    """Only what is a count: not every server sends what the API promises."""
    counts = {name: usage.get(name) for name in TokenUsage.__annotations__}
    return cast(
        "TokenUsage",
        {name: count for name, count in counts.items() if type(count) is int and 0 <= count < COUNT_LIMIT},
    )
