"""What one user may take of an instance; who is refused is told, and nobody else notices."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Hashable

import aiohttp
import pytest

from bitworks.core.errors import RateLimited
from bitworks.core.ids import UserId
from bitworks.features.limits.quotas import Quota, Quotas
from bitworks.realtime.engine.inflow import Place, Places
from bitworks.realtime.socket.door import LARGE_PER_USER
from tests.support.doors import SocketDoor
from tests.support.instances import Instance, running
from tests.support.people import PATIENCE, Person, register

CONNECTIONS, REQUESTS = 3, 2
BURST = REQUESTS * 10


@pytest.fixture
async def strict(database_url: str) -> AsyncIterator[Instance]:
    limits = {"connections_per_user": CONNECTIONS, "requests_per_second": REQUESTS}
    async with running(database_url, rate_limits="on", **limits) as instance:
        yield instance


@pytest.fixture
async def roomy(database_url: str) -> AsyncIterator[Instance]:
    async with running(database_url, rate_limits="on", connections_per_user=CONNECTIONS) as instance:
        yield instance


async def test_one_socket_too_many_is_closed_with_the_reason_and_returns_when_there_is_room(
    roomy: Instance, http: aiohttp.ClientSession
) -> None:
    person, other = await register(roomy, http), await register(roomy, http)
    async with person.device(), person.device():
        async with person.device():
            assert "More than 3 connections" in await reason_of_being_closed(person)
            async with other.device():
                pass
        async with person.device():
            pass


async def test_held_requests_take_the_same_slots(roomy: Instance, http: aiohttp.ClientSession) -> None:
    person = await register(roomy, http)
    cursor = (await person.rest("GET", "/changes?since=0")).body["cursor"]
    path = f"/changes?since={cursor}&wait=30"
    async with person.device(), person.device() as device:
        held = asyncio.create_task(person.rest("GET", path))
        async with asyncio.timeout(PATIENCE):
            while roomy.app.quotas._slots[UserId(person.id)] < CONNECTIONS:  # noqa: ASYNC110 - nobody announces it
                await asyncio.sleep(0)
        answer = await person.rest("GET", path)
        assert (answer.status, answer.code, answer.body["retryable"]) == (429, "rate_limited", True)
        assert (await device.call("conversation:create"))["ok"]
        assert (await held).status == 200


async def test_a_held_request_whose_client_hangs_up_gives_its_slot_back(
    roomy: Instance, http: aiohttp.ClientSession
) -> None:
    person = await register(roomy, http)
    held = [asyncio.create_task(person.rest("GET", "/changes?wait=30")) for _ in range(CONNECTIONS)]
    async with asyncio.timeout(PATIENCE):
        while roomy.app.quotas._slots.get(UserId(person.id)) != CONNECTIONS:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0)
    for task in held:
        task.cancel()
    # Long before the 30 seconds are over.
    async with asyncio.timeout(10):
        while roomy.app.quotas._slots:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0)
    async with person.device():
        pass


@pytest.mark.parametrize("door", ["rest", "socket"])
async def test_who_floods_is_refused_by_name_and_others_are_served(
    strict: Instance, http: aiohttp.ClientSession, door: str
) -> None:
    flooder, other = await register(strict, http), await register(strict, http)
    async with flooder.device() as device:
        if door == "rest":
            answers = [await flooder.rest("GET", "/conversations/me") for _ in range(2 * BURST)]
            refused = [one for one in answers if one.status == 429]
            assert {one.code for one in refused} == {"rate_limited"}
            assert all(int(str(one.headers["Retry-After"])) >= 1 for one in refused)
        else:
            acknowledged = [await device.call("conversation:list") for _ in range(2 * BURST)]
            refused_here = [one["error"] for one in acknowledged if not one["ok"]]
            assert {(one["code"], one["retryable"]) for one in refused_here} == {("rate_limited", True)}
        assert (await other.rest("GET", "/conversations/me")).status == 200


async def test_of_a_burst_too_large_on_a_socket_nearly_all_is_let_through(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, rate_limits="on", requests_per_second=50) as instance:
        person = await register(instance, http)
        async with person.device() as device:
            nothing = {"conversation_id": person.id}
            events = [device.call("typing", nothing) for _ in range(700)]
            refused = [one["error"] for one in await asyncio.gather(*events) if not one["ok"]]
    assert {one["code"] for one in refused} == {"rate_limited"}
    # 500 pass at once, then five in the pause after each that is refused.
    assert len(refused) <= 60


def test_a_user_who_has_been_quiet_is_forgotten() -> None:
    now = 0.0
    quotas = Quotas(Quota(requests_per_second=10, connections=None), clock=lambda: now)
    for number in range(50):
        quotas.spend(UserId(str(number)))
    now = 1000.0
    for _ in range(50):
        quotas.spend(UserId("the last"))
    assert len(quotas._buckets) == 1


def test_a_place_is_free_again_when_what_held_it_fails() -> None:
    quotas = Quotas(Quota(requests_per_second=None, connections=1))
    user = UserId("somebody")
    with pytest.raises(RuntimeError), quotas.slot(user):
        raise RuntimeError
    with quotas.slot(user), pytest.raises(RateLimited, match="More than 1"):
        quotas.acquire_slot(user)


async def reason_of_being_closed(person: Person) -> str:
    """Joins on a raw websocket; what the server says in its close frame."""
    url = f"{person.instance.url}/socket.io/?EIO=4&transport=websocket"
    async with person.http.ws_connect(url) as websocket:
        await websocket.receive_str()
        await websocket.send_str(f"40{person.namespace}," + json.dumps({"token": person.token}))
        async with asyncio.timeout(PATIENCE):
            message = await websocket.receive()
        assert message.type is aiohttp.WSMsgType.CLOSE, message
        return str(message.extra)


async def test_large_events_take_the_places_of_their_user(
    database_url: str, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners: list[Hashable] = []
    enter = Places.enter

    def noted(places: Places, owner: Hashable, on_turn: Callable[[], None]) -> Place:
        owners.append(owner)
        assert places._per_owner == LARGE_PER_USER
        return enter(places, owner, on_turn)

    monkeypatch.setattr(Places, "enter", noted)
    async with running(database_url, rate_limits="on") as instance:
        person = await register(instance, http)
        conversation = await person.conversation()
        async with person.device() as device:
            door = SocketDoor(device)
            body = {"conversation_id": conversation["id"], "role": "user", "content": "x" * 900_000}
            assert (await door.call("message:create", body)).ok
            assert (await door.call("message:create", {**body, "content": "small"})).ok
    assert owners == [person.id]
