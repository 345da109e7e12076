"""What the web client's build made is sent compressed, asked for once, and as what it is."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bitworks.rest.pages import add_client

Browser = TestClient[web.Request, web.Application]


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "sw.js").write_text("self")
    (tmp_path / "manifest.webmanifest").write_text("{}")
    for ending in ("", ".gz", ".br"):
        (tmp_path / "assets" / f"index-abc.js{ending}").write_text(f"as{ending}")
    app = web.Application()
    add_client(app, tmp_path)
    async with TestClient(TestServer(app), auto_decompress=False) as client:
        yield client


async def asset(browser: Browser, accepted: str) -> tuple[str | None, str]:
    headers = {aiohttp.hdrs.ACCEPT_ENCODING: accepted}
    async with browser.get("/assets/index-abc.js", headers=headers) as answer:
        return answer.headers.get("Content-Encoding"), await answer.text()


async def test_an_asset_is_sent_in_the_smallest_form_that_is_taken(browser: Browser) -> None:
    assert await asset(browser, "gzip, deflate, br") == ("br", "as.br")
    assert await asset(browser, "gzip") == ("gzip", "as.gz")
    assert await asset(browser, "identity") == (None, "as")


async def test_an_asset_is_kept_for_ever_and_the_page_that_names_it_is_asked_for_again(
    browser: Browser,
) -> None:
    async with browser.get("/assets/index-abc.js") as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    async with browser.get("/") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("/sw.js", {"text/javascript", "application/javascript"}),
        ("/manifest.webmanifest", {"application/manifest+json"}),
    ],
)
async def test_what_installs_the_client_is_of_its_kind_and_asked_for_again(
    browser: Browser, path: str, kinds: set[str]
) -> None:
    async with browser.get(path) as answer:
        assert answer.status == 200
        assert answer.content_type in kinds
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'; ")


async def test_a_page_of_the_client_is_the_same_at_each_of_its_addresses(browser: Browser) -> None:
    for path in ("/", "/c/018f", "/login", "/register"):
        async with browser.get(path) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
