"""What is to be played, and what is left out.

Ids are made of what they stand for, so that playing again changes nothing:

    conversation   the file's name, and what it is in the file: the path of a tree from its root to a
                   leaf, or a question, or an answer
    message        its conversation, and which turn it is

The file's name without its directory: a copy elsewhere is the same file, a renamed one is another.
"""

import json
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal
from uuid import UUID, uuid5

# With another one everything that was ever played would be played again.
NAMESPACE = UUID("6f1f7c1e-6a55-5c0e-9a53-0f2d3c1b7a90")
TITLE_LENGTH = 60

TurnRole = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A line of a file, named as it was given. Lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    @property
    def name(self) -> str:
        return PurePath(self.file).name


@dataclass(frozen=True, slots=True)
class PlannedTurn:
    id: str
    role: TurnRole
    content: str


@dataclass(frozen=True, slots=True)
class PlannedConversation:
    """Turns in the order in which they were said; at least one."""

    id: str
    title: str
    turns: tuple[PlannedTurn, ...]
    source: SourceLine


@dataclass(frozen=True, slots=True)
class Skip:
    """What is left out: so many whole conversations, so many messages in all, and why."""

    source: SourceLine
    reason: str
    conversations: int = 0
    messages: int = 0

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Plan:
    conversations: tuple[PlannedConversation, ...]
    skips: tuple[Skip, ...]


def conversation(
    source: SourceLine, key: tuple[str, ...], turns: list[tuple[TurnRole, str]]
) -> PlannedConversation:
    """A conversation with its ids. `key` is what it is in its file."""
    id_ = uuid5(NAMESPACE, json.dumps([source.name, *key]))
    return PlannedConversation(
        str(id_),
        title_of(next((text for role, text in turns if role == "user"), turns[0][1])),
        tuple(PlannedTurn(str(uuid5(id_, str(n))), role, text) for n, (role, text) in enumerate(turns)),
        source,
    )


def title_of(text: str) -> str:
    """The text in one line, cut at the end of a word where it is longer than a title."""
    line = " ".join(text.split())
    if len(line) <= TITLE_LENGTH:
        return line
    room = TITLE_LENGTH - len("…")
    # One character more, because a word may end exactly where the room does.
    words = line[: room + 1].rpartition(" ")[0]
    return (words or line[:room]) + "…"
