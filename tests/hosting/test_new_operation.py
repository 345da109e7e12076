"""A new operation is one declaration and one handler: it is there through both doors, and described."""

import aiohttp

from bitworks.core.callers import Caller
from bitworks.core.inputs import Input
from bitworks.core.operations import READ, Operation, bind, value
from bitworks.hosting.app import Tuning
from tests.support.doors import SocketDoor
from tests.support.instances import running
from tests.support.people import register


class Greet(Input):
    """Who is to be greeted."""

    name: str


class Greetings:
    async def greet(self, caller: Caller, request: Greet) -> str:
        return f"Hello {request.name}"


OPERATIONS = (
    Operation(
        "greeting:say", "Say hello", Greetings.greet, Greet, value(str),
        rest="GET /greetings/{name}", event=True, scopes=READ,
    ),
)  # fmt: skip


async def test_a_new_operation_is_reached_through_both_doors_and_described(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    tuning = Tuning(more_operations=lambda app: bind(OPERATIONS, Greetings()))
    async with running(database_url, tuning=tuning) as instance:
        person = await register(instance, http)
        answer = await person.rest("GET", "/greetings/Ana")
        assert (answer.status, answer.body) == (200, "Hello Ana")
        async with person.device() as device:
            door = SocketDoor(device)
            assert (await door.call("greeting:say", {"name": "Ana"})).data == "Hello Ana"
            refused = await door.call("greeting:say", {})
            assert (refused.code, refused.fields) == ("invalid_input", ("name",))
        assert (await person.rest("GET", "/greetings/Ana", token="none")).status == 401
        described = (await person.rest("GET", "/openapi.json")).body["paths"]["/greetings/{name}"]["get"]
        assert described["summary"] == "Say hello"
