"""Instances whose producer is a real server of ours."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import aiohttp
import pytest

from tests.support.chat_server import ChatServer, Script, chat_server
from tests.support.instances import Instance, running
from tests.support.people import Person, register


@dataclass(frozen=True, slots=True)
class Talking:
    """An instance that answers, the model's server behind it, and somebody who asks."""

    instance: Instance
    server: ChatServer
    person: Person


Talks = Callable[..., AbstractAsyncContextManager[Talking]]


@pytest.fixture
def talks(database_url: str, http: aiohttp.ClientSession) -> Talks:
    """Opens an instance whose model's server follows these scripts."""

    @asynccontextmanager
    async def open_(*scripts: Script, **settings: object) -> AsyncIterator[Talking]:
        chosen = {"reply_model": "tiny", "reply_retries": "0.05,0.05", "reply_timeout": 30, **settings}
        async with (
            chat_server(*scripts) as server,
            running(database_url, reply_base_url=server.url, **chosen) as instance,
        ):
            yield Talking(instance, server, await register(instance, http))

    return open_
