"""A workflow of one's own, asked by a signed POST (Standard Webhooks). It answers at once, or later."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
from standardwebhooks import Webhook as Signer

from bitworks.core.encoding import from_json, rfc3339, to_json
from bitworks.core.records import Json
from bitworks.features.models.models import Model, model_named
from bitworks.features.replies.producers.producer import (
    Completion,
    DeferredReply,
    Output,
    ProducerFailed,
    ReplyRequest,
    Turn,
)
from bitworks.features.replies.producers.retry_after import retry_after

CONNECT_TIMEOUT = 10.0  # seconds
NAME = "webhook"
ANSWER_LIMIT = 8 * 1024 * 1024  # bytes
# What only this server writes into the metadata of an answer.
OURS = ("reply_to", "vocabulary")


@dataclass(frozen=True, slots=True)
class Workflow:
    """Where it is, what signs, how long it may take in seconds, and where it finds this server."""

    url: str
    secret: str
    timeout: float
    public_url: str
    models: tuple[str, ...] = ()


class Webhook:
    """Asks a workflow. `delivery_id` is the `webhook-id` of every try, so it can tell a repetition."""

    can_reply = True
    can_complete = False
    keeps_dead_letters = True

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow
        self._signer = Signer(workflow.secret)
        timeout = aiohttp.ClientTimeout(total=workflow.timeout, sock_connect=CONNECT_TIMEOUT)
        self._http = aiohttp.ClientSession(timeout=timeout)

    async def reply(self, request: ReplyRequest) -> AsyncIterator[Output]:
        body = to_json(self._request(request))
        answer = await self._deliver(request.delivery_id, body)
        if isinstance(answer, DeferredReply):
            yield answer
            return
        content, ending = answer
        yield content
        yield ending

    async def complete(self, turns: Sequence[Turn], parameters: Json) -> str | None:
        return None

    async def models(self) -> list[Model]:
        """Those of the settings; the workflow may read `parameters.model` or not."""
        return [
            model_named(name, default=number == 0)
            for number, name in enumerate(self._workflow.models or (NAME,))
        ]

    async def close(self) -> None:
        await self._http.close()

    def _request(self, request: ReplyRequest) -> Json:
        callback = f"{self._workflow.public_url}/messages/{request.message_id}"
        return {
            "type": "reply.requested",
            "timestamp": rfc3339(request.question.timestamp),
            "data": {
                "user_id": request.user_id,
                "conversation_id": request.conversation_id,
                "message": request.question,
                "window": [{"role": turn.role, "content": turn.content} for turn in request.turns],
                "parameters": request.parameters,
                "reply": {
                    "message_id": request.message_id,
                    "token": request.token,
                    "append_url": f"{callback}/append",
                    "finish_url": f"{callback}/finish",
                },
            },
        }

    async def _deliver(self, delivery_id: str, body: bytes) -> tuple[str, Completion] | DeferredReply:
        headers = self._headers(delivery_id, body)
        try:
            async with self._http.post(
                self._workflow.url, data=body, headers=headers, allow_redirects=False
            ) as response:
                if not 200 <= response.status < 300:
                    raise _refusal(response.status, response.headers)
                return _answer(response.content_type, await _read(response))
        except TimeoutError:
            raise ProducerFailed("webhook_silent", "The workflow did not answer in time.") from None
        except aiohttp.ClientError:
            raise ProducerFailed("webhook_away", "The workflow cannot be reached.", retryable=True) from None

    def _headers(self, delivery_id: str, body: bytes) -> dict[str, str]:
        now = datetime.now(UTC)
        return {
            "Content-Type": "application/json",
            "User-Agent": "bitworks-message",
            "webhook-id": delivery_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(delivery_id, now, body.decode()),
        }


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > ANSWER_LIMIT:
            raise ProducerFailed("webhook_error", "The workflow's answer is larger than 8 MiB.")
    return bytes(body)


def _refusal(status: int, headers: Mapping[str, str]) -> ProducerFailed:
    """Everything may be tried again but 410, which says that there is nobody any more."""
    detail = f"The workflow answered with status {status}."
    wait = retry_after(headers, datetime.now(UTC))
    return ProducerFailed("webhook_failed", detail, retryable=status != 410, retry_after=wait)


def _answer(content_type: str, body: bytes) -> tuple[str, Completion] | DeferredReply:
    """The answer, if the response has one: plain text, or an object with `content`.

    Everything else, such as the "Workflow was started" of n8n, only says that the request was taken.
    """
    if content_type == "text/plain" and body.strip():
        return body.decode("utf-8", "replace").replace("\x00", ""), Completion({})
    try:
        said = from_json(body) if body else None
    except ValueError:
        return DeferredReply()
    if not isinstance(said, dict):
        return DeferredReply()
    if isinstance(error := said.get("error"), str):
        raise ProducerFailed("webhook_error", error[:500])
    content = said.get("content")
    if not isinstance(content, str) or not content:
        return DeferredReply()
    title = said.get("title")
    return content.replace("\x00", ""), Completion(_metadata(said), title if isinstance(title, str) else None)


def _metadata(said: Json) -> Json:
    metadata = said.get("metadata")
    if not isinstance(metadata, dict):
        return {}
    return {name: value for name, value in metadata.items() if name not in OURS}
