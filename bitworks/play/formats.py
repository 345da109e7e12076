"""Reads the lines of files, in any of three formats, into a plan. No I/O.

    {"prompt": {"text", "role", "message_id", "replies": […]}}   a tree: a conversation for each path
    {"question_id", "turns": […]}                                a question: its user turns
    {"question_id", "choices": [{"turns": […]}], "model_id"}     an answer: joined to its question

A turn that cannot be played is left out with all turns that follow it; those before it are played. An answer
needs its question among the files, in any order. A question with answers among the files is played with each
of them and not alone. The position of a message never changes, so an answer cannot be put between turns that
an earlier run has played: the answered question is a conversation of its own, beside the one that was played
alone when its answers were not given.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import orjson

from bitworks.play.plan import Plan, PlannedConversation, Skip, SourceLine, TurnRole, conversation

CONTENT_LIMIT = 1_000_000
"""Code points of a message that the server takes at most."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""What some programs write at the beginning of a file; it is no part of the first line."""
ROLES: dict[object, TurnRole] = {"prompter": "user", "assistant": "assistant"}
"""The roles in trees, and the role of the message that is played."""


@dataclass(frozen=True, slots=True)
class TreeMessage:
    """A message of a tree as the file has it: nothing but its being an object is checked."""

    id: object
    """`message_id`; None if it has none."""
    role: object
    """`role`, one of ROLES if it can be played."""
    text: object
    """`text`, a string if it can be played."""
    deleted: bool
    """Whether `deleted` is set."""
    replies: list[object]
    """`replies`, of any shape; empty if it is no list."""

    @classmethod
    def of(cls, value: object) -> "TreeMessage | None":
        """Returns the message in a JSON value, or None if it is no object."""
        if not isinstance(value, dict):
            return None
        replies = value.get("replies")
        return cls(
            id=value.get("message_id"),
            role=value.get("role"),
            text=value.get("text"),
            deleted=bool(value.get("deleted")),
            replies=replies if isinstance(replies, list) else [],
        )


@dataclass(frozen=True, slots=True)
class Tree:
    """A line with a tree of messages."""

    source: SourceLine
    """The line."""
    root: TreeMessage
    """The first message; the others are among its replies."""


@dataclass(frozen=True, slots=True)
class Question:
    """A line with the user turns of a question."""

    source: SourceLine
    """The line."""
    id: str
    """`question_id`, by which answers name it."""
    turns: list[object]
    """The texts of the user, in order; strings if they can be played."""


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """A line with the answer of a model to a question."""

    source: SourceLine
    """The line."""
    id: str
    """`question_id` of the question that it answers."""
    model: str
    """`model_id`; empty if it has none."""
    turns: list[object]
    """The texts of the model, one for each user turn; strings if they can be played."""


Entry = Tree | Question | ModelAnswer | Skip


def plan_files(files: Iterable[tuple[str, Iterable[bytes]]]) -> Plan:
    """Returns what to play of `files`: the name of each as it was given, and its lines."""
    entries = [entry for file, lines in files for entry in _entries(file, lines)]
    conversations: dict[str, PlannedConversation] = {}
    skips: list[Skip] = []
    for part in _parts(entries):
        if isinstance(part, Skip):
            skips.append(part)
        elif (first := conversations.setdefault(part.id, part)) is not part:
            reason = f"the same conversation as in {first.source}"
            skips.append(Skip(part.source, reason, 1, len(part.turns)))
    return Plan(tuple(conversations.values()), tuple(skips))


def _entries(file: str, lines: Iterable[bytes]) -> Iterator[Entry]:
    """Yields the entry of each line that is not empty."""
    for number, line in enumerate(lines, 1):
        text = (line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line).strip()
        if text:
            yield _entry(SourceLine(file, number), text)


def _entry(source: SourceLine, line: bytes) -> Entry:
    """Returns the entry of one line; a Skip if it has none of the three formats."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Skip(source, f"not JSON ({error.msg}, column {error.colno})", conversations=1)
    match value:
        case {"prompt": dict(prompt)} if (root := TreeMessage.of(prompt)) is not None:
            return Tree(source, root)
        case {"question_id": int() | str() as id_, "turns": list(turns)}:
            return Question(source, str(id_), turns)
        case {"question_id": int() | str() as id_, "choices": [{"turns": list(turns)}, *_]}:
            return ModelAnswer(source, str(id_), str(value.get("model_id", "")), turns)
    reason = "unknown shape: neither a message tree, nor a question, nor an answer"
    return Skip(source, reason, conversations=1)


def _parts(entries: list[Entry]) -> Iterator[PlannedConversation | Skip]:
    """Yields the conversations and what is left out, in the order of the entries."""
    questions: dict[str, list[Question]] = {}
    for entry in entries:
        if isinstance(entry, Question):
            questions.setdefault(entry.id, []).append(entry)
    answered = {entry.id for entry in entries if isinstance(entry, ModelAnswer)}
    for entry in entries:
        match entry:
            case Skip():
                yield entry
            case Tree():
                yield from _paths(entry)
            case ModelAnswer():
                yield from _answered(entry, questions.get(entry.id, []))
            case Question():
                if entry.id not in answered or _is_ambiguous(questions[entry.id]):
                    turns = [_SourceTurn(entry.source, "user", text) for text in entry.turns]
                    yield from _line(entry.source, ("question", entry.id), turns)


def _is_ambiguous(questions: list[Question]) -> bool:
    return any(question.turns != questions[0].turns for question in questions)


@dataclass(frozen=True, slots=True)
class _SourceTurn:
    """A turn as the file has it; its text may be no string."""

    source: SourceLine
    role: TurnRole
    text: object


def _answered(answer: ModelAnswer, questions: list[Question]) -> Iterator[PlannedConversation | Skip]:
    if not questions:
        reason = f"answer without question: no file given has the question {answer.id}"
        yield Skip(answer.source, reason, 1, len(answer.turns))
        return
    if _is_ambiguous(questions):
        sources = " and ".join(str(question.source) for question in questions)
        reason = f"the question {answer.id} is not the same in {sources}: play them apart"
        yield Skip(answer.source, reason, 1, len(answer.turns))
        return
    question = questions[0]
    turns: list[_SourceTurn] = []
    for number, text in enumerate(question.turns):
        turns.append(_SourceTurn(question.source, "user", text))
        turns += [_SourceTurn(answer.source, "assistant", text) for text in answer.turns[number : number + 1]]
    yield from _line(answer.source, ("answer", answer.id, answer.model), turns)
    if (surplus := len(answer.turns) - len(question.turns)) > 0:
        yield Skip(answer.source, "more answers than questions", messages=surplus)


def _line(
    source: SourceLine, key: tuple[str, ...], turns: list[_SourceTurn]
) -> Iterator[PlannedConversation | Skip]:
    """Yields a conversation without branches, up to the first turn that cannot be played."""
    if not turns:
        yield Skip(source, "no turns", conversations=1)
        return
    good: list[tuple[TurnRole, str]] = []
    for number, turn in enumerate(turns):
        if (fault := _fault(turn.text)) is not None:
            yield Skip(turn.source, fault, conversations=int(number == 0), messages=len(turns) - number)
            break
        good.append((turn.role, str(turn.text)))
    if good:
        yield conversation(source, key, good)


def _fault(text: object) -> str | None:
    """Returns why a text cannot be the content of a message; or None."""
    if not isinstance(text, str):
        return "a text that is not a string"
    if not text.strip():
        return "empty text"
    if len(text) > CONTENT_LIMIT:
        return f"content over the limit: {len(text):,} characters, at most {CONTENT_LIMIT:,} can be sent"
    if "\x00" in text:
        return "a text with the character U+0000"
    return None


@dataclass(frozen=True, slots=True)
class _Step:
    """A message of a tree that can be played, on its path from the root."""

    message: TreeMessage
    key: tuple[str, ...]
    """What identifies the path in its file: the ids, or positions, from the root to the message."""
    turns: list[tuple[TurnRole, str]]
    """The role and text of each message from the root to this one, which is the last."""


def _paths(tree: Tree) -> Iterator[PlannedConversation | Skip]:
    """Yields a conversation for each path from the root to a leaf. Not recursive: a tree may be deep."""
    if (fault := _fault_of_message(tree.root)) is not None:
        yield Skip(tree.source, fault, conversations=1, messages=1 + _size(tree.root.replies))
        return
    root_id = tree.root.id or f"line {tree.source.line}"
    waiting = [_Step(tree.root, ("tree", str(root_id)), [_turn(tree.root)])]
    while waiting:
        step = waiting.pop()
        following: list[_Step] = []
        for number, value in enumerate(step.message.replies):
            reply = TreeMessage.of(value)
            if reply is None:
                yield Skip(tree.source, "unknown shape: a reply that is not a message", messages=1)
            elif (fault := _fault_of_message(reply)) is not None:
                yield Skip(tree.source, fault, messages=1 + _size(reply.replies))
            else:
                key = (*step.key, str(reply.id or number))
                following.append(_Step(reply, key, [*step.turns, _turn(reply)]))
        if following:
            waiting += reversed(following)
        else:
            yield conversation(tree.source, step.key, step.turns)


def _turn(message: TreeMessage) -> tuple[TurnRole, str]:
    return ROLES[message.role], str(message.text)


def _fault_of_message(message: TreeMessage) -> str | None:
    """Returns why a message of a tree cannot be played, led by its id if it has one; or None."""
    name = f"message {message.id}: " if message.id else ""
    if message.deleted:
        return f"{name}deleted message"
    if not isinstance(message.role, str) or message.role not in ROLES:
        return f"{name}unknown role {message.role!r}"
    fault = _fault(message.text)
    return fault and name + fault


def _size(replies: list[object]) -> int:
    """Returns the number of replies and of all that hang on them. Not recursive: a tree may be deep."""
    count, waiting = 0, [*replies]
    while waiting:
        count += 1
        message = TreeMessage.of(waiting.pop())
        waiting += message.replies if message is not None else []
    return count
