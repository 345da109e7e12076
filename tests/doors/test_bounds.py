"""Every event is bounded as its operation is, and a socket outlives what is too much for it."""

import pytest

from tests.support.operations import EVENTS
from tests.support.people import Person


async def test_an_event_above_the_bound_of_its_operation_is_too_large(person: Person) -> None:
    async with person.device() as device:
        for name, operation in EVENTS.items():
            bound = operation.bound
            # The packet as a whole may be eight mebibytes: beyond that its transport closes.
            too_long = '{"x": "' + "x" * (min(bound.size, 8 * 1024 * 1024 - 200) - 20) + '"}'
            too_many = '{"x": [' + "1," * bound.nodes + "1]}"
            answers = [await device.call_json(name, too_many), await device.call_json(name, too_long)]
            codes = [answer["error"]["code"] for answer in answers]
            assert codes[0] == "too_large", name
            assert codes[1] in ("too_large", "invalid_input"), name


@pytest.mark.parametrize("size", [10, 200_000, 2_000_000])
async def test_an_event_that_is_no_json_is_refused_and_the_socket_goes_on(size: int, person: Person) -> None:
    async with person.device() as device:
        answer = await device.call_json("message:create", '{"content": "' + "x" * size + '"')
        assert answer["error"]["code"] == "malformed_json"
        assert (await device.call("conversation:create", {}))["ok"]


async def test_what_is_no_operation_is_to_be_small(person: Person) -> None:
    async with person.device() as device:
        for event in ("typing", "session:renew", "nothing:at-all"):
            answer = await device.call_json(event, '{"x": "' + "x" * 16 * 1024 + '"}')
            assert answer["error"]["code"] == "too_large", event
