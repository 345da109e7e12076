"""One user takes everything that there is: somebody else may not notice."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import aiohttp
import orjson

from bench.faults.bars import MEGABYTE, Bar
from bench.faults.greed import GreedPlan
from bench.faults.people import PASSWORD, Account, http_session, register_all
from bench.faults.process import hear, python_module, tell
from bench.faults.slow_model import QUICK, slow_model
from bench.faults.stage import Fault, Stage
from bench.faults.strangers import UNDISTURBED
from bench.faults.wire import forwarded

EVERY = 0.1  # seconds between two things that the neighbour asks
POLL = 0.01  # seconds between two looks for an answer
PATIENCE = 20.0  # seconds


@dataclass(slots=True)
class Neighbour:
    """Somebody else, who asks one thing after the other. `took`: milliseconds, by what was asked."""

    account: Account
    email: str
    url: str
    http: aiohttp.ClientSession
    took: dict[str, list[float]] = field(default_factory=dict)
    sign_ins: Iterator[int] = field(default_factory=itertools.count)

    async def live(self) -> None:
        """Until cancelled."""
        while True:
            for name, ask in self._questions().items():
                began = time.monotonic()
                with suppress(TimeoutError):
                    async with asyncio.timeout(PATIENCE):
                        await ask()
                self.took.setdefault(name, []).append((time.monotonic() - began) * 1000)
                await asyncio.sleep(EVERY)

    def _questions(self) -> Mapping[str, Callable[[], Awaitable[object]]]:
        return {
            "an answer": self._answer,
            "a search": self._search,
            "a window": self._window,
            "a sign-in": self._sign_in,
        }

    async def _answer(self) -> None:
        """From the question until the model's answer is there, whole."""
        question = {"conversation_id": self.account.conversation, "role": "user", "content": QUICK + "is it?"}
        asked = await self._call("POST", "/messages", {**question, "reply": True})
        path = f"/messages/detail/{asked['reply']['message_id']}"
        while (await self._call("GET", path))["status"] == "streaming":  # noqa: ASYNC110 - as without a socket
            await asyncio.sleep(POLL)

    async def _search(self) -> object:
        return await self._call("GET", "/conversations/me?title=bench")

    async def _window(self) -> object:
        return await self._call("GET", f"/context/{self.account.conversation}/window")

    async def _sign_in(self) -> object:
        # From another address each time: from one, an account signs in ten times a minute.
        address = forwarded(f"{self.email} {next(self.sign_ins)}")
        return await self._call("POST", "/auth/login", {"email": self.email, "password": PASSWORD}, address)

    async def _call(
        self, method: str, path: str, body: object = None, address: Mapping[str, str] | None = None
    ) -> Any:
        headers = {"Authorization": f"Bearer {self.account.token}", **(address or forwarded(self.email))}
        asked = self.http.request(method, self.url + path, json=body, headers=headers, raise_for_status=True)
        async with asked as answer:
            return await answer.json()

    def figures(self) -> dict[str, float]:
        return {_figure(name): _p99(took) for name, took in self.took.items()}


def _figure(name: str) -> str:
    return f"p99 of somebody else's {name.partition(' ')[2]}, ms"


def _p99(values: list[float]) -> float:
    return sorted(values)[len(values) * 99 // 100]


async def takes_all(stage: Stage) -> None:
    async with http_session() as http:
        [account] = await register_all(http, stage.cluster.urls, 1)
        neighbour = Neighbour(account, account.email, stage.cluster.urls[0], http)
        plan = GreedPlan(stage.cluster.urls, stage.form.greed)
        async with python_module("bench.faults.greed", orjson.dumps(asdict(plan)).decode()) as process:
            await hear(process)
            await stage.warm()
            async with stage.broken():
                await tell(process, "begin")
                await _for_a_while(neighbour, stage)
                await tell(process, "stop")
            stage.notes.append(f"what was taken, and how it was answered: {await hear(process)}")
        stage.figures.update(neighbour.figures())


async def _for_a_while(neighbour: Neighbour, stage: Stage) -> None:
    living = asyncio.create_task(neighbour.live())
    await stage.hold()
    living.cancel()
    with suppress(asyncio.CancelledError):
        await living


UNNOTICED = Bar(
    p99=0.25,
    silence=1.0,
    errors=(),
    more_memory=(UNDISTURBED, 150 * MEGABYTE),
    figures={
        **{_figure(name): 250.0 for name in ("an answer", "a search", "a window")},
        # A password's hash alone takes a quarter of a second of one core, and steps back behind everybody's messages.
        _figure("a sign-in"): 3_000.0,
    },
)
FAULTS = [
    Fault(
        "one-user-takes-all",
        "somebody signs in, asks for replies, windows, searches and changes as fast as the server lets him",
        takes_all,
        UNNOTICED,
        settings={"RATE_LIMITS": "on", "BCRYPT_ROUNDS": "12"},
        beside=slow_model,
    ),
]
