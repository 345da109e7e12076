"""What lines of a file become."""

import json
from collections.abc import Iterable

from bitworks.play.formats import CONTENT_LIMIT, plan_files
from bitworks.play.plan import Plan, PlannedConversation


def prompter(text: object, *replies: object, **fields: object) -> dict[str, object]:
    return {"role": "prompter", "text": text, "replies": list(replies), **fields}


def assistant(text: object, *replies: object, **fields: object) -> dict[str, object]:
    return {"role": "assistant", "text": text, "replies": list(replies), **fields}


def tree(prompt: object, id_: str = "t") -> dict[str, object]:
    return {"message_tree_id": id_, "prompt": prompt}


def question(id_: object, *turns: object) -> dict[str, object]:
    return {"question_id": id_, "turns": list(turns)}


def answer(id_: object, *turns: object, model: str = "m") -> dict[str, object]:
    return {"question_id": id_, "model_id": model, "choices": [{"index": 0, "turns": list(turns)}]}


def lines(*values: object) -> list[bytes]:
    return [json.dumps(value).encode() + b"\n" for value in values]


def plan_of(*values: object, file: str = "a.jsonl") -> Plan:
    return plan_files([(file, lines(*values))])


def said(conversations: Iterable[PlannedConversation]) -> list[list[str]]:
    """Each conversation as its turns, each led by the first letter of its role."""
    return [[f"{turn.role[0]}:{turn.content}" for turn in one.turns] for one in conversations]


def skipped(planned: Plan) -> list[tuple[str, int, int]]:
    return [(str(skip), skip.conversations, skip.messages) for skip in planned.skips]


def ids(planned: Plan) -> list[str]:
    return [id_ for one in planned.conversations for id_ in (one.id, *(turn.id for turn in one.turns))]


def test_a_tree_becomes_a_conversation_for_each_path_in_the_order_of_the_file() -> None:
    planned = plan_of(tree(prompter("q", assistant("a", prompter("b"), prompter("c")), assistant("d"))))
    assert said(planned.conversations) == [["u:q", "a:a", "u:b"], ["u:q", "a:a", "u:c"], ["u:q", "a:d"]]
    assert planned.skips == ()


def test_no_two_conversations_or_messages_have_the_same_id() -> None:
    planned = plan_of(tree(prompter("q", assistant("a"), assistant("a"))), question(1, "q"), question(2, "q"))
    assert len(set(ids(planned))) == len(ids(planned)) == 10


def test_ids_are_the_same_wherever_the_file_lies_and_wherever_its_lines_stand() -> None:
    first, second = tree(prompter("q", message_id="x")), question(1, "q")
    here = plan_of(first, second, file="here/a.jsonl")
    there = plan_of(second, first, file="/over/there/a.jsonl")
    assert sorted(ids(here)) == sorted(ids(there))


def test_ids_are_others_in_a_file_of_another_name() -> None:
    one = plan_of(question(1, "q"), file="a.jsonl")
    other = plan_of(question(1, "q"), file="b.jsonl")
    assert not set(ids(one)) & set(ids(other))


def test_ids_never_change_from_one_version_to_the_next() -> None:
    planned = plan_of(
        tree(prompter("q", assistant("a", message_id="y"), message_id="x")),
        question(1, "q"),
        question("2_ES", "q"),
        answer("2_ES", "a", model="gpt"),
    )
    assert [one.id for one in planned.conversations] == [
        "514479de-ecfa-5798-bc4d-9ac3b8235add",
        "2a210811-493a-5c5b-849d-241316adcc86",
        "1be3fdd1-07b2-5237-a05e-218dbefec122",
    ]
    assert planned.conversations[0].turns[1].id == "26fecba1-527d-51df-8361-a8c7a9347e52"


def test_a_branch_that_is_added_leaves_the_ids_of_the_others_as_they_were() -> None:
    old = plan_of(tree(prompter("q", assistant("a", message_id="a"), message_id="q")))
    new = plan_of(
        tree(prompter("q", assistant("b", message_id="b"), assistant("a", message_id="a"), message_id="q"))
    )
    assert set(ids(old)) < set(ids(new))


def test_a_question_alone_is_its_user_turns() -> None:
    assert said(plan_of(question(1, "one", "two")).conversations) == [["u:one", "u:two"]]


def test_an_answer_is_interleaved_with_its_question_whichever_comes_first() -> None:
    questions = ("q.jsonl", lines(question(1, "one", "two")))
    answers = ("a.jsonl", lines(answer(1, "uno", "dos")))
    for files in ([questions, answers], [answers, questions]):
        assert said(plan_files(files).conversations) == [["u:one", "a:uno", "u:two", "a:dos"]]


def test_only_questions_without_an_answer_are_played_alone() -> None:
    planned = plan_of(question(1, "one"), question("2", "two"), answer(2, "dos"))
    assert said(planned.conversations) == [["u:one"], ["u:two", "a:dos"]]


def test_each_model_that_answers_a_question_has_a_conversation() -> None:
    planned = plan_of(question(1, "q"), answer(1, "a", model="one"), answer(1, "b", model="other"))
    assert said(planned.conversations) == [["u:q", "a:a"], ["u:q", "a:b"]]


def test_questions_played_before_do_not_conflict_with_their_answers_later() -> None:
    before = plan_of(question(1, "q"), file="q.jsonl")
    later = plan_files([("q.jsonl", lines(question(1, "q"))), ("a.jsonl", lines(answer(1, "a")))])
    assert not set(ids(before)) & set(ids(later))


def test_an_answer_without_its_question_is_left_out() -> None:
    planned = plan_of(answer(7, "one", "two"))
    reason = "a.jsonl:1: answer without question: no file given has the question 7"
    assert skipped(planned) == [(reason, 1, 2)]


def test_an_answer_to_two_different_questions_is_left_out_and_the_questions_are_played() -> None:
    planned = plan_files(
        [("q.jsonl", lines(question(1, "one"))), ("p.jsonl", lines(question(1, "other"), answer(1, "a")))]
    )
    assert said(planned.conversations) == [["u:one"], ["u:other"]]
    assert skipped(planned) == [
        ("p.jsonl:2: the question 1 is not the same in q.jsonl:1 and p.jsonl:1: play them apart", 1, 1)
    ]


def test_a_file_given_twice_is_played_once() -> None:
    planned = plan_files(
        [("here/a.jsonl", lines(question(1, "q"))), ("there/a.jsonl", lines(question(1, "q")))]
    )
    assert said(planned.conversations) == [["u:q"]]
    assert skipped(planned) == [("there/a.jsonl:1: the same conversation as in here/a.jsonl:1", 1, 1)]


def test_answers_beyond_the_questions_are_left_out() -> None:
    planned = plan_of(question(1, "q"), answer(1, "a", "b", "c"))
    assert said(planned.conversations) == [["u:q", "a:a"]]
    assert skipped(planned) == [("a.jsonl:2: more answers than questions", 0, 2)]


def test_a_question_without_its_last_answer_keeps_its_last_turn() -> None:
    planned = plan_of(question(1, "one", "two"), answer(1, "uno"))
    assert said(planned.conversations) == [["u:one", "a:uno", "u:two"]]


def test_a_bad_line_is_named_and_stops_nothing() -> None:
    planned = plan_files([("a.jsonl", [b"{oops\n", b"\n", b"[1]\n", *lines({"x": 1}, question(1, "q"))])])
    assert said(planned.conversations) == [["u:q"]]
    unknown = "unknown shape: neither a message tree, nor a question, nor an answer"
    assert [str(skip).partition(" (")[0] for skip in planned.skips] == [
        "a.jsonl:1: not JSON",
        f"a.jsonl:3: {unknown}",
        f"a.jsonl:4: {unknown}",
    ]


def test_bytes_and_depths_that_no_json_has_are_not_json() -> None:
    planned = plan_files([("a.jsonl", [b'"\xff"', b'"\\ud800"', b"[" * 100_000, b"NaN"])])
    assert len(planned.skips) == 4
    assert all(skip.reason.startswith("not JSON") for skip in planned.skips)


def test_a_byte_order_mark_and_line_ends_of_windows_are_no_part_of_a_line() -> None:
    planned = plan_files([("a.jsonl", [b"\xef\xbb\xbf" + json.dumps(question(1, "q")).encode() + b"\r\n"])])
    assert said(planned.conversations) == [["u:q"]]


def test_content_is_played_as_it_is() -> None:
    text = "  ¿qué?\r\n\t🌊 e\u0301 \u2028 "
    assert said(plan_of(question(1, text)).conversations) == [[f"u:{text}"]]


def test_a_turn_that_cannot_be_played_ends_its_conversation_before_it() -> None:
    long = "x" * (CONTENT_LIMIT + 1)
    for bad, reason in (
        (" \n", "empty text"),
        (None, "a text that is not a string"),
        ("a\x00b", "a text with the character U+0000"),
        (long, "content over the limit: 1,000,001 characters, at most 1,000,000 can be sent"),
    ):
        planned = plan_of(question(1, "one", bad, "three"))
        assert said(planned.conversations) == [["u:one"]]
        assert skipped(planned) == [(f"a.jsonl:1: {reason}", 0, 2)]


def test_content_at_the_limit_is_played() -> None:
    assert plan_of(question(1, "🌊" * CONTENT_LIMIT)).skips == ()


def test_an_empty_answer_is_named_by_its_own_line() -> None:
    planned = plan_of(question(1, "one", "two"), answer(1, "", "dos"))
    assert said(planned.conversations) == [["u:one"]]
    assert skipped(planned) == [("a.jsonl:2: empty text", 0, 3)]


def test_a_conversation_whose_first_turn_cannot_be_played_is_left_out() -> None:
    assert skipped(plan_of(question(1, "", "two"))) == [("a.jsonl:1: empty text", 1, 2)]
    assert skipped(plan_of(question(1))) == [("a.jsonl:1: no turns", 1, 0)]


def test_a_deleted_message_is_left_out_with_what_follows_from_it() -> None:
    deleted = assistant("a", prompter("b"), prompter("c"), deleted=True, message_id="x")
    planned = plan_of(tree(prompter("q", deleted, assistant("d"))))
    assert said(planned.conversations) == [["u:q", "a:d"]]
    assert skipped(planned) == [("a.jsonl:1: message x: deleted message", 0, 3)]


def test_a_path_whose_end_is_left_out_is_played_up_to_there() -> None:
    planned = plan_of(tree(prompter("q", assistant("a", prompter("")))))
    assert said(planned.conversations) == [["u:q", "a:a"]]
    assert skipped(planned) == [("a.jsonl:1: empty text", 0, 1)]


def test_a_tree_whose_root_cannot_be_played_is_left_out() -> None:
    planned = plan_of(tree(prompter("q", assistant("a"), deleted=True)))
    assert planned.conversations == ()
    assert skipped(planned) == [("a.jsonl:1: deleted message", 1, 2)]


def test_replies_of_an_unknown_shape_are_left_out() -> None:
    planned = plan_of(tree(prompter("q", "hello", {"role": ["x"], "text": "a"}, {"role": "critic"})))
    assert said(planned.conversations) == [["u:q"]]
    assert [skip.reason for skip in planned.skips] == [
        "unknown shape: a reply that is not a message",
        "unknown role ['x']",
        "unknown role 'critic'",
    ]


def test_a_tree_may_be_as_deep_as_json_can_say() -> None:
    node = prompter("q")
    for _ in range(450):
        node = prompter("q", node)
    [one] = plan_files([("a.jsonl", [json.dumps(tree(node)).encode()])]).conversations
    assert len(one.turns) == 451
