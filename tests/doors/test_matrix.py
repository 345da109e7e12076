"""Every route and every event, for those who have no business there: nothing is told, nothing changes."""

import json
import uuid

import aiohttp
import pytest

from bitworks.hosting.app import Tuning
from bitworks.rest.routes import Route
from tests.support.clocks import Clock
from tests.support.forgery import bad_tokens
from tests.support.instances import Instance, running
from tests.support.operations import EVENTS, ROUTES
from tests.support.people import Answer, Json, Person, register
from tests.support.victims import NAMING, Victim, a_victim, sent_by_a_stranger
from tests.support.wire import wire

NOUNS = {
    "auth": "session",
    "config": "conversation",
    "conversations": "conversation",
    "messages": "message",
    "context": "context",
    "changes": "conversation",
    "models": "conversation",
}


@pytest.fixture
async def victim(instance: Instance, http: aiohttp.ClientSession) -> Victim:
    return await a_victim(instance, http)


def made_up(victim: Victim) -> dict[str, str]:
    """Ids of nothing, in place of the victim's."""
    return {noun: str(uuid.uuid4()) for noun in victim.ids}


async def ask(route: Route, caller: Person, ids: dict[str, str], cursor: str, token: str) -> Answer:
    """Uses a route with these ids, under this token."""
    noun = NOUNS[route.path.split("/")[1]]
    fields = set(route.input.model_fields) | route.in_path
    sent = sent_by_a_stranger(noun, fields, ids, caller, cursor)
    path = route.path.format_map(sent)
    rest = {name: value for name, value in sent.items() if name not in route.in_path}
    if not route.takes_body:
        path += f"?since={rest['since']}" if "since" in rest else ""
        return await caller.rest(route.method, path, token=token)
    return await caller.rest(route.method, path, rest, token=token)


def targets_something(route: Route) -> bool:
    """Whether the input says whose thing is meant; the id of a creation does not."""
    named = NAMING & (set(route.input.model_fields) | route.in_path)
    return bool(named - ({"id"} - route.in_path))


@pytest.mark.parametrize("area", sorted({route.path.split("/")[1] for route in ROUTES}))
async def test_a_stranger_gets_nothing_through_any_route(area: str, victim: Victim) -> None:
    before = await victim.belongings()
    for route in [route for route in ROUTES if route.path.split("/")[1] == area]:
        stranger = await register(victim.person.instance, victim.person.http)
        other = await ask(route, stranger, made_up(victim), victim.cursor, stranger.token)
        answer = await ask(route, stranger, victim.ids, victim.cursor, stranger.token)
        victim.assert_kept_secret(answer.body)
        if targets_something(route):
            assert (answer.status, answer.code) == (404, "not_found"), route.path
            assert (answer.status, answer.body) == (other.status, other.body), route.path
        assert await victim.belongings() == before, route.path


async def test_no_bad_token_opens_any_route(victim: Victim) -> None:
    tokens = await bad_tokens(victim.person)
    before = await victim.belongings()
    for route in [route for route in ROUTES if not route.operation.public]:
        for wrong, token in tokens.items():
            answer = await ask(route, victim.person, victim.ids, victim.cursor, token)
            assert (answer.status, answer.code) == (401, "unauthorized"), (route.path, wrong)
            victim.assert_kept_secret(answer.body)
    assert await victim.belongings() == before


async def test_a_token_in_another_place_opens_nothing(victim: Victim) -> None:
    for route in [route for route in ROUTES if not route.operation.public and route.method == "GET"]:
        path = route.path.format_map(
            {**victim.ids, "id": victim.ids["message"]}
            | {"conversation_id": victim.ids["conversation"], "user_id": "me"}
        )
        for headers in (
            {"Authorization": victim.person.token},
            {"Authorization": f"Basic {victim.person.token}"},
            {"Authorization": "Bearer", "Cookie": f"token={victim.person.token}"},
        ):
            url = f"{path}?token={victim.person.token}"
            assert (await victim.person.rest(route.method, url, headers=headers)).status == 401, path


async def test_ids_are_unique_within_a_user_only(
    instance: Instance, http: aiohttp.ClientSession, victim: Victim
) -> None:
    before = await victim.belongings()
    stranger = await register(instance, http)
    conversation = await stranger.conversation(id=victim.ids["conversation"])
    await stranger.message(conversation, id=victim.ids["message"])
    of_conversation = {"conversation_id": conversation["id"]}
    await stranger.must("POST", "/context", {**of_conversation, "id": victim.ids["context"]})
    await stranger.must("DELETE", f"/conversations/{conversation['id']}")
    assert await victim.belongings() == before


# Events


async def test_a_stranger_gets_nothing_through_any_event(
    instance: Instance, http: aiohttp.ClientSession, victim: Victim
) -> None:
    before = await victim.belongings()
    stranger = await register(instance, http)
    async with stranger.device() as device:
        for event, known in EVENTS.items():
            noun = event.partition(":")[0].replace("sync", "conversation")
            answers = []
            for ids in (made_up(victim), victim.ids):
                # A creation under the victim's id would be the stranger's own.
                fields = set(known.input.model_fields) - ({"id"} if event.endswith(":create") else set())
                sent = sent_by_a_stranger(noun, fields, ids, stranger, victim.cursor)
                answers.append(await device.call(event, sent))
            victim.assert_kept_secret(answers)
            if event not in ("conversation:create", "conversation:list", "sync"):
                assert answers[1]["error"]["code"] == "not_found", event
                assert answers[0] == answers[1], event
        victim.assert_kept_secret(device.received)
    assert await victim.belongings() == before


async def test_nobody_else_sees_or_shows_that_somebody_types(
    instance: Instance, http: aiohttp.ClientSession, victim: Victim
) -> None:
    stranger = await register(instance, http)
    typing = {"conversation_id": victim.ids["conversation"]}
    async with victim.person.device() as watched, stranger.device() as device:
        await device.client.emit("typing", typing, namespace=stranger.namespace)
        await watched.client.emit("typing", typing, namespace=victim.person.namespace)
        for one in (device, watched):
            created = await one.call("conversation:create", {})
            await one.until_revision(created["revision"])
            assert not one.named("typing")


async def test_a_session_is_renewed_by_its_own_good_token_only(
    instance: Instance, http: aiohttp.ClientSession, victim: Victim
) -> None:
    stranger = await register(instance, http)
    bad = await bad_tokens(stranger)
    async with stranger.device() as device:
        for wrong, token in {**bad, "of somebody else": victim.person.token}.items():
            answer = await device.call("session:renew", {"token": token})
            assert answer["error"]["code"] == "unauthorized", wrong
        assert (await device.call("session:renew", {"token": stranger.token}))["ok"]


async def test_no_event_is_done_under_a_token_that_has_expired(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    clock = Clock()
    async with running(database_url, tuning=Tuning(clock=clock)) as instance:
        victim = await a_victim(instance, http)
        async with victim.person.device() as device:
            clock.advance(seconds=901)
            for event, known in EVENTS.items():
                noun = event.partition(":")[0].replace("sync", "conversation")
                fields = known.input.model_fields
                sent = sent_by_a_stranger(noun, fields, victim.ids, victim.person, victim.cursor)
                answer = await device.call(event, sent)
                assert answer["error"]["code"] == "unauthorized", event
                victim.assert_kept_secret(answer)
        clock.advance(seconds=-901)
        head: Json = await victim.person.must("GET", f"/changes?since={victim.cursor}")
        assert head["changes"] == []


# Namespaces


async def test_every_namespace_but_one_s_own_is_refused_alike(
    instance: Instance, http: aiohttp.ClientSession, victim: Victim
) -> None:
    stranger = await register(instance, http)
    others = [f"/users/{uuid.uuid4()}", "/users/", "/users", "/admin", "/", stranger.namespace.upper(), "/*"]
    for namespace in (victim.person.namespace, *others):
        async with wire(instance, http) as one:
            error = await one.refused(namespace, {"token": stranger.token})
            assert error == {"message": "There is no such thing.", "data": {"code": "not_found"}}, namespace


async def test_no_bad_token_opens_a_namespace(
    instance: Instance, http: aiohttp.ClientSession, victim: Victim
) -> None:
    for wrong, token in (await bad_tokens(victim.person)).items():
        async with wire(instance, http) as one:
            error = await one.refused(victim.person.namespace, {"token": token})
            assert error.keys() == {"message", "data"}
            assert error["data"] == {"code": "unauthorized"}, wrong


async def test_without_a_token_no_namespace_opens(
    instance: Instance, http: aiohttp.ClientSession, person: Person
) -> None:
    for auth in (None, {}, {"token": None}, {"token": ""}):
        async with wire(instance, http) as one:
            error = await one.refused(person.namespace, auth)
            assert error["data"] == {"code": "unauthorized"}, auth


async def test_a_connection_has_one_namespace(
    instance: Instance, http: aiohttp.ClientSession, victim: Victim
) -> None:
    stranger = await register(instance, http)
    async with wire(instance, http) as one:
        assert (await one.connect(stranger.namespace, {"token": stranger.token})).startswith("40")
        assert "synced" in await one.hear()
        error = await one.refused(victim.person.namespace, {"token": victim.person.token})
        assert error["data"] == {"code": "not_found"}


async def test_before_connecting_nothing_is_answered(
    instance: Instance, http: aiohttp.ClientSession, victim: Victim
) -> None:
    before = await victim.belongings()
    named = {"id": victim.ids["conversation"]}
    async with wire(instance, http) as one:
        for event in ("conversation:get", "conversation:delete"):
            await one.say(f"42{victim.person.namespace},1" + json.dumps([event, named]))
        await one.socket.close()
    assert await victim.belongings() == before
