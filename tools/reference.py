"""Writes what is generated from the models: the JSON Schema of the contract, the reference of the events,
and the golden frames that the tests of both languages read.

Run by `make reference`; a test fails while any of it is out of date.
"""

import inspect
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from bitworks.core.changes import change_of
from bitworks.core.cursors import Cursor
from bitworks.core.ids import ContextId, ConversationId, MessageId, Revision, UserId
from bitworks.core.inputs import ByConversation, Input, Nothing
from bitworks.features.history import records
from bitworks.features.history.inputs import KnownParameters, KnownWindow
from bitworks.features.sync.schema import describe_changes, types_of
from bitworks.hosting.app import OPERATIONS
from bitworks.hosting.kinds import KINDS
from bitworks.realtime.delivery.packets import (
    change_packet,
    delta_packet,
    reset_packet,
    signal_packet,
    synced_packet,
)
from bitworks.realtime.socket.inputs import ConnectAuth, Renewal
from bitworks.storage.kinds import Kind
from tools.asyncapi import document as asyncapi_document

ROOT = Path(__file__).parent.parent


def _unique(types: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for one in types:
        if one not in found:
            found.append(one)
    return found


# What operations give, and what changes carry.
RESULTS = _unique(
    [row.result.schema for row in OPERATIONS if row.result.schema is not None] + types_of(KINDS)
)
# What operations take, and what is no operation: how a socket connects, and the keys that are known of objects.
INPUTS = _unique(
    [row.input for row in OPERATIONS if row.input is not Nothing]
    + [KnownWindow, KnownParameters, Renewal, ConnectAuth]
)


def schema() -> str:
    """The JSON Schema of every record and input, under `$defs`."""
    document = _document()
    return (
        json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **document}, indent=2) + "\n"
    )


def asyncapi() -> str:
    """What goes over sockets and AMQP, as AsyncAPI 3 describes it."""
    return asyncapi_document(_document()["$defs"])


def _document() -> dict[str, Any]:
    _, document = TypeAdapter.json_schemas(
        [(one, "serialization", TypeAdapter(one)) for one in RESULTS]
        + [(one, "validation", TypeAdapter(one)) for one in INPUTS],
        title="bitworks-message",
    )
    describe_changes(document["$defs"], KINDS, "#/$defs/")
    return dict(document)


@dataclass(frozen=True, slots=True)
class Pushed:
    """An event that the server sends."""

    event: str
    arguments: str
    meaning: str


def pushed(kinds: Iterable[Kind[Any]]) -> Iterator[Pushed]:
    """The events that changes are: three of each kind."""
    for kind in kinds:
        described = inspect.getdoc(kind.tombstone) or ""
        record = f"{kind.record.__name__}, cursor"
        yield Pushed(f"{kind.name}:created", record, f"The {kind.name} was created.")
        yield Pushed(f"{kind.name}:updated", record, f"The {kind.name} was changed.")
        yield Pushed(
            f"{kind.name}:deleted", f"{kind.tombstone.__name__}, cursor", " ".join(described.split())
        )


# What is pushed and is no change of a row.
PUSHED = (
    Pushed(
        "message:delta",
        "{message_id, offset, text}",
        "A streaming message grows: `content = content[:offset] + text`, in UTF-16 code units.",
    ),
    Pushed("synced", "{revision}, cursor", "Everything up to here has been sent; what follows is live."),
    Pushed("sync:reset", "{reason, cursor}", "Discard what you hold and read again."),
    Pushed("typing", "{conversation_id}", "Another device of the user is typing."),
    Pushed("session:expiring", "{expires_at}", "The token ends in 60 s: renew it with `session:renew`."),
    Pushed("session:expired", "{}", "The token has ended; the transport closes."),
)

HEADER = """# Events

Generated from the models by `make reference`; do not edit.

Path `/socket.io/`, namespace `/users/{user_id}`, `auth`: `{token, since?, max_changes?}`. The stock
`socket.io-client` is all that is needed.

An id in capitals is the same id, in the namespace too. It comes back in lower case: a client that makes ids and
compares texts makes them so.

Apply a pushed change if its revision is greater than your cursor, and drop it otherwise; every `…:created`
and `…:updated` is an upsert by id. A message that is created raises the `updated_at` of its conversation.
The cursor that ends a revisioned event is the `since` of your next connect.
"""


def events() -> str:
    """The reference of the events, as Markdown."""
    lines = [HEADER, "## From the server\n", "| event | arguments | meaning |", "| --- | --- | --- |"]
    lines += [f"| `{one.event}` | {one.arguments} | {one.meaning} |" for one in (*pushed(KINDS), *PUSHED)]
    lines += [
        "\n## From the client\n",
        "Acknowledged by `{ok: true, data, revision, next?}` or "
        "`{ok: false, error: {code, detail, retryable, errors?, current?}}`.\n",
        "| event | fields | meaning |",
        "| --- | --- | --- |",
    ]
    lines += [f"| `{row.name}` | {_fields(row.input)} | {row.summary} |" for row in OPERATIONS if row.event]
    lines.append(f"| `session:renew` | {_fields(Renewal)} | Go on under a new token of the session |")
    lines.append(f"| `typing` | {_fields(ByConversation)} | Tell the other devices; not acknowledged |")
    return "\n".join(lines) + "\n"


def _fields(model: type[Input]) -> str:
    return " ".join(
        f"`{name}{'' if field.is_required() else '?'}`" for name, field in model.model_fields.items()
    )


def frames() -> str:
    """One finished packet of every kind, with what a client must read from it."""
    user = UserId("01890a5d-0000-7000-8000-000000000001")
    conversation_id = ConversationId("01890a5d-0000-7000-8000-000000000002")
    message_id = MessageId("01890a5d-0000-7000-8000-000000000003")
    context_id = ContextId("01890a5d-0000-7000-8000-000000000004")
    at = datetime(2026, 1, 31, 12, 0, 0, 120_000, tzinfo=UTC)
    conversation = records.Conversation(
        conversation_id, user, "Viaje a Málaga", {"pinned": True}, at, at, Revision(1), Revision(1)
    )
    message = records.Message(
        message_id, conversation_id, "user", '¿"Qué" tal? 😀\n\u2028', "complete", {}, None, at, None,
        Revision(2), Revision(2),
    )  # fmt: skip
    context = records.Context(
        context_id, conversation_id, {"max_tokens": 4096}, None, Revision(3), Revision(3)
    )
    changed = (
        conversation,
        message,
        context,
        records.Conversation(conversation_id, user, None, {}, at, at, Revision(1), Revision(4)),
        records.Message(
            message_id, conversation_id, "user", "edited", "complete", {"model": "m"}, 3, at, at,
            Revision(2), Revision(5),
        ),
        records.Context(context_id, conversation_id, None, {"temperature": 0.5}, Revision(3), Revision(6)),
        records.DeletedContext(context_id, conversation_id, Revision(7)),
        records.DeletedMessage(message_id, conversation_id, at, Revision(8)),
        records.DeletedConversation(conversation_id, Revision(9)),
    )  # fmt: skip
    packets = [change_packet(user, "0123456789ab", change_of(one)) for one in changed]
    packets += [
        synced_packet(user, Cursor("0123456789ab", Revision(9))),
        reset_packet(user, "epoch", Cursor("0123456789ab", Revision(9))),
        delta_packet(user, message_id, 5, '¿"Qué" tal? 😀'),
        signal_packet(user, "typing", {"conversation_id": conversation_id}),
        signal_packet(user, "session:expiring", {"expires_at": "2026-01-31T12:01:00.000Z"}),
        signal_packet(user, "session:expired", {}),
    ]
    return json.dumps([_frame(packet.decode()) for packet in packets], indent=2, ensure_ascii=False) + "\n"


def _frame(packet: str) -> dict[str, Any]:
    event, data, *cursor = json.loads(packet.partition(",")[2])
    return {
        "name": event,
        "packet": packet,
        "event": event,
        "data": data,
        "cursor": cursor[0] if cursor else None,
    }


GENERATED = {
    ROOT / "docs" / "contract.schema.json": schema,
    ROOT / "docs" / "events.md": events,
    ROOT / "docs" / "asyncapi.json": asyncapi,
    ROOT / "tests" / "contract" / "frames.json": frames,
}


def main() -> None:
    for path, generate in GENERATED.items():
        path.write_text(generate(), encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
