"""Makes of the messages of a window a request that every model accepts. Pure.

What is kept in a conversation is not always what may be sent: an answer that broke off before its first word, a call
whose result was deleted, a system message in the middle. Servers refuse a request for each of these, and would refuse
every later question of the conversation too. So what is sent has

- one `system` turn, at the beginning, with the text of all of them;
- `user` and `assistant` in turn after that, beginning with `user`;
- no turn without text or calls, but the question itself;
- every call of a tool with its result right behind it, and no result without its call;
- one answer to a question, the last that has text.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bitworks.features.replies.producers.producer import Turn, TurnMetadata

# Stands before an answer that begins a conversation, or what is left of one: templates refuse what no user began.
NOTHING_SAID = Turn("user", "…")
# PARAGRAPH: between texts that become one turn.
PARAGRAPH = "\n\n"


def acceptable(turns: Sequence[Turn]) -> list[Turn]:
    """The turns as a model is sent them, in order."""
    system = [turn.content for turn in turns if turn.role == "system" and turn.content.strip()]
    spoken = [turn for turn in turns if turn.role != "system"]
    talk = _in_turn(_with_text(_paired(_answered_once(spoken))))
    if talk and talk[0].role == "assistant":
        talk = [NOTHING_SAID, *talk]
    return [*([Turn("system", PARAGRAPH.join(system))] if system else []), *talk]


def _answered_once(turns: Sequence[Turn]) -> list[Turn]:
    """Of several answers to one question the last that has text, in the place of the first that has."""
    last = {question: turn for turn in turns if (question := _answers(turn)) is not None}
    kept: list[Turn] = []
    for turn in turns:
        question = _answers(turn)
        if question is None:
            kept.append(turn)
        elif (answer := last.pop(question, None)) is not None:
            kept.append(answer)
    return kept


def _answers(turn: Turn) -> object | None:
    """The question that a turn answers with text alone; None for any other. One with calls is a step of several."""
    if turn.role != "assistant" or not turn.content.strip() or _calls(turn):
        return None
    question = turn.metadata.get("reply_to")
    return question if isinstance(question, str) else None


def _paired(turns: Sequence[Turn]) -> Iterator[Turn]:
    """Every call with its result right behind it; calls without one are left out, results without a call are said."""
    results = _results(turns)
    known = {id_ for _, id_ in results}
    for number, turn in enumerate(turns):
        if turn.role == "assistant":
            answered = [call for call in _calls(turn) if (number, call["id"]) in results]
            yield replace(turn, metadata=TurnMetadata(tool_calls=answered) if answered else TurnMetadata())
            yield from (results[number, call["id"]] for call in answered)
        elif turn.role == "tool":
            if _called_by(turn) not in known:
                yield Turn("user", turn.content)
        else:
            yield Turn(turn.role, turn.content)


def _results(turns: Sequence[Turn]) -> dict[tuple[int, str], Turn]:
    """The last result of each call, by the number of the turn that made it and the call's id.

    A result is of the nearest earlier call of its id: some servers begin to count anew with each answer.
    """
    callers: dict[str, int] = {}
    results: dict[tuple[int, str], Turn] = {}
    for number, turn in enumerate(turns):
        callers.update((call["id"], number) for call in _calls(turn))
        if (id_ := _called_by(turn)) in callers:
            results[callers[id_], id_] = turn
    return results


def _called_by(turn: Turn) -> str:
    """The id of the call that a result answers; empty for any other turn."""
    id_ = turn.metadata.get("tool_call_id")
    return id_ if turn.role == "tool" and isinstance(id_, str) else ""


def _calls(turn: Turn) -> list[Mapping[str, Any]]:
    """The calls of a turn that are calls: the metadata is the client's own, and may be anything. No id comes twice."""
    if turn.role != "assistant":
        return []
    calls = turn.metadata.get("tool_calls")
    known = (call for call in calls if _is_call(call)) if isinstance(calls, list) else ()
    return list({call["id"]: call for call in known}.values())


def _is_call(call: object) -> bool:
    if not isinstance(call, dict) or not (isinstance(call.get("id"), str) and call["id"]):
        return False
    kind = call.get("type", "function")
    return isinstance(kind, str) and isinstance(call.get(kind), dict)


def _with_text(turns: Iterable[Turn]) -> list[Turn]:
    """Without what says nothing; but the question stays, which is last."""
    listed = list(turns)
    return [turn for turn in listed if _says_something(turn) or turn is listed[-1]]


def _says_something(turn: Turn) -> bool:
    return turn.role == "tool" or bool(turn.content.strip() or turn.metadata.get("tool_calls"))


def _in_turn(turns: Sequence[Turn]) -> list[Turn]:
    """Neighbours of one role as one turn; what an assistant says before a call goes with the call."""
    merged: list[Turn] = []
    for turn in turns:
        before = merged[-1] if merged else None
        if (
            before is None
            or before.role != turn.role
            or turn.role == "tool"
            or before.metadata.get("tool_calls")
        ):
            merged.append(turn)
        else:
            text = PARAGRAPH.join(one.content for one in (before, turn) if one.content)
            merged[-1] = replace(turn, content=text)
    return merged
