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


@pytest.mark.parametrize("allowed", ["https://other.example", ["https://other.example"]])
async def test_a_list_of_origins_adds_to_the_own_page(serve: Serve, allowed: object) -> None:
    site = await serve(AsyncServer(cors_allowed_origins=allowed))
    async with site.http.get(site.url, params=POLLING, headers={"Origin": site.base}) as response:
        assert response.status == 200
        assert response.headers["Access-Control-Allow-Origin"] == site.base
    async with site.http.ws_connect(
        site.url, params={"EIO": "4", "transport": "websocket"}, headers={"Origin": site.base}
    ) as ws:
        assert not ws.closed


@pytest.mark.parametrize(
    ("origin", "sent"),
    [
        ("https://chat.example.org", {"Host": "chat.example.org"}),
        ("https://chat.example.org", {"Host": "chat.example.org:443"}),
        ("https://chat.example.org", {"Host": "chat.example.org:443", "X-Forwarded-Proto": "https"}),
        ("https://chat.example.org", {"Host": "Chat.Example.ORG", "X-Forwarded-Proto": "HTTPS"}),
        ("https://chat.example.org", {"Host": "chat.example.org", "X-Forwarded-Proto": "wss"}),
        ("https://chat.example.org", {"Host": "chat.example.org", "X-Forwarded-Proto": "https, http"}),
        ("http://chat.example.org", {"Host": "chat.example.org:80"}),
        ("https://chat.example.org:8443", {"Host": "chat.example.org:8443", "X-Forwarded-Proto": "https"}),
        ("https://chat.example.org:8443", {"Host": "chat.example.org", "X-Forwarded-Port": "8443"}),
        (
            "https://chat.example.org",
            {"Host": "10.0.0.7:8000", "X-Forwarded-Host": "chat.example.org", "X-Forwarded-Proto": "https"},
        ),
        ("https://chat.example.org", {"Host": "backend", "X-Forwarded-Host": "chat.example.org, proxy"}),
        ("http://[::1]:8000", {"Host": "[::1]:8000"}),
    ],
)
async def test_the_own_page_is_known_behind_proxies(serve: Serve, origin: str, sent: dict[str, str]) -> None:
    site = await serve(AsyncServer(cors_allowed_origins=["https://other.example"]))
    async with site.http.get(site.url, params=POLLING, headers={"Origin": origin, **sent}) as response:
        assert response.status == 200
        assert response.headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize(
    ("origin", "sent"),
    [
        ("https://chat.example.org", {"Host": "chat.example.org", "X-Forwarded-Proto": "http"}),
        ("https://chat.example.org", {"Host": "chat.example.org:8443"}),
        ("https://chat.example.org", {"Host": "chat.example.org:80"}),
        ("https://chat.example.org:8443", {"Host": "chat.example.org"}),
        ("https://chat.example.org:8443", {"Host": "chat.example.org:9443", "X-Forwarded-Port": "8443"}),
        ("https://chat.example.org.evil.example", {"Host": "chat.example.org"}),
        ("https://evil.example", {"Host": "chat.example.org", "X-Forwarded-Host": "chat.example.org"}),
        ("https://chat.example.org, https://evil.example", {"Host": "chat.example.org"}),
        ("null", {"Host": "null"}),
        ("chat.example.org", {"Host": "chat.example.org"}),
        ("https://chat.example.org:port", {"Host": "chat.example.org:port"}),
        ("https://[chat", {"Host": "[chat"}),
    ],
)
async def test_a_page_of_another_origin_is_refused_behind_proxies(
    serve: Serve, origin: str, sent: dict[str, str]
) -> None:
    site = await serve(AsyncServer())
    async with site.http.get(site.url, params=POLLING, headers={"Origin": origin, **sent}) as response:
        assert response.status == 400


@pytest.mark.parametrize(
    ("listed", "origin"),
    [
        ("https://App.Example:443", "https://app.example"),
        ("https://app.example/", "https://app.example"),
        ("http://app.example:80", "http://app.example"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("capacitor://localhost", "capacitor://localhost"),
        ("null", "null"),
    ],
)
async def test_an_origin_is_allowed_however_it_is_written(serve: Serve, listed: str, origin: str) -> None:
    site = await serve(AsyncServer(cors_allowed_origins=[listed]))
    async with site.http.get(site.url, params=POLLING, headers={"Origin": origin}) as response:
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
