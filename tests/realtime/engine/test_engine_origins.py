"""Which pages may talk to the server, and that they can read its errors."""

import aiohttp
import pytest

from bitworks.realtime.engine import AsyncServer, Frame
from tests.realtime.engine.engine_peers import POLLING, Serve

PAGE = "https://page.example"


@pytest.mark.parametrize("allowed", ["*", PAGE, [PAGE], lambda origin: origin == PAGE])
@pytest.mark.parametrize("query", [POLLING, {**POLLING, "sid": "nobody"}, {"EIO": "4"}])
async def test_an_allowed_page_can_read_answers_and_errors(
    serve: Serve, allowed: object, query: dict[str, str]
) -> None:
    site = await serve(AsyncServer(cors_allowed_origins=allowed))
    async with site.http.get(site.url, params=query, headers={"Origin": PAGE}) as response:
        assert response.headers["Access-Control-Allow-Origin"] == PAGE
        assert response.headers["Access-Control-Allow-Credentials"] == "true"
        assert response.headers["Vary"] == "Origin"


@pytest.mark.parametrize("allowed", [None, "https://other.example", ["https://other.example"]])
async def test_another_page_is_refused_and_told_nothing(serve: Serve, allowed: object) -> None:
    site = await serve(AsyncServer(cors_allowed_origins=allowed))
    async with site.http.get(site.url, params=POLLING, headers={"Origin": PAGE}) as response:
        assert response.status == 400
        assert "Access-Control-Allow-Origin" not in response.headers
    with pytest.raises(aiohttp.WSServerHandshakeError, match="400"):
        await site.http.ws_connect(
            site.url, params={"EIO": "4", "transport": "websocket"}, headers={"Origin": PAGE}
        )
    assert site.server.connections == {}


async def test_the_own_page_is_allowed_by_default(serve: Serve) -> None:
    site = await serve(AsyncServer())
    async with site.http.get(site.url, params=POLLING, headers={"Origin": site.base}) as response:
        assert response.status == 200


async def test_a_preflight_is_answered(serve: Serve) -> None:
    site = await serve(AsyncServer(cors_allowed_origins=PAGE))
    headers = {"Origin": PAGE, "Access-Control-Request-Headers": "x-one"}
    async with site.http.options(site.url, headers=headers) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Methods"] == "OPTIONS, GET, POST"
        assert response.headers["Access-Control-Allow-Headers"] == "x-one"


async def test_no_websocket_is_compressed(serve: Serve) -> None:
    site = await serve(AsyncServer())
    query = {"EIO": "4", "transport": "websocket"}
    async with site.http.ws_connect(site.url, params=query, compress=15) as ws:
        assert not ws.compress


async def test_a_large_poll_is_compressed_on_request(serve: Serve) -> None:
    server = AsyncServer()
    site = await serve(server)
    peer = await site.polling()
    server.connections[peer.sid].send(Frame.event("/", "x", "x" * 5000))
    async with site.http.get(site.url, params=peer.query, headers={"Accept-Encoding": "gzip"}) as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert len(await response.text()) > 5000


@pytest.mark.parametrize(
    ("interval", "patience", "announced"),
    [
        (0.3, 0.2, (300, 200)),
        (1.5, 0.25, (1500, 250)),
        (25, 20, (25000, 20000)),
        ((0.3, 0.2), 1, (500, 1000)),
    ],
)
async def test_heartbeat_times_are_announced_in_exact_milliseconds(
    serve: Serve, interval: float, patience: float, announced: tuple[int, int]
) -> None:
    site = await serve(AsyncServer(ping_interval=interval, ping_timeout=patience))
    opened = (await site.polling()).opened
    assert (opened["pingInterval"], opened["pingTimeout"]) == announced
