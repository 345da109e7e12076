"""The demonstration: writes a fixed text word by word, so that a newcomer sees text stream."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence

from bitworks.features.history.records import ModelParameters
from bitworks.features.models.models import Model, model_named
from bitworks.features.replies.producers.producer import Completion, Output, ReplyRequest, Turn

NAME = "demo"
PAUSE = 0.04  # seconds between words
QUOTED_CHARACTERS = 200  # of the question

TEXT = """\
**This is the demonstration producer, not a model.** It only shows how an answer streams to every tab \
and device you have open, and how one of them can stop it.

You wrote: “{question}”

For real answers point `REPLY_BASE_URL` and `REPLY_MODEL` at any OpenAI-compatible server, such as \
Ollama, or `WEBHOOK_URL` at a workflow of your own, and start again. `docs/replies.md` shows both."""

_WORD = re.compile(r"\s*\S+|\s+$")


class Demo:
    """Replies to everything with the same few sentences. `pause` is in seconds, after each word."""

    can_reply = True
    can_complete = False
    keeps_dead_letters = False

    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause

    async def reply(self, request: ReplyRequest) -> AsyncIterator[Output]:
        """The text, a word at a time."""
        for word in _WORD.findall(TEXT.format(question=_quoted(request.question.content))):
            yield word
            await asyncio.sleep(self._pause)
        yield Completion({"model": NAME, "finish_reason": "stop"}, _title(request))

    async def complete(self, turns: Sequence[Turn], parameters: ModelParameters) -> str | None:
        """None: it writes no titles and no summaries."""
        return None

    async def models(self) -> list[Model]:
        """The one model `demo`."""
        return [model_named(NAME, default=True)]

    async def close(self) -> None:
        """Does nothing: it has no connections."""


def _title(request: ReplyRequest) -> str:
    """The first message of the user; a title is made of no more than its first words."""
    return next((turn.content for turn in request.turns if turn.role == "user"), request.question.content)


def _quoted(question: str) -> str:
    line = " ".join(question[: QUOTED_CHARACTERS + 1].split())
    return line if len(question) <= QUOTED_CHARACTERS else f"{line[:QUOTED_CHARACTERS]}…"
