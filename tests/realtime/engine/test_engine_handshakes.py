"""The handshake of a websocket, as Node's server does it."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.realtime.engine.engine_peers import WEBSOCKET, Site, soon

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


@pytest.mark.parametrize("named", [("chat",), ("chat", "superchat")])
async def test_the_first_subprotocol_is_chosen(echo: Site, named: tuple[str, ...]) -> None:
    async with echo.http.ws_connect(echo.url, params=WEBSOCKET, protocols=named) as socket:
        assert socket.protocol == "chat"


async def test_no_subprotocol_is_chosen_for_a_client_that_names_none(echo: Site) -> None:
    async with echo.http.ws_connect(echo.url, params=WEBSOCKET) as socket:
        assert socket.protocol is None


@pytest.mark.parametrize("named", ["chat,", "chat, chat", "a b", "<x>", ""])
async def test_what_is_no_list_of_subprotocols_is_refused(echo: Site, named: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
        await echo.http.ws_connect(echo.url, params=WEBSOCKET, headers={"Sec-WebSocket-Protocol": named})


@pytest.mark.parametrize(
    "lines", [["Upgrade"], ["keep-alive, Upgrade"], ["keep-alive", "Upgrade"], ["upgrade", "keep-alive"]]
)
async def test_a_websocket_opens_however_many_connection_lines_there_are(
    echo: Site, lines: list[str]
) -> None:
    assert await status_of(echo, *(f"Connection: {line}" for line in lines)) == b"101"


async def test_without_an_upgrade_line_no_websocket_opens(echo: Site) -> None:
    assert await status_of(echo, "Connection: keep-alive", "Connection: close") == b"400"


async def status_of(site: Site, *lines: str) -> bytes:
    """The status of the response to a handshake with these lines, which are written as they stand."""
    parts = urlsplit(site.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    head = [
        f"GET {parts.path}?EIO=4&transport=websocket HTTP/1.1",
        f"Host: {parts.netloc}",
        "Upgrade: websocket",
        *lines,
        f"Sec-WebSocket-Key: {KEY}",
        "Sec-WebSocket-Version: 13",
    ]
    writer.write("\r\n".join([*head, "", ""]).encode())
    line: Any = await soon(reader.readline())
    writer.transport.abort()
    return bytes(line.split()[1])
