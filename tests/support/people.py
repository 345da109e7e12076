"""People with accounts, and their devices: stock clients, with no code of ours in between."""

import asyncio
import io
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import socketio

from tests.support.instances import Instance

PATIENCE = 30.0  # seconds; generous, because only the outcome is tested
PASSWORD = "correct horse"
_numbers = itertools.count(1)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What REST answered. `body` is None where there is none."""

    status: int
    body: Any
    headers: "aiohttp.typedefs.LooseHeaders"

    @property
    def code(self) -> str | None:
        return self.body.get("code") if isinstance(self.body, dict) else None


@dataclass(slots=True, eq=False)
class Person:
    """Somebody signed in. Create with `register`."""

    instance: Instance
    http: aiohttp.ClientSession
    tokens: Json

    @property
    def id(self) -> str:
        return str(self.tokens["user"]["id"])

    @property
    def namespace(self) -> str:
        return f"/users/{self.id}"

    @property
    def token(self) -> str:
        return str(self.tokens["access_token"])

    async def rest(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        instance: Instance | None = None,
        **options: Any,
    ) -> Answer:
        """One request with this person's token, or another; to their instance, or another."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}"}
        headers |= options.pop("headers", {})
        if body is not None:
            options["json"] = body
        url = (instance or self.instance).url + path
        return await request(self.http, method, url, headers=headers, **options)

    async def must(self, method: str, path: str, body: object = None, **options: Any) -> Any:
        """As `rest`, for what has to succeed; gives the body."""
        answer = await self.rest(method, path, body, **options)
        assert answer.status < 300, answer
        return answer.body

    async def conversation(self, title: str | None = "a talk", **fields: object) -> Json:
        created: Json = await self.must("POST", "/conversations", {"title": title, **fields})
        return created

    async def message(self, conversation: Json, content: str = "hello", **fields: object) -> Json:
        body = {"conversation_id": conversation["id"], "role": "user", "content": content, **fields}
        created: Json = await self.must("POST", "/messages", body)
        return created

    @asynccontextmanager
    async def device(self, instance: Instance | None = None, **auth: object) -> "AsyncIterator[Device]":
        """A connected socket that has received `synced` or `sync:reset`, unless `auth` has `wait=False`."""
        wait = auth.pop("wait", True)
        transports = auth.pop("transports", ["websocket"])
        device = Device(self)
        try:
            await device.client.connect(
                (instance or self.instance).url,
                auth={"token": self.token, **auth},
                namespaces=[self.namespace],
                transports=transports,
                wait_timeout=PATIENCE,
            )
            if wait:
                await device.until(lambda d: d.named("synced") or d.named("sync:reset"))
            yield device
        finally:
            await device.client.disconnect()


async def request(http: aiohttp.ClientSession, method: str, url: str, **options: Any) -> Answer:
    async with http.request(method, url, **_streamed(options)) as response:
        is_json = "json" in response.content_type
        body = await response.json() if is_json else (await response.text() or None)
        return Answer(response.status, body, response.headers)


def _streamed(options: dict[str, Any]) -> dict[str, Any]:
    """A body as a stream: aiohttp warns of a large one that is sent at once."""
    headers = {**options.pop("headers", {})}
    if (body := options.pop("json", None)) is not None:
        headers["Content-Type"] = "application/json"
        options["data"] = json.dumps(body)
    data = options.pop("data", None)
    if data is not None:
        options["data"] = io.BytesIO(data.encode() if isinstance(data, str) else data)
    return {**options, "headers": headers}


async def register(instance: Instance, http: aiohttp.ClientSession, email: str | None = None) -> Person:
    """A new person with an account of their own."""
    email = email or f"person{next(_numbers)}@example.org"
    body = {"email": email, "password": PASSWORD}
    answer = await request(http, "POST", f"{instance.url}/auth/register", json=body)
    assert answer.status == 201, answer
    return Person(instance, http, answer.body)


@dataclass(slots=True, eq=False)
class Device:
    """One socket, and everything it was sent, in order: (event, *arguments)."""

    person: Person
    client: socketio.AsyncClient = field(default_factory=lambda: socketio.AsyncClient(reconnection=False))
    received: list[tuple[Any, ...]] = field(default_factory=list)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.client.on("*", self._receive, namespace=self.person.namespace)
        self.client.on("disconnect", self._wake, namespace=self.person.namespace)

    async def _receive(self, event: str, *arguments: object) -> None:
        self.received.append((event, *arguments))
        self._arrived.set()

    async def _wake(self, *_: object) -> None:
        self._arrived.set()

    def named(self, event: str) -> list[tuple[Any, ...]]:
        return [one for one in self.received if one[0] == event]

    @property
    def revisions(self) -> list[int]:
        """The revisions of the changes received, in the order of arrival."""
        return [one[1]["revision"] for one in self.received if one[0].partition(":")[2] in _CHANGES]

    @property
    def cursor(self) -> str:
        """The cursor that ended the last revisioned event."""
        return str([one[-1] for one in self.received if isinstance(one[-1], str)][-1])

    async def call(self, event: str, payload: object = None, **options: Any) -> Json:
        """Sends an event and gives its acknowledgement."""
        answer: Json = await self.client.call(
            event, payload, namespace=self.person.namespace, timeout=PATIENCE, **options
        )
        return answer

    async def call_json(self, event: str, text: str) -> Json:
        """As `call`, with a payload that is written out already, and may be what no encoder writes."""
        answered: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        number = self.client._generate_ack_id(self.person.namespace, answered.set_result)
        await self.client.eio.send(f"2{self.person.namespace},{number}[{json.dumps(event)},{text}]")
        async with asyncio.timeout(PATIENCE):
            return await answered

    async def until(self, condition: "Callable[[Device], object]") -> None:
        """Waits for something to become true of this device."""
        async with asyncio.timeout(PATIENCE):
            while not condition(self):
                self._arrived.clear()
                await self._arrived.wait()

    async def until_revision(self, revision: int) -> None:
        await self.until(lambda device: device.revisions and device.revisions[-1] >= revision)


_CHANGES = ("created", "updated", "deleted")
