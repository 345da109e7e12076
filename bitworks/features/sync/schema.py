"""The JSON Schema of changes: the events and the data of every kind."""

from collections.abc import Iterable
from typing import Any

from bitworks.storage.kinds import Kind

VERBS = ("created", "updated", "deleted")
"""The second parts of the names of events."""


def types_of(kinds: Iterable[Kind[Any]]) -> list[type]:
    """Returns the records and tombstones of these kinds."""
    return [one for kind in kinds for one in (kind.record, kind.tombstone)]


def describe_changes(definitions: dict[str, Any], kinds: Iterable[Kind[Any]], references: str) -> None:
    """Completes the schema of `Change` in `definitions`, of which each is referred to by `references` and its name."""
    kinds = list(kinds)
    properties = definitions["Change"]["properties"]
    events = [f"{kind.name}:{verb}" for kind in kinds for verb in VERBS]
    properties["event"] = {"enum": events, "title": "Event", "type": "string"}
    data = [{"$ref": references + one.__name__} for one in types_of(kinds)]
    properties["data"] = {"anyOf": data, "title": "Data"}
