"""A socket lives as long as its session and its token, on every instance."""

import asyncio
import json

import aiohttp
import pytest

from bitworks.core.ids import SessionId, UserId
from bitworks.features.sync.store import ChangeStore, Head
from tests.support.instances import Instance, running
from tests.support.people import PASSWORD, Device, Person, register, request


def gone(device: Device) -> bool:
    return not device.client.connected


async def sign_in_again(person: Person) -> Person:
    answer = await request(
        person.http,
        "POST",
        f"{person.instance.url}/auth/login",
        json={"email": person.tokens["user"]["email"], "password": PASSWORD},
    )
    return Person(person.instance, person.http, answer.body)


async def test_ending_a_session_closes_its_sockets_on_all_instances_and_no_other(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession
) -> None:
    one, other = instances
    person = await register(one, http)
    elsewhere = await sign_in_again(person)
    async with person.device(one) as here, person.device(other) as there, elsewhere.device(other) as stays:
        await person.must("POST", "/auth/logout")
        await here.until(gone)
        await there.until(gone)
        await elsewhere.conversation()
        await stays.until_revision(1)


async def test_a_session_whose_end_nobody_was_told_of_is_ended_by_reconciliation(
    person: Person, instance: Instance
) -> None:
    async with person.device() as device:
        await instance.app.stores.sessions.end_all_but(
            person.id,
            None,
            instance.app.tuning.clock(),  # type: ignore[arg-type]  # an id is a string
        )
        await device.until(gone)


async def test_deleting_the_account_closes_its_sockets(person: Person) -> None:
    async with person.device() as device:
        await person.must("DELETE", "/auth/account", {"password": PASSWORD})
        await device.until(gone)


async def test_a_socket_is_warned_then_told_then_closed_when_its_token_ends(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, access_token_seconds=2) as instance:
        person = await register(instance, http)
        async with person.device() as device:
            await device.until(gone)
            names = [one[0] for one in device.received]
            assert names == ["synced", "session:expiring", "session:expired"]


async def test_a_renewed_session_goes_on(database_url: str, http: aiohttp.ClientSession) -> None:
    async with running(database_url, access_token_seconds=2) as instance:
        person = await register(instance, http)
        async with person.device() as device:
            await device.until(lambda d: d.named("session:expiring"))
            refreshed = await request(
                http,
                "POST",
                f"{instance.url}/auth/refresh",
                json={"refresh_token": person.tokens["refresh_token"]},
            )
            renewed = await device.call("session:renew", {"token": refreshed.body["access_token"]})
            assert renewed["ok"]
            await device.until(lambda d: len(d.named("session:expiring")) == 2)
            assert not device.named("session:expired")


async def test_a_token_of_another_session_does_not_renew(person: Person) -> None:
    elsewhere = await sign_in_again(person)
    async with person.device() as device:
        answer = await device.call("session:renew", {"token": elsewhere.token})
        assert answer["error"]["code"] == "unauthorized"
        assert device.client.connected


async def test_who_hangs_up_while_being_asked_who_they_are_leaves_no_trace(
    person: Person, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked, gone_by_now = asyncio.Event(), asyncio.Event()
    look_up = ChangeStore.head

    async def slowly(changes: ChangeStore, user_id: UserId, session_id: SessionId) -> Head:
        asked.set()
        await gone_by_now.wait()
        return await look_up(changes, user_id, session_id)

    monkeypatch.setattr(ChangeStore, "head", slowly)
    url = f"{person.instance.url}/socket.io/?EIO=4&transport=websocket"
    async with person.http.ws_connect(url) as websocket:
        await websocket.receive_str()
        await websocket.send_str(f"40{person.namespace}," + json.dumps({"token": person.token}))
        await asked.wait()
    gone_by_now.set()
    monkeypatch.undo()
    async with person.device():
        assert [record for record in caplog.records if record.levelname == "ERROR"] == []
