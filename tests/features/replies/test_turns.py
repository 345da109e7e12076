"""What is sent to a model is a request that it accepts, whatever is kept of the conversation."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitworks.features.replies.producers.chat_messages import chat_message
from bitworks.features.replies.producers.producer import Turn, TurnMetadata
from bitworks.features.replies.turns import acceptable
from tests.features.replies.conftest import Talks
from tests.support.chat_server import Script, Talk, fails, streams
from tests.support.people import Json
from tests.support.strict_server import refusal
from tests.support.talks import ask, ended


def user(text: str) -> Turn:
    return Turn("user", text)


def answer(text: str, reply_to: str | None = None) -> Turn:
    return Turn("assistant", text, {"reply_to": reply_to} if reply_to else {})


def call(id_: str) -> Json:
    return {"id": id_, "type": "function", "function": {"name": "look", "arguments": "{}"}}


def calls(*ids: str, text: str = "") -> Turn:
    return Turn("assistant", text, {"tool_calls": [call(id_) for id_ in ids]})


def result(id_: str, text: str = "7") -> Turn:
    return Turn("tool", text, {"tool_call_id": id_})


def system(text: str) -> Turn:
    return Turn("system", text)


@pytest.mark.parametrize(
    ("kept", "sent"),
    [
        pytest.param([user("a"), answer(""), user("b")], [user("a\n\nb")], id="an empty answer"),
        pytest.param([user("a"), answer(" \n"), user("b")], [user("a\n\nb")], id="an answer of white space"),
        pytest.param(
            [user("a"), answer("", "1"), answer("", "1"), user("b")], [user("a\n\nb")], id="two empty answers"
        ),
        pytest.param(
            [user("a"), answer("half", "1"), answer("whole", "1"), user("b")],
            [user("a"), answer("whole", "1"), user("b")],
            id="an answer that was repeated",
        ),
        pytest.param(
            [user("a"), answer("half", "1"), answer("", "1"), user("b")],
            [user("a"), answer("half", "1"), user("b")],
            id="a repetition that failed",
        ),
        pytest.param(
            [user("a"), answer("A", "1"), user("b"), answer("B", "2"), answer("A'", "1"), user("c")],
            [user("a"), answer("A'", "1"), user("b"), answer("B", "2"), user("c")],
            id="an earlier question that was asked again",
        ),
        pytest.param(
            [user("a"), answer("one"), answer("two"), user("b")],
            [user("a"), answer("one\n\ntwo"), user("b")],
            id="an answer in two messages",
        ),
        pytest.param(
            [system("Be brief."), system("So far."), user("a"), system("In French."), user("b")],
            [system("Be brief.\n\nSo far.\n\nIn French."), user("a\n\nb")],
            id="more than one system message",
        ),
        pytest.param([answer("Hi!"), user("a")], [user("…"), answer("Hi!"), user("a")], id="a greeting first"),
        pytest.param([user(" ")], [user(" ")], id="a question of white space alone"),
        pytest.param([user("a"), calls("1"), user("b")], [user("a\n\nb")], id="a call without its result"),
        pytest.param(
            [user("a"), calls("1", "2", text="Let me see."), result("2"), user("b")],
            [user("a"), calls("2", text="Let me see."), result("2"), user("b")],
            id="two calls and one result",
        ),
        pytest.param(
            [user("a"), calls("1"), user("b"), result("1"), user("c")],
            [user("a"), calls("1"), result("1"), user("b\n\nc")],
            id="a result that came late",
        ),
        pytest.param(
            [user("a"), result("1", "loose"), user("b")], [user("a\n\nloose\n\nb")], id="a result without its call"
        ),
        pytest.param(
            [user("a"), calls("1"), result("1", "old"), result("1", "new"), user("b")],
            [user("a"), calls("1"), result("1", "new"), user("b")],
            id="a result that was sent twice",
        ),
        pytest.param(
            [user("a"), calls("0"), result("0", "A"), user("b"), calls("0"), result("0", "B"), user("c")],
            [user("a"), calls("0"), result("0", "A"), user("b"), calls("0"), result("0", "B"), user("c")],
            id="ids that are counted anew in each answer",
        ),
        pytest.param(
            [user("a"), answer("Let me see."), calls("1"), result("1"), answer("It is 7."), user("b")],
            [user("a"), calls("1", text="Let me see."), result("1"), answer("It is 7."), user("b")],
            id="text before a call",
        ),
        pytest.param(
            [user("a"), Turn("assistant", "A", {"tool_calls": ["?", {"id": 1}]}), user("b")],
            [user("a"), answer("A"), user("b")],
            id="calls that are none",
        ),
    ],
)  # fmt: skip
def test_it_is_sent_in_a_shape_that_is_accepted(kept: list[Turn], sent: list[Turn]) -> None:
    assert in_chat(acceptable(kept)) == in_chat(sent)


IDS = st.sampled_from(["", "1", "2", "3"])
TEXTS = st.sampled_from(["", " ", "a", "b"])
ANYTHING = st.none() | st.integers() | TEXTS | st.just([]) | st.just({})
CALLS = st.lists(IDS.map(call) | st.builds(dict) | ANYTHING, max_size=3)
METADATA = st.fixed_dictionaries(
    {}, optional={"tool_calls": CALLS | ANYTHING, "tool_call_id": IDS | ANYTHING, "reply_to": IDS | ANYTHING}
)
ROLES = st.sampled_from(["user", "assistant", "tool", "system"])
TURNS = st.lists(st.builds(Turn, ROLES, TEXTS, METADATA), max_size=9)


@given(TURNS)
def test_no_strict_server_refuses_what_is_sent(turns: list[Turn]) -> None:
    sent = in_chat(acceptable([*turns, user("the question")]))
    assert refusal(sent) is None
    assert sent[-1]["content"].endswith("the question")


@given(TURNS)
def test_what_people_wrote_is_sent(turns: list[Turn]) -> None:
    sent = " ".join(message["content"] for message in in_chat(acceptable([*turns, user("c")])))
    said = [turn.content for turn in turns if turn.role in ("user", "system") and turn.content.strip()]
    assert sum(map(sent.count, ("a", "b"))) >= len(said)


def strictly(script: Script) -> Script:
    """As this script, but for a request that is refused by strict servers."""

    async def strict(talk: Talk) -> None:
        why = refusal(talk.asked["messages"])
        await (fails(400, {"error": {"message": why}}) if why else script)(talk)

    return strict


async def test_a_conversation_with_an_answer_that_failed_is_usable_at_a_strict_server(talks: Talks) -> None:
    async with talks(fails(403), streams([]), strictly(streams(["Sí."]))) as talking:
        conversation = await talking.person.conversation(title="named")
        first = await ask(talking.person, conversation, "one")
        failed = await ended(talking.person, first["reply"]["message_id"])
        assert failed["content"] == ""
        again = await talking.person.must("POST", f"/messages/{failed['id']}/reply", {})
        await ended(talking.person, again["reply"]["message_id"])
        second = await ask(talking.person, conversation, "two")
        assert (await ended(talking.person, second["reply"]["message_id"]))["content"] == "Sí."
        assert talking.server.asked[-1]["messages"] == [{"role": "user", "content": "one\n\ntwo"}]


async def test_a_call_that_nobody_answered_makes_no_conversation_unusable(talks: Talks) -> None:
    async with talks(strictly(streams(["Sí."]))) as talking:
        conversation = await talking.person.conversation(title="named")
        await say(talking.person, conversation, "user", "What is the weather?")
        metadata: TurnMetadata = {"tool_calls": [call("1"), call("2")]}
        await say(talking.person, conversation, "assistant", "Let me look.", metadata)
        await say(talking.person, conversation, "tool", "rain", {"tool_call_id": "2"})
        await say(talking.person, conversation, "tool", "loose", {"tool_call_id": "3"})
        question = await ask(talking.person, conversation, "Well?")
        assert (await ended(talking.person, question["reply"]["message_id"]))["content"] == "Sí."
        assert [(one["role"], one["content"]) for one in talking.server.asked[0]["messages"]] == [
            ("user", "What is the weather?"),
            ("assistant", "Let me look."),
            ("tool", "rain"),
            ("user", "loose\n\nWell?"),
        ]


async def say(person: Any, conversation: Json, role: str, content: str, metadata: Any = None) -> None:
    await person.message(conversation, content, role=role, metadata=metadata or {})


def in_chat(turns: list[Turn]) -> list[Any]:
    return [chat_message(turn) for turn in turns]
