"""The demonstration: writes a fixed text word by word, so that a newcomer sees text stream.

It speaks to who uses the server, who need not know how one is set up: that is said where `/config` is read.
"""

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator, Sequence

from bitworks.features.history.records import ModelParameters
from bitworks.features.models.models import Model, model_named
from bitworks.features.replies.producers.producer import Completion, Output, ReplyRequest, Turn

NAME = "demo"
PAUSE = 0.04  # seconds between words
QUOTED_CHARACTERS = 200  # of the question

ENGLISH = """\
**This is a demonstration: no model is connected to this server yet.** It only shows how an answer appears, word by \
word, on all your devices at once, and how any of them can stop it.

You wrote: “{question}”

Once a model is connected, it will answer here."""
SPANISH = """\
**Esto es una demostración: este servidor aún no tiene ningún modelo conectado.** Solo muestra cómo aparece una \
respuesta, palabra por palabra, en todos tus dispositivos a la vez, y cómo cualquiera de ellos puede detenerla.

Escribiste: «{question}»

Cuando haya un modelo conectado, responderá aquí."""
_WORD = re.compile(r"\s*\S+|\s+$")
# Small words, by which a question shows its language.
_ENGLISH_WORDS = frozenset(
    re.findall(
        r"\w+",
        "an and are can could do does for from give hello help hi how i in is it my of on or please some tell thanks "
        "that the these this to was what when where which who why with would write you your",
    )
)
_SPANISH_WORDS = frozenset(
    re.findall(
        r"\w+",
        "al algo buenas buenos como con cual cuales cuando cuanto dame de del donde ella en era es escribe esta este "
        "eso gracias haz hay hola la las le lo los mas mi muy para pero por porque puedes que quien quiero se si sobre "
        "son su te tu un una unas unos y ya",
    )
)


class Demo:
    """Replies to everything with the same few sentences, in the language of the question.

    `pause` is in seconds, after each word.
    """

    can_reply = True
    can_complete = False
    keeps_dead_letters = False

    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause

    async def reply(self, request: ReplyRequest) -> AsyncIterator[Output]:
        """The text, a word at a time."""
        question = request.question.content
        text = SPANISH if is_spanish(question) else ENGLISH
        for word in _WORD.findall(text.format(question=_quoted(question))):
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


def is_spanish(question: str) -> bool:
    """Returns whether a question is in Spanish rather than in English, in which all others are answered."""
    beginning = question[:1000].lower()
    if any(sign in beginning for sign in "¿¡ñ"):
        return True
    plain = unicodedata.normalize("NFD", beginning)
    words = re.findall(r"[a-z]+", "".join(c for c in plain if not unicodedata.combining(c)))
    return sum(word in _SPANISH_WORDS for word in words) > sum(word in _ENGLISH_WORDS for word in words)


def _title(request: ReplyRequest) -> str:
    """The first message of the user; a title is made of no more than its first words."""
    return next((turn.content for turn in request.turns if turn.role == "user"), request.question.content)


def _quoted(question: str) -> str:
    line = " ".join(question[: QUOTED_CHARACTERS + 1].split())
    return line if len(question) <= QUOTED_CHARACTERS else f"{line[:QUOTED_CHARACTERS]}…"
