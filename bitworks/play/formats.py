"""From lines to a plan: what each file format means. No I/O.

    {"prompt": {"text", "role", "message_id", "replies": […]}}   a tree: a conversation for each path
    {"question_id", "turns": […]}                                a question: its user turns
    {"question_id", "choices": [{"turns": […]}], "model_id"}     an answer: joined to its question

A turn that cannot be played is left out with everything that follows from it; what was said before it is
played. An answer needs its question among the files, whichever comes first. A question that is answered
there is played with each of its answers and not alone. Positions never change, so an answer cannot be
put between turns that were played before: the answered question is a conversation of its own, beside
the one that was played alone when its answers were not given.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from bitworks.play.plan import Plan, PlannedConversation, Skip, SourceLine, TurnRole, conversation

# As the server has it, in code points.
CONTENT_LIMIT = 1_000_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
ROLES: dict[object, TurnRole] = {"prompter": "user", "assistant": "assistant"}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tree:
    source: SourceLine
    prompt: Json


@dataclass(frozen=True, slots=True)
class Question:
    source: SourceLine
    id: str
    turns: list[object]


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    source: SourceLine
    id: str
    model: str
    turns: list[object]


Entry = Tree | Question | ModelAnswer | Skip


def plan(files: Iterable[tuple[str, Iterable[bytes]]]) -> Plan:
    """What to play of these files: each as it was named, and its lines."""
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
    """What each line is; empty ones are nothing."""
    for number, line in enumerate(lines, 1):
        text = (line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line).strip()
        if text:
            yield _entry(SourceLine(file, number), text)


def _entry(source: SourceLine, line: bytes) -> Entry:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return Skip(source, f"not JSON ({error.msg}, column {error.colno})", conversations=1)
    match value:
        case {"prompt": dict(prompt)}:
            return Tree(source, prompt)
        case {"question_id": int() | str() as id_, "turns": list(turns)}:
            return Question(source, str(id_), turns)
        case {"question_id": int() | str() as id_, "choices": [{"turns": list(turns)}, *_]}:
            return ModelAnswer(source, str(id_), str(value.get("model_id", "")), turns)
    reason = "unknown shape: neither a message tree, nor a question, nor an answer"
    return Skip(source, reason, conversations=1)


def _parts(entries: list[Entry]) -> Iterator[PlannedConversation | Skip]:
    """Conversations and what is left out, in the order of the entries."""
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
                    turns = [_Said(entry.source, "user", text) for text in entry.turns]
                    yield from _line(entry.source, ("question", entry.id), turns)


def _is_ambiguous(questions: list[Question]) -> bool:
    return any(question.turns != questions[0].turns for question in questions)


@dataclass(frozen=True, slots=True)
class _Said:
    """A turn as the file has it."""

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
    turns: list[_Said] = []
    for number, text in enumerate(question.turns):
        turns.append(_Said(question.source, "user", text))
        turns += [_Said(answer.source, "assistant", text) for text in answer.turns[number : number + 1]]
    yield from _line(answer.source, ("answer", answer.id, answer.model), turns)
    if (surplus := len(answer.turns) - len(question.turns)) > 0:
        yield Skip(answer.source, "more answers than questions", messages=surplus)


def _line(
    source: SourceLine, key: tuple[str, ...], turns: list[_Said]
) -> Iterator[PlannedConversation | Skip]:
    """A conversation without branches, up to the first turn that cannot be played."""
    if not turns:
        yield Skip(source, "no turns", conversations=1)
        return
    good: list[tuple[TurnRole, str]] = []
    for number, said in enumerate(turns):
        if (fault := _fault(said.text)) is not None:
            yield Skip(said.source, fault, conversations=int(number == 0), messages=len(turns) - number)
            break
        good.append((said.role, str(said.text)))
    if good:
        yield conversation(source, key, good)


def _fault(text: object) -> str | None:
    """Why a text cannot be the content of a message, or None."""
    if not isinstance(text, str):
        return "a text that is not a string"
    if not text.strip():
        return "empty text"
    if len(text) > CONTENT_LIMIT:
        return f"content over the limit: {len(text):,} characters, at most {CONTENT_LIMIT:,} can be sent"
    if "\x00" in text:
        return "a text with the character U+0000"
    return None


# A message, the ids from the root to it, and what was said from the root to it.
_Step = tuple[Json, tuple[str, ...], list[tuple[TurnRole, str]]]


def _paths(tree: Tree) -> Iterator[PlannedConversation | Skip]:
    """A conversation for each path from the root to a leaf. Not recursive: a tree may be deep."""
    if (fault := _fault_of_node(tree.prompt)) is not None:
        yield Skip(tree.source, fault, conversations=1, messages=_size(tree.prompt))
        return
    root = tree.prompt.get("message_id") or f"line {tree.source.line}"
    start: _Step = (tree.prompt, ("tree", str(root)), [_said(tree.prompt)])
    waiting = [start]
    while waiting:
        node, key, said = waiting.pop()
        following: list[_Step] = []
        for number, reply in enumerate(_replies(node)):
            if (fault := _fault_of_node(reply)) is not None:
                yield Skip(tree.source, fault, messages=_size(reply))
                continue
            step = str(reply.get("message_id") or number)
            following.append((reply, (*key, step), [*said, _said(reply)]))
        if following:
            waiting += reversed(following)
        else:
            yield conversation(tree.source, key, said)


def _said(node: Json) -> tuple[TurnRole, str]:
    return ROLES[node["role"]], node["text"]


def _replies(node: object) -> list[Any]:
    replies = node.get("replies") if isinstance(node, dict) else None
    return replies if isinstance(replies, list) else []


def _fault_of_node(node: object) -> str | None:
    """Why a message of a tree cannot be played, or None. It is named by its id where it has one."""
    if not isinstance(node, dict):
        return "unknown shape: a reply that is not a message"
    name = f"message {node['message_id']}: " if node.get("message_id") else ""
    if node.get("deleted"):
        return f"{name}deleted message"
    role = node.get("role")
    if not isinstance(role, str) or role not in ROLES:
        return f"{name}unknown role {role!r}"
    fault = _fault(node.get("text"))
    return fault and name + fault


def _size(node: object) -> int:
    """How many messages hang together here."""
    count, waiting = 0, [node]
    while waiting:
        count += 1
        waiting += _replies(waiting.pop())
    return count
