"""The unmodified JavaScript client is a first-class user: no code of ours is between it and the contract."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.people import Person


async def run_stock_client(
    person: Person, conversation_id: str, repository: Path, transports: str
) -> list[dict[str, Any]]:
    program = await asyncio.create_subprocess_exec(
        "node",
        str(repository / "tests/realtime/socket/stock_client.mjs"),
        str(repository / "client"),
        person.instance.url,
        person.namespace,
        person.token,
        conversation_id,
        transports,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(program.communicate(), 60)
    assert program.returncode == 0, errors.decode()
    return [json.loads(line) for line in output.splitlines()]


async def assert_stock_client_is_served(person: Person, repository: Path, transports: str) -> None:
    """Joins, writes, is refused what is wrong, and recovers what it missed, three times."""
    conversation = await person.conversation(title="stock")
    said = await run_stock_client(person, conversation["id"], repository, transports)
    steps: dict[str, Any] = {line["step"]: line["value"] for line in said}

    assert steps["first"]["recovered"] is False
    assert [event[0] for event in steps["first"]["events"]] == ["conversation:created", "synced"]
    assert steps["transport"] == transports.split(",")[-1]
    assert steps["acknowledged"]["ok"]
    assert steps["pushed"][0] == steps["acknowledged"]["data"]
    assert steps["refused"]["error"]["code"] == "invalid_input"

    rounds = [line["value"] for line in said if line["step"] == "recovered"]
    assert [one["recovered"] for one in rounds] == [True, True, True]
    for number, one in enumerate(rounds):
        assert [event[0] for event in one["events"]] == ["message:created", "synced"]
        assert one["events"][0][1]["content"] == f"missed {number}"

    assert steps["another user"]["data"] == {"code": "not_found"}


async def test_socket_io_client_with_default_options(person: Person, repository: Path) -> None:
    await assert_stock_client_is_served(person, repository, "polling,websocket")


@pytest.mark.parametrize("transports", [["polling"], ["polling", "websocket"], ["websocket"]])
async def test_python_socketio_on_every_transport(person: Person, transports: list[str]) -> None:
    async with person.device(transports=transports, since="0") as device:
        conversation = await device.call("conversation:create", {"title": "stock"})
        body = {"conversation_id": conversation["data"]["id"], "role": "user", "content": "hola"}
        message = await device.call("message:create", body)
        await device.until_revision(2)
        pushed = [one[1] for one in device.received[1:]]
        assert pushed == [conversation["data"], message["data"]]
