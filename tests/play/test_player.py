"""What is counted, and in which order things are written, on a real server."""

import asyncio
import json
from dataclasses import astuple
from typing import Any

import aiohttp
import pytest

from bitworks.play.client import ApiClient, PlayFailed, Response
from bitworks.play.formats import plan_files
from bitworks.play.plan import Plan
from bitworks.play.player import IN_FLIGHT, Player, Tally
from tests.support.instances import Instance
from tests.support.people import Person, register


def questions(*turns: list[str]) -> Plan:
    values = ({"question_id": n, "turns": list(one)} for n, one in enumerate(turns))
    return plan_files([("q.jsonl", [json.dumps(value).encode() for value in values])])


def server_of(person: Person) -> ApiClient:
    server = ApiClient(person.http, person.instance.url)
    server.resume(person.tokens)
    return server


async def played(person: Person, wanted: Plan) -> Tally:
    tally = Tally.of(wanted)
    await Player(server_of(person), tally).play(wanted)
    return tally


def counts(tally: Tally) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Conversations and messages: read, written, there already, skipped."""
    return astuple(tally.conversations), astuple(tally.messages)


async def test_a_second_run_finds_everything_there_and_changes_nothing(person: Person) -> None:
    wanted = questions(["one", "two"], ["three"], [""])
    assert counts(await played(person, wanted)) == ((3, 2, 0, 1), (4, 3, 0, 1))
    before = await person.must("GET", "/changes")
    assert counts(await played(person, wanted)) == ((3, 0, 2, 1), (4, 0, 3, 1))
    assert await person.must("GET", "/changes") == before


async def test_the_same_file_can_be_played_by_two_people(
    instance: Instance, person: Person, http: aiohttp.ClientSession
) -> None:
    other = await register(instance, http)
    wanted = questions(["one", "two"])
    assert counts(await played(person, wanted)) == counts(await played(other, wanted))


async def test_a_run_that_was_cut_off_is_gone_on_with(person: Person) -> None:
    wanted = questions(["one", "two", "three"], ["four"])
    first = wanted.conversations[0]
    await person.must("POST", "/conversations", {"id": first.id, "title": first.title})
    await person.message({"id": first.id}, "one", id=first.turns[0].id)
    assert counts(await played(person, wanted)) == ((2, 1, 1, 0), (4, 3, 1, 0))
    messages = await person.must("GET", f"/messages/{first.id}")
    assert [message["content"] for message in messages] == ["one", "two", "three"]


async def test_what_its_owner_renamed_and_edited_is_left_as_it_is(person: Person) -> None:
    wanted = questions(["one", "two"])
    await played(person, wanted)
    [conversation] = wanted.conversations
    await person.must("PUT", f"/conversations/{conversation.id}", {"title": "mine"})
    await person.must("PUT", f"/messages/{conversation.turns[0].id}", {"content": "mine"})
    assert counts(await played(person, wanted)) == ((1, 0, 1, 0), (2, 0, 2, 0))
    messages = await person.must("GET", f"/messages/{conversation.id}")
    assert [message["content"] for message in messages] == ["mine", "two"]


async def test_what_its_owner_deleted_stays_deleted(person: Person) -> None:
    wanted = questions(["one", "two", "three"], ["four", "five"])
    await played(person, wanted)
    first, second = wanted.conversations
    await person.must("DELETE", f"/messages/{first.turns[1].id}")
    await person.must("DELETE", f"/conversations/{second.id}")
    tally = await played(person, wanted)
    assert counts(tally) == ((2, 0, 1, 1), (5, 0, 2, 3))
    assert sorted(str(skip).partition(": deleted: ")[0] for skip in tally.skips) == [
        "q.jsonl:1: turn 2 was refused",
        "q.jsonl:2: the conversation was refused",
    ]


async def test_another_text_in_a_file_of_the_same_name_is_refused_and_the_rest_played(person: Person) -> None:
    await played(person, questions(["one", "two"], ["three"]))
    tally = await played(person, questions(["one", "another"], ["changed"], ["new"]))
    assert counts(tally) == ((3, 1, 1, 1), (4, 1, 1, 2))
    assert all("id_conflict" in skip.reason for skip in tally.skips)


class Sluggish(ApiClient):
    """Takes everything, slowly; refuses what the test says."""

    def __init__(self) -> None:
        self.posted: list[dict[str, Any]] = []
        self.refused: dict[object, Response | PlayFailed] = {}
        self.under_way = self.most_under_way = 0

    async def post(self, path: str, body: dict[str, Any]) -> Response:
        self.under_way += 1
        self.most_under_way = max(self.under_way, self.most_under_way)
        await asyncio.sleep(0.001)
        self.under_way -= 1
        self.posted.append(body)
        refusal = self.refused.get(body.get("content"))
        if isinstance(refusal, PlayFailed):
            raise refusal
        return refusal or Response(201, {}, None)


async def test_turns_are_written_in_order_and_conversations_a_bounded_number_at_once() -> None:
    server, wanted = Sluggish(), questions(*([f"{n} one", f"{n} two", f"{n} three"] for n in range(50)))
    dealt_with: list[int] = []
    await Player(server, Tally.of(wanted), dealt_with.append).play(wanted)
    for one in wanted.conversations:
        ids = [body["id"] for body in server.posted if one.id in (body["id"], body.get("conversation_id"))]
        assert ids == [one.id, *(turn.id for turn in one.turns)]
    assert server.most_under_way == IN_FLIGHT
    assert sum(dealt_with) == 150


async def test_what_follows_a_turn_that_was_refused_is_not_played() -> None:
    server, wanted = Sluggish(), questions(["one", "two", "three"], ["four"])
    server.refused["two"] = Response(422, {"code": "invalid_input", "detail": "No."}, None)
    tally = Tally.of(wanted)
    await Player(server, tally).play(wanted)
    assert counts(tally) == ((2, 2, 0, 0), (4, 2, 0, 2))
    assert [str(skip) for skip in tally.skips] == ["q.jsonl:1: from turn 2 on refused: invalid_input: No."]


async def test_when_the_server_is_lost_the_counts_say_how_far_it_came() -> None:
    server, wanted = Sluggish(), questions(["one", "two"])
    server.refused["two"] = PlayFailed("lost")
    tally = Tally.of(wanted)
    with pytest.raises(PlayFailed, match="lost"):
        await Player(server, tally).play(wanted)
    assert counts(tally) == ((1, 1, 0, 0), (2, 1, 0, 0))
