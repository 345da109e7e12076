"""The producer for any server of OpenAI's Chat Completions: OpenAI, Ollama, vLLM, LM Studio, OpenRouter."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NotRequired, cast

import openai
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk
from typing_extensions import TypedDict

from bitworks.features.history.records import ModelParameters
from bitworks.features.models.models import Model, model_named
from bitworks.features.replies.producers.chat_messages import chat_message
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
DETAIL_CHARACTERS = 500  # of a server's message, kept in the message's metadata
OFFICIAL_HOST = "api.openai.com"


@dataclass(frozen=True, slots=True)
class ChatServer:
    """How to reach a server."""

    base_url: str | None
    """The address of the server, up to and with its /v1; None for OpenAI's own."""
    api_key: str | None
    """The key of the server; None where it needs none."""
    model: str
    """The model of a conversation that names none."""
    models: tuple[str, ...]
    """The models that a conversation may name; empty for any."""
    silence: float
    """Seconds without a byte after which a request has failed."""


class ChatCompletions:
    """One client for all replies. No parameter of a conversation reaches the address, the key or the headers."""

    can_reply = True
    can_complete = True
    keeps_dead_letters = False

    def __init__(self, server: ChatServer) -> None:
        self._server = server
        self._client = openai.AsyncOpenAI(
            base_url=server.base_url,
            api_key=server.api_key or "none",
            # Tries are counted in PostgreSQL, where they survive this process.
            max_retries=0,
            timeout=openai.Timeout(server.silence, connect=min(CONNECT_TIMEOUT, server.silence)),
        )
        # Imports its types now: it takes so long that the first question would hold up the event loop.
        self._completions = self._client.chat.completions

    async def reply(self, request: ReplyRequest) -> AsyncIterator[Output]:
        """One streamed request: text as it comes. Raises `ProducerFailed`."""
        options = self._options(request.parameters)
        reader = _StreamReader(options["model"])
        with self._failures():
            stream = await self._completions.create(
                messages=_messages(request.turns),
                stream=True,
                stream_options={"include_usage": True},
                **options,
            )
            async with stream:
                async for chunk in stream:
                    if text := reader.take(chunk):
                        yield text
        yield reader.completion()

    async def complete(self, turns: Sequence[Turn], parameters: ModelParameters) -> str | None:
        """One request that is not streamed. Raises `ProducerFailed`."""
        with self._failures():
            completion = await self._completions.create(
                messages=_messages(turns), stream=False, **self._options(parameters)
            )
            text: str | None = completion.choices[0].message.content
        return text

    async def models(self) -> list[Model]:
        """The models of the settings, else those that the server lists; the default first."""
        default = self._server.model
        names = self._server.models or await self._known_to_server()
        return [model_named(name, default=name == default) for name in dict.fromkeys((default, *names))]

    async def close(self) -> None:
        """Closes the connections; requests under way fail."""
        await self._client.close()

    async def _known_to_server(self) -> list[str]:
        """The names that the server lists, sorted; none while it cannot be reached, as the default is known anyway."""
        try:
            with self._failures():
                page = await self._client.models.list(timeout=MODELS_TIMEOUT)
                return sorted(str(model.id) for model in page.data)
        except ProducerFailed:
            return []

    def _options(self, parameters: ModelParameters) -> dict[str, Any]:
        options: dict[str, Any] = {"model": self._model(parameters)}
        if (temperature := parameters.get("temperature")) is not None:
            options["temperature"] = temperature
        if (top_p := parameters.get("top_p")) is not None:
            options["top_p"] = top_p
        if (most := parameters.get("max_output_tokens")) is not None:
            # OpenAI's newer models refuse the name that all other servers understand.
            official = self._client.base_url.host == OFFICIAL_HOST
            options["max_completion_tokens" if official else "max_tokens"] = most
        return options

    def _model(self, parameters: ModelParameters) -> str:
        chosen = parameters.get("model") or self._server.model
        if self._server.models and chosen not in (self._server.model, *self._server.models):
            raise ProducerFailed("model_not_allowed", f"The model {chosen} is not among those allowed here.")
        return chosen

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """Turns the library's errors into `ProducerFailed`."""
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
        """A server's message, without the key, which it may repeat."""
        key = self._server.api_key
        return (message.replace(key, "…") if key else message)[:DETAIL_CHARACTERS]


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


class _StreamReader:
    """Takes the chunks of a stream: gives their text, and collects what becomes metadata."""

    def __init__(self, model: str) -> None:
        self._metadata: ChatMetadata = {"model": model}

    def take(self, chunk: ChatCompletionChunk) -> str:
        """The text of a chunk, which may be empty; the rest of it is kept for the completion."""
        if chunk.model:
            self._metadata["model"] = str(chunk.model)
        if chunk.usage is not None:
            self._metadata["usage"] = _usage(chunk.usage)
        if not chunk.choices:
            return ""
        choice = chunk.choices[0]
        if choice.finish_reason is not None:
            self._metadata["finish_reason"] = str(choice.finish_reason)
        return _text(choice.delta.content)

    def completion(self) -> Completion:
        """The end of the reply. Raises `ProducerFailed` unless the stream came to its end.

        Many servers just close the connection when they fail.
        """
        if "finish_reason" not in self._metadata:
            raise ProducerFailed("upstream_away", "The model's server broke off.", retryable=True)
        return Completion(dict(self._metadata))


def _text(content: object) -> str:
    if content is None:
        return ""
    if not isinstance(content, str):
        raise TypeError("not text")
    # PostgreSQL's text cannot hold U+0000.
    return content.replace("\x00", "")


def _usage(usage: CompletionUsage) -> TokenUsage:
    """Only what is a number: not every server sends what the library's types promise."""
    counts = {name: getattr(usage, name, None) for name in TokenUsage.__annotations__}
    return cast("TokenUsage", {name: count for name, count in counts.items() if isinstance(count, int)})


def _messages(turns: Sequence[Turn]) -> Any:
    return [chat_message(turn) for turn in turns]
