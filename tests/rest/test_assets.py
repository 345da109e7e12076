"""What the web client's build made is sent compressed, and asked for once."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from rest.pages import add_client

Browser = TestClient[web.Request, web.Application]


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>")
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
