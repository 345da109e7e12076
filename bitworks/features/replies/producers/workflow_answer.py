"""What a workflow says to a request: the whole reply, that it comes later, or that there is none. Pure.

Workflow tools wrap what their last step gives in ways of their own: as a list of items, under names of their own, as
text under whatever type.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from bitworks.core.encoding import from_json
from bitworks.core.fields import JsonObject
from bitworks.core.records import Json
from bitworks.core.text import storable
from bitworks.features.history.records import without_reserved
from bitworks.features.replies.producers.producer import Completion, DeferredReply, ProducerFailed
from bitworks.features.replies.producers.upstream_errors import DETAIL_CHARACTERS, message_of

# The names under which tools put the text of an answer: ours, then those of the agents and chains of n8n.
TEXT_NAMES = ("content", "output", "text")
_PAGE = ("<!doctype html", "<html")
_METADATA: TypeAdapter[Json] = TypeAdapter(JsonObject)


@dataclass(frozen=True, slots=True)
class WorkflowAnswer:
    """The response of a workflow."""

    status: int
    """The HTTP status."""
    content_type: str
    """The media type, without parameters."""
    charset: str | None
    """The charset that it names; None for none."""
    body: bytes
    """All of it."""

    @property
    def text(self) -> str:
        """The body as text, without a byte order mark; of an unknown charset, what UTF-8 makes of it."""
        try:
            return self.body.decode(self.charset or "utf-8-sig", "replace").removeprefix("\ufeff")
        except LookupError:
            return self.body.decode("utf-8-sig", "replace")

    @property
    def json(self) -> object:
        """The decoded body; of a list of one item, that item. Raises ValueError if it is no JSON."""
        decoded = from_json(self.text)
        return decoded[0] if isinstance(decoded, list) and len(decoded) == 1 else decoded


def reply_of(answer: WorkflowAnswer) -> tuple[str, Completion] | DeferredReply:
    """The reply, if the response has one; else that it was accepted, as n8n's "Workflow was started" says.

    Raises `ProducerFailed` for an error, and for what can be no answer.
    """
    if not answer.body.strip():
        return DeferredReply()
    try:
        decoded = answer.json
    except ValueError:
        return _text_reply(answer)
    if isinstance(decoded, Mapping):
        _require_no_error(decoded)
        text = _text_in(decoded)
        if text is not None:
            return _reply(text, decoded)
    return _text_reply(answer) if answer.content_type.startswith("text/") else DeferredReply()


def refusal(answer: WorkflowAnswer, retry_after: float | None) -> ProducerFailed:
    """Every status may be tried again but 410, with which a workflow says that it is gone for good."""
    try:
        said = message_of(answer.json)
    except ValueError:
        said = ""
    detail = f"The workflow answered with status {answer.status}" + (f": {_cut(said)}" if said else ".")
    return ProducerFailed("webhook_failed", detail, retryable=answer.status != 410, retry_after=retry_after)


def _text_reply(answer: WorkflowAnswer) -> tuple[str, Completion] | DeferredReply:
    """The body itself, where it is a text that answers."""
    if answer.content_type == "application/json" or answer.content_type.endswith("+json"):
        raise ProducerFailed("webhook_error", "The workflow declared JSON, and sent what is none.")
    if not answer.content_type.startswith("text/") or answer.status == 202:
        return DeferredReply()
    if answer.text.lstrip()[:20].lower().startswith(_PAGE):
        raise ProducerFailed(
            "webhook_error", "What answers is a web page, not the workflow: see WEBHOOK_URL."
        )
    return storable(answer.text), Completion({})


def _require_no_error(decoded: Mapping[str, object]) -> None:
    if error := decoded.get("error"):
        raise ProducerFailed(
            "webhook_error", _cut(message_of(error)) or "The workflow failed, and did not say why."
        )


def _text_in(decoded: Mapping[str, object]) -> str | None:
    """The text under one of its names, or in the message of a model; None if there is none."""
    message = decoded.get("message")
    for place in (decoded, message if isinstance(message, Mapping) else {}):
        for name in TEXT_NAMES:
            if isinstance(text := place.get(name), str):
                return text
    return None


def _reply(text: str, decoded: Mapping[str, object]) -> tuple[str, Completion]:
    if not text.strip():
        raise ProducerFailed("empty_answer", "The workflow answered without text.")
    title = decoded.get("title")
    return storable(text), Completion(_metadata(decoded), storable(title) if isinstance(title, str) else None)


def _metadata(decoded: Mapping[str, object]) -> Json:
    """The metadata that a workflow may set; none of what is no object."""
    metadata = decoded.get("metadata")
    if not isinstance(metadata, dict):
        return {}
    try:
        return without_reserved(_METADATA.validate_python(metadata))
    except ValidationError as error:
        expected = error.errors()[0]["msg"]
        raise ProducerFailed("webhook_error", f"The metadata of the workflow's answer {expected}.") from None


def _cut(text: str) -> str:
    return storable(text)[:DETAIL_CHARACTERS]
