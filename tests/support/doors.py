"""The two doors behind one handle, so that a test can go through each with the same words."""

import json
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.support.people import Device, Json, Person

ROUTES = {
    "conversation:create": ("POST", "/conversations"),
    "conversation:get": ("GET", "/conversations/detail/{id}"),
    "conversation:list": ("GET", "/conversations/me"),
    "conversation:update": ("PUT", "/conversations/{id}"),
    "conversation:delete": ("DELETE", "/conversations/{id}"),
    "message:create": ("POST", "/messages"),
    "message:get": ("GET", "/messages/detail/{id}"),
    "message:list": ("GET", "/messages/{conversation_id}"),
    "message:update": ("PUT", "/messages/{id}"),
    "message:delete": ("DELETE", "/messages/{id}"),
    "context:create": ("POST", "/context"),
    "context:get": ("GET", "/context/{conversation_id}"),
    "context:update": ("PUT", "/context/{conversation_id}"),
    "context:delete": ("DELETE", "/context/{conversation_id}"),
    "sync": ("GET", "/changes"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a door answered: data, or the code of an error and the fields it names."""

    data: Any = None
    code: str | None = None
    fields: tuple[str, ...] = ()
    current: Any = None
    next: Json | None = None

    @property
    def ok(self) -> bool:
        return self.code is None


class Door(Protocol):
    async def call(self, event: str, payload: Json) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class RestDoor:
    person: Person

    async def call(self, event: str, payload: Json) -> Outcome:
        method, template = ROUTES[event]
        in_path = {name: str(value) for name, value in payload.items() if "{" + name + "}" in template}
        rest = {name: value for name, value in payload.items() if name not in in_path}
        path = template.format_map(_Blank(in_path))
        if method in ("GET", "DELETE"):
            answer = await self.person.rest(method, f"{path}?{urlencode(rest)}" if rest else path)
        else:
            # json.dumps, unlike aiohttp's own choice, lets unpaired surrogates through, escaped.
            answer = await self.person.rest(
                method, path, data=json.dumps(rest), headers={"Content-Type": "application/json"}
            )
        if answer.status >= 400:
            return Outcome(
                code=answer.body["code"],
                fields=tuple(one["field"] for one in answer.body.get("errors", ())),
                current=answer.body.get("current"),
            )
        return Outcome(answer.body, next=_next(answer.headers, in_path))


def _next(headers: Any, in_path: dict[str, str]) -> Json | None:
    if "Link" not in headers:
        return None
    url = headers["Link"].partition(">")[0].lstrip("<")
    query = dict(parse_qsl(urlsplit(url).query))
    return {**in_path, **{name: int(v) if v.isdigit() else v for name, v in query.items()}}


class _Blank(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "missing"


@dataclass(frozen=True, slots=True)
class SocketDoor:
    device: Device

    async def call(self, event: str, payload: Json) -> Outcome:
        answer = await self.device.call(event, payload)
        if answer["ok"]:
            return Outcome(answer["data"], next=answer.get("next"))
        error = answer["error"]
        return Outcome(
            code=error["code"],
            fields=tuple(one["field"] for one in error.get("errors", ())),
            current=error.get("current"),
        )
