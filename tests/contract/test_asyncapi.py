"""The AsyncAPI document is one, and says of what goes over sockets and AMQP what goes there."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bitworks.hosting.app import OPERATIONS


@pytest.fixture(scope="module")
def document(repository: Path) -> dict[str, Any]:
    return dict(json.loads((repository / "docs/asyncapi.json").read_text(encoding="utf-8")))


def test_it_is_a_document_of_asyncapi_3(document: dict[str, Any], repository: Path) -> None:
    official = repository / "client/node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"
    jsonschema.Draft7Validator(json.loads(official.read_text(encoding="utf-8"))).validate(document)


def test_every_reference_in_it_leads_somewhere(document: dict[str, Any]) -> None:
    for reference in references(document):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            place = place[part]


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [one for part in value.values() for one in references(part)]
    return [one for part in value for one in references(part)] if isinstance(value, list) else []


def test_every_event_that_a_client_may_send_is_in_it(document: dict[str, Any]) -> None:
    received = {
        operation["messages"][0]["$ref"].rpartition("/")[2]
        for operation in document["operations"].values()
        if operation["action"] == "receive"
    }
    assert {f"call_{row.name.replace(':', '_')}" for row in OPERATIONS if row.event} <= received


def test_every_golden_frame_is_as_it_says(document: dict[str, Any], repository: Path) -> None:
    frames = json.loads((repository / "tests/contract/frames.json").read_text(encoding="utf-8"))
    assert len(frames) > 10
    for frame in frames:
        arguments = [frame["event"], frame["data"], *([frame["cursor"]] if frame["cursor"] else [])]
        validator(document, frame["event"]).validate(arguments)


def validator(document: dict[str, Any], name: str) -> Any:
    """Of the payload of one message."""
    key = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in name)
    payload = document["components"]["messages"][key]["payload"]
    return jsonschema.Draft7Validator({**payload, "components": document["components"]})
