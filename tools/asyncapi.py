"""The AsyncAPI document: what goes over sockets and over AMQP, from the table of operations and the kinds of rows."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import TypeAdapter

from bitworks import __version__
from bitworks.amqp.topology import EVENTS, QUESTIONS
from bitworks.core.inputs import ByConversation, Nothing
from bitworks.core.operations import AnyOperation
from bitworks.features.relay.cloud_events import MEDIA_TYPE, CloudEvent
from bitworks.features.replies.producers.reply_requested import ReplyRequested
from bitworks.features.sync.schema import VERBS
from bitworks.hosting.app import OPERATIONS
from bitworks.hosting.kinds import KINDS
from bitworks.realtime.socket.inputs import Renewal

Json = dict[str, Any]
SCHEMAS = "#/components/schemas/"
CURSOR = {"type": "string", "description": "the `since` of the next connect"}
ERROR = {
    "type": "object",
    "required": ["code", "detail", "retryable"],
    "properties": {
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "retryable": {"type": "boolean"},
        "errors": {"type": "array", "items": {"type": "object"}},
        "current": {"type": "object"},
    },
}
# What is left of a record that is too large for the broker; `dataref` says where the whole is.
IDENTITY = {"id": {"type": "string"}, "revision": {"type": "integer"}}
TOO_LARGE: tuple[Json, ...] = (
    {
        "type": "object",
        "description": "a message that is too large for the broker, without its content",
        "required": ["id", "revision", "content"],
        "properties": {**IDENTITY, "content": {"type": "null"}},
    },
    {
        "type": "object",
        "description": "what is too large for the broker whatever is taken from it",
        "required": ["id", "revision"],
        "properties": {**IDENTITY, "conversation_id": {"type": "string"}},
        "additionalProperties": False,
    },
)
# Of events that are no change of a row: their data, and whether a cursor ends them.
SIGNALS: dict[str, tuple[str, Json, bool]] = {
    "message:delta": (
        "A streaming message grows: content = content[:offset] + text, in UTF-16 code units.",
        {"message_id": {"type": "string"}, "offset": {"type": "integer"}, "text": {"type": "string"}},
        False,
    ),
    "synced": (
        "Everything up to here has been sent; what follows is live.",
        {"revision": {"type": "integer"}},
        True,
    ),
    "sync:reset": ("Discard what you hold and read again.", {"reason": {"type": "string"}}, True),
    "typing": ("Another device of the user is typing.", {"conversation_id": {"type": "string"}}, False),
    "session:expiring": ("The token ends in 60 s.", {"expires_at": {"type": "string"}}, False),
    "session:expired": ("The token has ended; the transport closes.", {}, False),
}
ACCOUNTS: dict[str, tuple[str, Json]] = {
    "user.created": (
        "An account begins, in sequence 0.",
        {"id": {"type": "string"}, "created_at": {"type": "string"}},
    ),
    "user.deleted": (
        "An account has ended, and everything of it.",
        {"id": {"type": "string"}, "deleted_at": {"type": "string"}, "revision": {"type": "integer"}},
    ),
    "epoch.started": ("All is told again from here.", {"epoch": {"type": "string"}}),
}


def document(definitions: Json) -> str:
    """The document as JSON. `definitions` are the schemas of records and inputs, as the contract has them."""
    schemas = {**definitions, **_own_schemas()}
    channels: Json = {
        "user": {
            "address": "/users/{user_id}",
            "title": "The namespace of one user",
            "servers": [{"$ref": "#/servers/sockets"}],
            "parameters": {"user_id": {"description": "the user whose token the client has"}},
            "messages": {**_named(_pushed()), **_named(_called())},
        },
        "events": {
            "address": "{kind}.{action}.{user_id}",
            "title": "Every committed change, and the accounts",
            "servers": [{"$ref": "#/servers/broker"}],
            "parameters": {
                "kind": {"enum": [*(kind.name for kind in KINDS), "user", "epoch"]},
                "action": {"enum": [*VERBS, "started"]},
                "user_id": {"description": "the user; without it, and the dot before it, `epoch.started`"},
            },
            "bindings": {
                "amqp": {
                    "is": "routingKey",
                    "exchange": {"name": EVENTS, "type": "topic", "durable": True, "autoDelete": False, "vhost": "/"},
                    "bindingVersion": "0.3.0",
                }
            },
            "messages": _named(_told()),
        },
        "questions": {
            "address": QUESTIONS,
            "title": "Questions that wait for workers",
            "servers": [{"$ref": "#/servers/broker"}],
            "bindings": {
                "amqp": {
                    "is": "queue",
                    "queue": {
                        "name": QUESTIONS, "durable": True, "exclusive": False, "autoDelete": False, "vhost": "/",
                    },
                    "bindingVersion": "0.3.0",
                }
            },
            "messages": {"question": _ref("messages", "question")},
        },
    }  # fmt: skip
    messages = {
        _key(message["name"]): message
        for message in (*_pushed(), *_called(), *_answers(), *_told(), _question())
    }
    whole = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "bitworks-message",
            "version": __version__,
            "description": "What goes over sockets and over RabbitMQ. REST is described by /openapi.json.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "sockets": {
                "host": "localhost:8000",
                "pathname": "/socket.io/",
                "protocol": "ws",
                "description": "Socket.IO 5, by any of its transports; `auth` is `ConnectAuth`.",
            },
            "broker": {"host": "localhost:5672", "protocol": "amqp", "protocolVersion": "0.9.1"},
        },
        "channels": channels,
        "operations": dict(_operations()),
        "components": {"messages": messages, "schemas": schemas},
    }
    return json.dumps(_with_references_to_components(whole), indent=2) + "\n"


def _own_schemas() -> Json:
    """Those of what only a broker is given."""
    _, found = TypeAdapter.json_schemas(
        [(one, "serialization", TypeAdapter(one)) for one in (CloudEvent, ReplyRequested)]
    )
    return dict(found["$defs"])


def _pushed() -> Iterator[Json]:
    """What the server sends over a socket: changes with their cursor, and what is no change."""
    for kind in KINDS:
        for verb in VERBS:
            data = kind.tombstone if verb == "deleted" else kind.record
            yield _message(
                f"{kind.name}:{verb}",
                f"A {kind.name} was {verb}.",
                _event(f"{kind.name}:{verb}", _schema(data), CURSOR),
            )
    for name, (summary, properties, ends_with_cursor) in SIGNALS.items():
        data = {"type": "object", "properties": properties}
        yield _message(name, summary, _event(name, data, *([CURSOR] if ends_with_cursor else [])))


def _called() -> Iterator[Json]:
    """What a client sends, and has acknowledged."""
    for row in _events():
        data = {"type": "object"} if row.input is Nothing else _schema(row.input)
        yield _message(f"call {row.name}", row.summary, _event(row.name, data))
    yield _message("call session:renew", "Go on under a new token", _event("session:renew", _schema(Renewal)))
    yield _message(
        "call typing", "Tell the other devices; not acknowledged", _event("typing", _schema(ByConversation))
    )


def _answers() -> Iterator[Json]:
    """The acknowledgements."""
    for row in _events():
        data: Json = {} if row.result.schema is None else _schema(row.result.schema)
        done = {
            "type": "object",
            "required": ["ok"],
            "properties": {
                "ok": {"const": True}, "data": data, "revision": {"type": "integer"}, "next": {"type": "string"},
            },
        }  # fmt: skip
        failed = {
            "type": "object",
            "required": ["ok", "error"],
            "properties": {"ok": {"const": False}, "error": ERROR},
        }
        yield _message(f"answer {row.name}", f"What became of {row.name}", {"oneOf": [done, failed]})


def _told() -> Iterator[Json]:
    """What a broker is told."""
    for kind in KINDS:
        for verb in VERBS:
            data = _schema(kind.tombstone if verb == "deleted" else kind.record)
            if verb != "deleted":
                data = {"anyOf": [data, *TOO_LARGE]}
            yield _cloud_event(f"{kind.name}.{verb}", f"A {kind.name} was {verb}.", data)
    for type_, (summary, properties) in ACCOUNTS.items():
        yield _cloud_event(type_, summary, {"type": "object", "properties": properties})


def _cloud_event(type_: str, summary: str, data: Json) -> Json:
    narrowed = {"properties": {"type": {"const": f"bitworks.{type_}"}, "data": data}}
    payload = {"allOf": [{"$ref": SCHEMAS + CloudEvent.__name__}, narrowed]}
    return {**_message(f"bitworks.{type_}", summary, payload), "contentType": MEDIA_TYPE}


def _question() -> Json:
    summary = "A question, with what a model is given and where the answer goes"
    return {**_message("question", summary, _schema(ReplyRequested)), "contentType": "application/json"}


def _operations() -> Iterator[tuple[str, Json]]:
    """As the server does them: it sends what is pushed and told, and receives what clients call."""
    yield "push", _operation("send", "user", _pushed(), "Sends what happens to every device of the user")
    for row in _events():
        calls = [{"name": f"call {row.name}"}]
        reply = {"channel": {"$ref": "#/channels/user"}, "messages": [_ref("messages", f"answer {row.name}")]}
        yield _key(f"call {row.name}"), {**_operation("receive", "user", calls, row.summary), "reply": reply}
    yield (
        "tell",
        _operation("send", "events", _told(), "Tells of every change, at least once, in order for each user"),
    )
    yield "ask", _operation("send", "questions", [{"name": "question"}], "Asks workers for an answer")


def _operation(action: str, channel: str, messages: Iterable[Json], summary: str) -> Json:
    within = [{"$ref": f"#/channels/{channel}/messages/{_key(one['name'])}"} for one in messages]
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": within,
    }


def _events() -> list[AnyOperation]:
    return [row for row in OPERATIONS if row.event]


def _message(name: str, summary: str, payload: Json) -> Json:
    return {"name": name, "summary": summary, "payload": payload}


def _event(name: str, *arguments: Json) -> Json:
    """A Socket.IO event: its name, then its arguments."""
    return {"type": "array", "items": [{"const": name}, *arguments], "additionalItems": False}


def _schema(type_: Any) -> Json:
    """A reference to a record or an input; of a list or a union the schema, with references."""
    if isinstance(type_, type):
        return {"$ref": SCHEMAS + type_.__name__}
    schema = TypeAdapter(type_).json_schema(mode="serialization", ref_template=SCHEMAS + "{model}")
    return {name: value for name, value in schema.items() if name != "$defs"}


def _named(messages: Iterable[Json]) -> Json:
    return {_key(one["name"]): _ref("messages", one["name"]) for one in messages}


def _ref(of: str, name: str) -> Json:
    return {"$ref": f"#/components/{of}/{_key(name)}"}


def _key(name: str) -> str:
    """A name as keys of the document may be."""
    return re.sub(r"[^\w.-]", "_", name)


def _with_references_to_components(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_references_to_components(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_with_references_to_components(one) for one in value]
    return value.replace("#/$defs/", SCHEMAS) if isinstance(value, str) else value
