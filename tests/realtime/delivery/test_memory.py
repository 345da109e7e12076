"""What a device took is given back when it goes, by counting references alone.

The collector looks through everything that lives to find what does not: with ten thousand devices that
stops the loop for longer than anybody may wait.
"""

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator

import aiohttp
import pytest
from aiohttp import web

from bitworks.realtime.delivery.device import Device
from bitworks.realtime.delivery.feed import Feed
from bitworks.realtime.delivery.text_feed import TextFeed
from bitworks.realtime.engine.client import Client
from bitworks.realtime.engine.connection import Connection
from bitworks.realtime.engine.heartbeat import Heartbeat
from bitworks.realtime.engine.websocket import WebSocket
from tests.support.instances import Instance
from tests.support.people import PATIENCE, register

OF_A_DEVICE = (Connection, WebSocket, Client, Heartbeat, Device, Feed, TextFeed, web.Request)


@pytest.fixture
def uncollected() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def living() -> Counter[str]:
    return Counter(type(one).__name__ for one in gc.get_objects() if isinstance(one, OF_A_DEVICE))


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]])
async def test_a_device_that_goes_leaves_nothing_for_the_collector(
    instance: Instance, http: aiohttp.ClientSession, uncollected: None, transports: list[str]
) -> None:
    person = await register(instance, http)
    before = living()
    async with person.device(transports=transports) as device:
        assert (await device.call("conversation:create"))["ok"]
        assert living()["Feed"] == before["Feed"] + 1
    async with asyncio.timeout(PATIENCE):
        while living() - before:  # noqa: ASYNC110 - nobody announces it
            await asyncio.sleep(0)
