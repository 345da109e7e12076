"""Any server that speaks OpenAI's Chat Completions: OpenAI, Ollama, vLLM, LM Studio, OpenRouter."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import openai
from openai.types.chat import ChatCompletionChunk

from bitworks.core.records import Json
from bitworks.features.models.models import Model, model_named
from bitworks.features.replies.producers.producer import (
    Completion,
    Output,
    ProducerFailed,
    ReplyRequest,
    Turn,
)
from bitworks.features.replies.producers.retry_after import retry_after

CONNECT_TIMEOUT = 10.0  # seconds
MODELS_TIMEOUT = 5.0  # seconds
DETAIL_CHARACTERS = 500
OFFICIAL_HOST = "api.openai.com"


@dataclass(frozen=True, slots=True)
class ChatServer:
    """Where it is, and what may be asked of it. `silence` is how long it may say nothing, in seconds."""

    base_url: str | None
    api_key: str | None
    model: str
    models: tuple[str, ...]
    silence: float


class ChatCompletions:
    """One client for all replies. What a person chooses never reaches the address, the key or the headers."""

    can_reply = True
    can_complete = True
    keeps_dead_letters = False

    def __init__(self, server: ChatServer) -> None:
        self._server = server
        self._client = openai.AsyncOpenAI(
            base_url=server.base_url,
            api_key=server.api_key or "none",
            # Tries are counted and waited for where they survive this process.
            max_retries=0,
            timeout=openai.Timeout(server.silence, connect=min(CONNECT_TIMEOUT, server.silence)),
        )
        # Imports its types now, and not in the event loop at the first question.
        self._completions = self._client.chat.completions

    async def reply(self, request: ReplyRequest) -> AsyncIterator[Output]:
        options = self._options(request.parameters)
        heard = _Heard(options["model"])
        with self._failures():
            stream = await self._completions.create(
                messages=[_message(turn) for turn in request.turns],
                stream=True,
                stream_options={"include_usage": True},
                **options,
            )
            async with stream:
                async for chunk in stream:
                    if text := heard.take(chunk):
                        yield text
        yield heard.completion()

    async def complete(self, turns: Sequence[Turn], parameters: Json) -> str | None:
        with self._failures():
            completion = await self._completions.create(
                messages=[_message(turn) for turn in turns], stream=False, **self._options(parameters)
            )
            text: str | None = completion.choices[0].message.content
        return text

    async def models(self) -> list[Model]:
        """Those of the settings; else what the server has, the default first."""
        default = self._server.model
        names = self._server.models or await self._known_to_server()
        return [model_named(name, default=name == default) for name in dict.fromkeys((default, *names))]

    async def close(self) -> None:
        await self._client.close()

    async def _known_to_server(self) -> list[str]:
        """Nothing while it cannot be asked: the default is known anyway."""
        try:
            with self._failures():
                page = await self._client.models.list(timeout=MODELS_TIMEOUT)
                return sorted(str(model.id) for model in page.data)
        except ProducerFailed:
            return []

    def _options(self, parameters: Json) -> dict[str, Any]:
        options = {"model": self._model(parameters)}
        for name in ("temperature", "top_p"):
            if parameters.get(name) is not None:
                options[name] = parameters[name]
        if (most := parameters.get("max_output_tokens")) is not None:
            # OpenAI's newer models refuse the name that everybody else understands.
            official = self._client.base_url.host == OFFICIAL_HOST
            options["max_completion_tokens" if official else "max_tokens"] = most
        return options

    def _model(self, parameters: Json) -> str:
        chosen: str = parameters.get("model") or self._server.model
        if self._server.models and chosen not in (self._server.model, *self._server.models):
            raise ProducerFailed("model_not_allowed", f"The model {chosen} is not among those allowed here.")
        return chosen

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Turns what the library raises into what replies know."""
        try:
            yield
        except openai.APITimeoutError:
            raise ProducerFailed("upstream_silent", "The model's server is silent.", retryable=True) from None
        except openai.APIConnectionError:
            raise ProducerFailed(
                "upstream_away", "The model's server cannot be reached, or broke off.", retryable=True
            ) from None
        except openai.APIStatusError as error:
            raise self._refusal(error) from None
        except openai.APIError as error:
            raise ProducerFailed("upstream_error", self._safe(error.message), retryable=True) from None
        except (ValueError, TypeError, AttributeError, LookupError):
            raise ProducerFailed(
                "upstream_garbage", "The model's server sent what is no answer.", retryable=True
            ) from None

    def _refusal(self, error: openai.APIStatusError) -> ProducerFailed:
        status = error.status_code
        if status == 429 and error.code != "insufficient_quota":
            wait = retry_after(error.response.headers, datetime.now(UTC))
            return ProducerFailed(
                "upstream_busy", "The model's server is busy.", retryable=True, retry_after=wait
            )
        if status >= 500 or status in (408, 409):
            wait = retry_after(error.response.headers, datetime.now(UTC))
            detail = f"The model's server failed with status {status}."
            return ProducerFailed("upstream_error", detail, retryable=True, retry_after=wait)
        if status in (401, 403):
            return ProducerFailed("upstream_refused", "The model's server does not accept this server's key.")
        return ProducerFailed("upstream_refused", self._safe(error.message))

    def _safe(self, message: str) -> str:
        """What a server said, without the key it may have repeated."""
        key = self._server.api_key
        return (message.replace(key, "…") if key else message)[:DETAIL_CHARACTERS]


class _Heard:
    """What a stream has said so far, beside its text."""

    def __init__(self, model: str) -> None:
        self._metadata: Json = {"model": model}
        self._finished = False

    def take(self, chunk: ChatCompletionChunk) -> str:
        """The text of a chunk; what else it says is kept for the end."""
        if chunk.model:
            self._metadata["model"] = str(chunk.model)
        if chunk.usage is not None:
            self._metadata["usage"] = _usage(chunk.usage)
        if not chunk.choices:
            return ""
        choice = chunk.choices[0]
        if choice.finish_reason is not None:
            self._metadata["finish_reason"] = str(choice.finish_reason)
            self._finished = True
        return _text(choice.delta.content)

    def completion(self) -> Completion:
        """Raises unless the stream came to its end: many servers just close when they fail."""
        if not self._finished:
            raise ProducerFailed("upstream_away", "The model's server broke off.", retryable=True)
        return Completion(self._metadata)


def _text(content: object) -> str:
    if content is None:
        return ""
    if not isinstance(content, str):
        raise TypeError("not text")
    # PostgreSQL's text knows no U+0000.
    return content.replace("\x00", "")


def _usage(usage: Any) -> Json:
    counts = {
        name: getattr(usage, name, None) for name in ("prompt_tokens", "completion_tokens", "total_tokens")
    }
    return {name: count for name, count in counts.items() if isinstance(count, int)}


def _message(turn: Turn) -> Any:
    message: dict[str, Any] = {"role": turn.role, "content": turn.content}
    if turn.role == "assistant" and turn.metadata.get("tool_calls"):
        message["tool_calls"] = turn.metadata["tool_calls"]
    if turn.role == "tool":
        # Without the call that it answers, a tool's message is refused.
        if turn.metadata.get("tool_call_id"):
            message["tool_call_id"] = turn.metadata["tool_call_id"]
        else:
            message["role"] = "user"
    return message
