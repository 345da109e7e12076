"""What the web client's build made is sent compressed, asked for once, and as what it is."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bitworks.rest.pages import add_client
from tests.support.instances import Instance, running

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


@pytest.fixture
async def instance(database_url: str, tmp_path: Path) -> AsyncIterator[Instance]:
    """A server with a build of the client."""
    (tmp_path / "index.html").write_text('<!doctype html><div id="root"></div>')
    async with running(database_url, client_dist=tmp_path) as one:
        yield one


HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.mark.parametrize("path", ["/settings", "/c/", "/c/018f/more", "/assets/gone.js", "/messages"])
async def test_a_person_at_an_address_of_nothing_has_the_client_and_a_program_is_told_in_json(
    instance: Instance, http: aiohttp.ClientSession, path: str
) -> None:
    async with http.get(instance.url + path, headers=HTML) as answer:
        assert (answer.status, answer.content_type) == (404, "text/html")
        assert answer.headers["Vary"] == "Accept"
        assert '<div id="root">' in await answer.text()
    for accepted in ("*/*", "application/json"):
        async with http.get(instance.url + path, headers={"Accept": accepted}) as answer:
            assert answer.status in (404, 405)
            assert answer.content_type == "application/problem+json"


async def test_what_is_written_to_an_address_of_nothing_is_refused_in_json_whoever_asks(
    instance: Instance, http: aiohttp.ClientSession
) -> None:
    async with http.post(f"{instance.url}/settings", headers=HTML) as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")


async def test_an_answer_of_the_api_stays_one_for_a_browser(
    instance: Instance, http: aiohttp.ClientSession
) -> None:
    async with http.get(f"{instance.url}/models", headers=HTML) as answer:
        assert (answer.status, answer.content_type) == (401, "application/problem+json")


async def test_a_page_of_the_client_is_the_same_at_each_of_its_addresses(browser: Browser) -> None:
    for path in ("/", "/c/018f", "/c/018f/", "/login", "/register", "/register/"):
        async with browser.get(path) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
