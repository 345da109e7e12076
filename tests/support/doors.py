"""The two doors behind one handle, so that a test can go through each with the same words."""

import json
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from tests.support.people import Answer, Device, Json, Person

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
    "message:reply": ("POST", "/messages/{id}/reply"),
    "message:delete": ("DELETE", "/messages/{id}"),
    "message:append": ("POST", "/messages/{id}/append"),
    "message:finish": ("POST", "/messages/{id}/finish"),
    "message:stop": ("POST", "/messages/{id}/stop"),
    "context:create": ("POST", "/context"),
    "context:get": ("GET", "/context/{conversation_id}"),
    "context:update": ("PUT", "/context/{conversation_id}"),
    "context:delete": ("DELETE", "/context/{conversation_id}"),
    "context:window": ("GET", "/context/{conversation_id}/window"),
    "sync": ("GET", "/changes"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a door answered: data, or the code of an error and the fields it names."""

    data: Any = None
    code: str | None = None
    fields: tuple[str, ...] = ()
    detail: str = ""
    current: Any = None
    next: Json | None = None
    cursor: str | None = None

    @property
    def ok(self) -> bool:
        return self.code is None


class Door(Protocol):
    async def call(self, event: str, payload: Json) -> Outcome:
        """Asks for one thing."""

    async def call_json(self, event: str, text: str, **named: str) -> Outcome:
        """As `call`, with an object that is written out already; `named` are the fields of the path."""


@dataclass(frozen=True, slots=True)
class RestDoor:
    person: Person

    async def call(self, event: str, payload: Json) -> Outcome:
        method, template = ROUTES[event]
        in_path = {name: str(value) for name, value in payload.items() if "{" + name + "}" in template}
        rest = {name: value for name, value in payload.items() if name not in in_path}
        path = template.format_map(
            _Blank({name: quote(value, "", errors="surrogatepass") for name, value in in_path.items()})
        )
        if method in ("GET", "DELETE"):
            answer = await self.person.rest(method, f"{path}?{urlencode(rest)}" if rest else path)
        else:
            # json.dumps, unlike aiohttp's own choice, lets unpaired surrogates through, escaped.
            answer = await self.person.rest(
                method, path, data=json.dumps(rest), headers={"Content-Type": "application/json"}
            )
        return self._outcome(answer, in_path)

    async def call_json(self, event: str, text: str, **named: str) -> Outcome:
        method, template = ROUTES[event]
        headers = {"Content-Type": "application/json"}
        return self._outcome(
            await self.person.rest(method, template.format_map(named), data=text, headers=headers), named
        )

    @staticmethod
    def _outcome(answer: Answer, in_path: dict[str, str]) -> Outcome:
        if answer.status >= 400:
            return Outcome(
                code=answer.body["code"],
                detail=answer.body["detail"],
                fields=tuple(one["field"] for one in answer.body.get("errors", ())),
                current=answer.body.get("current"),
            )
        return Outcome(
            answer.body, next=_next(answer.headers, in_path), cursor=answer.headers.get("X-Cursor")
        )


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
        # Written out here, because the servers of this process share their encoder with the client.
        return self._outcome(await self.device.call_json(event, json.dumps(payload)))

    async def call_json(self, event: str, text: str, **named: str) -> Outcome:
        fields = "".join(f"{json.dumps(name)}: {json.dumps(value)}, " for name, value in named.items())
        return self._outcome(await self.device.call_json(event, "{" + fields + text.removeprefix("{")))

    @staticmethod
    def _outcome(answer: Json) -> Outcome:
        if answer["ok"]:
            return Outcome(answer["data"], next=answer.get("next"), cursor=answer.get("cursor"))
        error = answer["error"]
        return Outcome(
            code=error["code"],
            detail=error["detail"],
            fields=tuple(one["field"] for one in error.get("errors", ())),
            current=error.get("current"),
        )


async def all_pages(door: Door, event: str, payload: Json) -> list[list[Json]]:
    """Every page of a list, from the one asked for, as each names the next."""
    outcome = await door.call(event, payload)
    pages = [outcome.data]
    while outcome.next is not None:
        outcome = await door.call(event, outcome.next)
        pages.append(outcome.data)
    return pages


async def head(door: Door) -> str:
    """The cursor of everything that has happened so far."""
    return str((await door.call("conversation:list", {"limit": 1})).cursor)


async def changes_since(door: Door, cursor: str) -> list[Json]:
    """What changed after this cursor."""
    changes: list[Json] = (await door.call("sync", {"since": cursor})).data["changes"]
    return changes
