"""The producer for a workflow of one's own: a signed POST (Standard Webhooks), replied to at once or later."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
from standardwebhooks import Webhook as Signer

from bitworks.core.encoding import to_json
from bitworks.features.history.records import ModelParameters
from bitworks.features.models.models import Model, models_named
from bitworks.features.replies.producers.producer import (
    Completion,
    DeferredReply,
    Output,
    ProducerFailed,
    ReplyRequest,
    Turn,
)
from bitworks.features.replies.producers.reply_requested import reply_requested
from bitworks.features.replies.producers.retry_after import retry_after
from bitworks.features.replies.producers.workflow_answer import WorkflowAnswer, refusal, reply_of

CONNECT_TIMEOUT = 10.0  # seconds
NAME = "webhook"
RESPONSE_LIMIT = 8 * 1024 * 1024  # bytes


@dataclass(frozen=True, slots=True)
class Workflow:
    """How to reach a workflow, and how it reaches this server."""

    url: str
    """Where requests are sent."""
    secret: str
    """The key that signs requests: `whsec_` and base64."""
    timeout: float
    """Seconds for the whole response."""
    public_url: str
    """The address of this server for the workflow, without a slash at its end."""
    models: tuple[str, ...] = ()
    """The models that a conversation may name, the default first; empty for the one model `webhook`."""


class Webhook:
    """Sends requests to a workflow. `delivery_id` is the `webhook-id` of every try of a reply."""

    can_reply = True
    can_complete = False
    keeps_dead_letters = True

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow
        self._signer = Signer(workflow.secret)
        timeout = aiohttp.ClientTimeout(total=workflow.timeout, sock_connect=CONNECT_TIMEOUT)
        self._http = aiohttp.ClientSession(timeout=timeout)

    async def reply(self, request: ReplyRequest) -> AsyncIterator[Output]:
        """One signed request: the whole text, or that it is deferred. Raises `ProducerFailed`."""
        reply = await self._deliver(
            request.delivery_id, to_json(reply_requested(request, self._workflow.public_url))
        )
        if isinstance(reply, DeferredReply):
            yield reply
            return
        text, completion = reply
        yield text
        yield completion

    async def complete(self, turns: Sequence[Turn], parameters: ModelParameters) -> str | None:
        """None: a workflow is asked for replies alone."""
        return None

    async def models(self) -> list[Model]:
        """The models of the settings. The workflow may heed `parameters.model` or not."""
        return models_named(self._workflow.models or (NAME,))

    async def close(self) -> None:
        """Closes the connections; requests under way fail."""
        await self._http.close()

    async def _deliver(self, delivery_id: str, body: bytes) -> tuple[str, Completion] | DeferredReply:
        headers = self._headers(delivery_id, body)
        try:
            async with self._http.post(
                self._workflow.url, data=body, headers=headers, allow_redirects=False
            ) as response:
                answer = WorkflowAnswer(
                    response.status, response.content_type, response.charset, await _read(response)
                )
                if not 200 <= response.status < 300:
                    raise refusal(answer, retry_after(response.headers, datetime.now(UTC)))
                return reply_of(answer)
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
        if len(body) > RESPONSE_LIMIT:
            raise ProducerFailed("webhook_error", "The workflow's answer is larger than 8 MiB.")
    return bytes(body)
