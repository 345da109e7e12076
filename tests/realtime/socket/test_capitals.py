"""An id in capitals is the same id: in the name of a namespace too."""

import uuid

import aiohttp
import pytest
from socketio.exceptions import ConnectionError

from tests.support.instances import Instance
from tests.support.people import Person, register
from tests.support.streaming import start_writing


class Shouting(Person):
    """Who writes the own id in capitals wherever a socket is opened."""

    @property
    def namespace(self) -> str:
        return f"/users/{self.id.upper()}"


async def shouting(instance: Instance, http: aiohttp.ClientSession) -> tuple[Person, Shouting]:
    """One person, twice."""
    person = await register(instance, http)
    return person, Shouting(person.instance, person.http, person.tokens)


async def test_a_socket_may_be_opened_with_the_id_in_capitals(
    instance: Instance, http: aiohttp.ClientSession
) -> None:
    person, shouter = await shouting(instance, http)
    async with shouter.device() as device, person.device() as other:
        conversation = (await device.call("conversation:create", {"title": "hello"}))["data"]
        message = {"conversation_id": conversation["id"].upper(), "role": "user", "content": "hello"}
        created = await other.call("message:create", message)
        for one in (device, other):
            await one.until_revision(created["revision"])
        assert device.received == other.received


async def test_what_was_missed_and_what_grows_reach_a_namespace_in_capitals(
    instance: Instance, http: aiohttp.ClientSession
) -> None:
    person, shouter = await shouting(instance, http)
    await person.conversation()
    writer = await start_writing(person)
    async with shouter.device(since="0") as device:
        assert device.revisions
        await writer.append("more")
        await device.until(lambda d: d.named("message:delta"))


async def test_the_end_of_a_session_reaches_a_namespace_in_capitals(
    instance: Instance, http: aiohttp.ClientSession
) -> None:
    person, shouter = await shouting(instance, http)
    async with shouter.device() as device:
        assert (await person.rest("POST", "/auth/logout")).status < 300
        await device.until(lambda d: not d.client.connected)


@pytest.mark.parametrize("namespace", ["/USERS/{own}", "/users/{own}/", "/users/{own}x", "/users/{other}"])
async def test_no_other_namespace_is_let_in(
    instance: Instance, http: aiohttp.ClientSession, namespace: str
) -> None:
    person, _ = await shouting(instance, http)
    name = namespace.format(own=person.id.upper(), other=str(uuid.uuid4()).upper())

    class Elsewhere(Person):
        @property
        def namespace(self) -> str:
            return name

    with pytest.raises(ConnectionError):
        async with Elsewhere(person.instance, person.http, person.tokens).device():
            pass
