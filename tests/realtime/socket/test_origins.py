"""Which pages may open sockets, and that what is set for others leaves the server's own alone."""

import aiohttp
import pytest

from tests.realtime.engine.engine_peers import POLLING
from tests.support.instances import running

OTHER = "https://chat.example.net"


@pytest.mark.parametrize("cors_origins", ["", OTHER, f"{OTHER}:443/", "*"])
async def test_the_own_page_opens_sockets_whatever_cors_origins_are_set(
    database_url: str, http: aiohttp.ClientSession, cors_origins: str
) -> None:
    async with running(database_url, cors_origins=cors_origins) as instance:
        headers = {"Origin": instance.url}
        async with http.get(f"{instance.url}/socket.io/", params=POLLING, headers=headers) as response:
            assert response.status == 200


async def test_a_page_that_is_set_may_use_both_doors(database_url: str, http: aiohttp.ClientSession) -> None:
    async with running(database_url, cors_origins="https://Chat.example.net:443/") as instance:
        for path in ("/socket.io/?EIO=4&transport=polling", "/healthz", "/conversations/me"):
            async with http.get(instance.url + path, headers={"Origin": OTHER}) as response:
                allowed = response.headers.get("Access-Control-Allow-Origin")
                assert allowed == (None if path == "/healthz" else OTHER), path


async def test_a_page_may_be_allowed_on_any_port(database_url: str, http: aiohttp.ClientSession) -> None:
    async with running(database_url, cors_origins="http://localhost:*") as instance:
        for origin, status in {
            instance.url: 200, "http://localhost:5173": 200, "https://localhost:5173": 400, OTHER: 400,
        }.items():  # fmt: skip
            asked = http.get(f"{instance.url}/socket.io/", params=POLLING, headers={"Origin": origin})
            async with asked as response:
                assert response.status == status, origin


@pytest.mark.parametrize(
    "wrong", ["chat.example.net", "https://", "https://chat.example.net/path", "https://x:port"]
)
async def test_what_is_no_origin_stops_the_start(database_url: str, wrong: str) -> None:
    with pytest.raises(ValueError, match="is no origin such as"):
        async with running(database_url, cors_origins=wrong):
            pass
