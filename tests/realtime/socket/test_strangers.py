"""What who has no account may have of the sockets: few places for each address, and few tries."""

import uuid

import aiohttp
import pytest

from bitworks.features.limits.strangers import PLACES_OF_ADDRESS
from tests.realtime.engine.engine_peers import POLLING, WEBSOCKET, WebSocketPeer
from tests.support.instances import Instance, running

BEHIND_A_PROXY = {"rate_limits": "on", "trusted_proxies": "127.0.0.1"}


async def open_from(instance: Instance, http: aiohttp.ClientSession, address: str) -> aiohttp.ClientResponse:
    """Opens a session on polling as the client of this address, behind a proxy."""
    headers = {"X-Forwarded-For": address}
    async with http.get(f"{instance.url}/socket.io/", params=POLLING, headers=headers) as response:
        await response.read()
        return response


@pytest.mark.parametrize(
    ("address", "neighbour", "other"),
    [
        ("198.51.100.1", "198.51.100.1", "198.51.100.2"),
        ("2001:db8:1:2::3", "2001:db8:1:2::4", "2001:db8:1:3::3"),
    ],
)
async def test_an_address_that_joins_nothing_leaves_places_to_others(
    database_url: str, http: aiohttp.ClientSession, address: str, neighbour: str, other: str
) -> None:
    async with running(database_url, **BEHIND_A_PROXY) as instance:
        for _ in range(PLACES_OF_ADDRESS):
            assert (await open_from(instance, http, address)).status == 200
        refused = await open_from(instance, http, neighbour)
        assert (refused.status, refused.headers["Retry-After"]) == (429, "5")
        assert (await open_from(instance, http, other)).status == 200


async def test_false_tokens_are_refused_three_times_and_then_no_more(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with (
        running(database_url, rate_limits="on") as instance,
        http.ws_connect(f"{instance.url}/socket.io/", params=WEBSOCKET) as ws,
    ):
        peer = WebSocketPeer(ws)
        await peer.next()
        for _ in range(3):
            namespace = f"/users/{uuid.uuid4()}"
            await peer.send(f'40{namespace},{{"token":"false"}}')
            assert str(await peer.next()).startswith(f"44{namespace},")
        assert await peer.closed() == 1001
