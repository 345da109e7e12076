"""The plan: the conversations to be played, and what is left out.

Ids are digests (UUID version 5) of what identifies a record, so that playing again changes nothing:

    conversation   the file's name, and its key in the file: the path of a tree from its root to a leaf,
                   or a question, or an answer
    message        its conversation, and the number of its turn

The file's name is without its directory: a copy elsewhere is the same file, a renamed one is another.
"""

import json
import re
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal
from uuid import UUID, uuid5

NAMESPACE = UUID("6f1f7c1e-6a55-5c0e-9a53-0f2d3c1b7a90")
"""The namespace of the ids. With another one, all that was ever played would be played again."""
TITLE_LENGTH = 100
"""Code points of a title, at most."""
ENOUGH_OF_A_TITLE = 20
"""Code points from which on a sentence is a title by itself."""
# Where a sentence may end, unless what follows goes on in lower case.
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*(?=\s)|[。！？]|\n")

TurnRole = Literal["user", "assistant"]
"""The roles of messages that are played."""


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a file."""

    file: str
    """The file as it was given on the command line."""
    line: int
    """The number of the line, from 1."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    @property
    def name(self) -> str:
        """The name of the file, without its directory."""
        return PurePath(self.file).name


@dataclass(frozen=True, slots=True)
class PlannedTurn:
    """A message to be created."""

    id: str
    """Its id, a UUID."""
    role: TurnRole
    """Its role."""
    content: str
    """Its text, exactly as the file has it."""


@dataclass(frozen=True, slots=True)
class PlannedConversation:
    """A conversation to be created, with its messages."""

    id: str
    """Its id, a UUID."""
    title: str
    """Its title, of at most TITLE_LENGTH code points."""
    turns: tuple[PlannedTurn, ...]
    """Its messages in their order; at least one."""
    source: SourceLine
    """The line that it was made of."""


@dataclass(frozen=True, slots=True)
class Skip:
    """What of a line is left out, and why."""

    source: SourceLine
    """The line."""
    reason: str
    """Why, in words for people."""
    conversations: int = 0
    """Whole conversations that are left out."""
    messages: int = 0
    """Messages that are left out, with or without their conversation."""

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What of some files is played, and what is not."""

    conversations: tuple[PlannedConversation, ...]
    """The conversations in the order of the files; no two have one id."""
    skips: tuple[Skip, ...]
    """What is left out, in the order of the files."""


def conversation(
    source: SourceLine, key: tuple[str, ...], turns: list[tuple[TurnRole, str]]
) -> PlannedConversation:
    """Makes a conversation of at least one turn, with its ids and title. `key` identifies it in its file."""
    id_ = uuid5(NAMESPACE, json.dumps([source.name, *key]))
    return PlannedConversation(
        str(id_),
        title_of(next((text for role, text in turns if role == "user"), turns[0][1])),
        tuple(PlannedTurn(str(uuid5(id_, str(n))), role, text) for n, (role, text) in enumerate(turns)),
        source,
    )


def title_of(text: str) -> str:
    """Returns the first sentence of the text, or as many of its words as fit and "…", as the server names by itself."""
    line = _first_sentence(text[: 10 * TITLE_LENGTH].strip())
    if len(line) > TITLE_LENGTH:
        room = line[:TITLE_LENGTH]
        return (room.rpartition(" ")[0].rstrip(" .,;:。、") or room[:-1]) + "…"
    return line.rstrip(" .,;:。、") or line


def _first_sentence(text: str) -> str:
    for end in _SENTENCE_END.finditer(text):
        sentence = " ".join(text[: end.end()].split())
        if len(sentence) >= ENOUGH_OF_A_TITLE and not text[end.end() :].lstrip()[:1].islower():
            return sentence
    return " ".join(text.split())
