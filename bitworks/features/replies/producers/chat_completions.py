"""The producer for any server of OpenAI's Chat Completions: OpenAI, Ollama, vLLM, LM Studio, OpenRouter."""

import asyncio
import codecs
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
import openai

from bitworks.features.history.records import ModelParameters
from bitworks.features.models.models import Model, model_named
from bitworks.features.replies.producers.answer_reader import AnswerReader
from bitworks.features.replies.producers.chat_messages import chat_message
from bitworks.features.replies.producers.dialects import Dialect, adapted, dialect_of
from bitworks.features.replies.producers.event_stream import LINE_LIMIT, EventStream
from bitworks.features.replies.producers.producer import (
    Output,
    ProducerFailed,
    ReplyRequest,
    Turn,
)
from bitworks.features.replies.producers.retry_after import retry_after
from bitworks.features.replies.producers.thoughts import without_thoughts
from bitworks.features.replies.producers.upstream_errors import away, failure, garbage, no_model, silent

CONNECT_TIMEOUT = 10.0  # seconds
MODELS_TIMEOUT = 5.0  # seconds
END_TIMEOUT = 0.5  # seconds from the word that a response is done to its end
DIALECTS_KEPT = 1_000  # models whose dialect was found out

Response = openai.AsyncAPIResponse[Any]


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
        self._completions = self._client.chat.completions.with_streaming_response
        self._dialect = dialect_of(self._client.base_url.host)
        self._dialects: dict[str, Dialect] = {}

    async def reply(self, request: ReplyRequest) -> AsyncIterator[Output]:
        """One streamed request: text as it comes. Raises `ProducerFailed`."""
        model = self._model(request.parameters)
        reader = AnswerReader(model, self._server.api_key)
        with self._failures():
            async with (
                self._asked(model, request.turns, request.parameters, stream=True) as response,
                aclosing(_texts(response, reader)) as texts,
            ):
                async for text in texts:
                    if text:
                        yield text
        yield reader.completion()

    async def complete(self, turns: Sequence[Turn], parameters: ModelParameters) -> str | None:
        """One request that is not streamed, without what the model thought. Raises `ProducerFailed`."""
        model = self._model(parameters)
        reader = AnswerReader(model, self._server.api_key)
        with self._failures():
            async with self._asked(model, turns, parameters, stream=False) as response:
                text = reader.take_whole(await _whole(_bytes(response)))
        reader.completion()
        return without_thoughts(text) or None

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

    @asynccontextmanager
    async def _asked(
        self, model: str, turns: Sequence[Turn], parameters: ModelParameters, *, stream: bool
    ) -> AsyncIterator[Response]:
        """The response to a request, in the dialect that the model takes, which is remembered."""
        # Beside the library's own argument, for which it walks through every message by its type: a millisecond each.
        body = {"messages": [chat_message(turn) for turn in turns]}
        tried: list[Dialect] = [self._dialects.get(model, self._dialect)]
        async with AsyncExitStack() as stack:
            while True:
                options = _options(tried[-1], parameters, stream=stream)
                asked = self._completions.create(model=model, messages=[], extra_body=body, **options)
                try:
                    response = await stack.enter_async_context(asked)
                    break
                except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                    other = adapted(tried[-1], error.body, options)
                    if other is None or other in tried:
                        raise
                    tried.append(other)
            if len(tried) > 1 and len(self._dialects) < DIALECTS_KEPT:
                self._dialects[model] = tried[-1]
            yield response

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
            raise silent() from None
        except openai.APIConnectionError:
            raise away() from None
        except openai.APIStatusError as error:
            wait = retry_after(error.response.headers, datetime.now(UTC))
            raise failure(error.body, error.status_code, wait, self._server.api_key) from None
        except openai.APIError as error:
            raise failure(error.body, key=self._server.api_key) from None
        except (ValueError, TypeError, AttributeError, LookupError):
            raise garbage() from None


def _options(dialect: Dialect, parameters: ModelParameters, *, stream: bool) -> dict[str, Any]:
    """The parameters of a request, beside its model and messages."""
    options: dict[str, Any] = {"stream": stream}
    if stream and dialect.counts_usage:
        options["stream_options"] = {"include_usage": True}
    if (temperature := parameters.get("temperature")) is not None:
        options["temperature"] = temperature
    if (top_p := parameters.get("top_p")) is not None:
        options["top_p"] = top_p
    if (most := parameters.get("max_output_tokens")) is not None:
        options[dialect.limit] = most
    return options


async def _texts(response: Response, reader: AnswerReader) -> AsyncGenerator[str, None]:
    """The texts of a response: of a stream, or of an answer in one piece, whatever the response says that it is."""
    body = _bytes(response)
    begun = await _beginning(body)
    if begun.startswith(b"<"):
        raise no_model()
    if begun.startswith(b"{"):
        yield reader.take_whole(begun + await _whole(body))
        return
    events = EventStream()
    for data in events.feed(begun):
        yield reader.take(data)
    while not reader.done and (received := await anext(body, None)) is not None:
        for data in events.feed(received):
            yield reader.take(data)
    for data in events.end():
        yield reader.take(data)
    await _let_end(body)


async def _beginning(body: AsyncIterator[bytes]) -> bytes:
    """The first bytes that are no white space and no byte order mark; none if there are none."""
    async for received in body:
        if begun := received.removeprefix(codecs.BOM_UTF8).lstrip():
            return begun
    return b""


async def _whole(body: AsyncIterator[bytes]) -> bytes:
    """All bytes. Raises ValueError for more than an answer has."""
    received = bytearray()
    async for some in body:
        received += some
        if len(received) > LINE_LIMIT:
            raise ValueError("more than an answer has")
    return bytes(received)


async def _let_end(body: AsyncIterator[bytes]) -> None:
    """Reads to the end of a response that said it was done: then its connection serves the next request too."""
    with contextlib.suppress(TimeoutError, ProducerFailed):
        async with asyncio.timeout(END_TIMEOUT):
            await _whole(body)


async def _bytes(response: Response) -> AsyncIterator[bytes]:
    """The bytes of a response as they come. Raises `ProducerFailed`."""
    try:
        async for received in response.iter_bytes():
            yield received
    except httpx2.TimeoutException:
        raise silent() from None
    except Exception:  # noqa: BLE001 - what transports raise of a connection that broke off has no common class
        raise away() from None
