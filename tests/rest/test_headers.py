"""What responses say to browsers and proxies beside their content."""

import aiohttp
import pytest

from tests.support.instances import Instance, running
from tests.support.people import Person

POLLING = "/socket.io/?EIO=4&transport=polling"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/auth/verify"),
        ("GET", "/conversations/me"),
        ("GET", "/conversations/detail/nothing"),
        ("DELETE", "/conversations/018f3f3e-0000-7000-8000-000000000000"),
        ("POST", "/auth/login"),
        ("GET", "/nowhere"),
        ("GET", POLLING),
    ],
)
async def test_no_cache_keeps_what_is_somebodys_nor_what_is_refused(
    person: Person, method: str, path: str
) -> None:
    answer = await person.rest(method, path)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_no_response_says_what_the_server_is_made_of(person: Person) -> None:
    for path in ("/", "/auth/verify", "/nowhere", "/healthz", POLLING):
        assert "Server" not in (await person.rest("GET", path)).headers


async def test_a_page_may_open_sockets_to_its_own_host_only(instance: Instance) -> None:
    host = instance.url.removeprefix("http://")
    async with aiohttp.ClientSession() as http, http.get(f"{instance.url}/docs") as page:
        policy = page.headers["Content-Security-Policy"]
        assert f"connect-src 'self' ws://{host} wss://{host};" in policy
        assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "microphone=()" in page.headers["Permissions-Policy"]


@pytest.mark.parametrize("host", ["evil.example; script-src *", "a b", "x'self'", ""])
async def test_a_host_that_is_none_gets_no_word_into_the_policy(instance: Instance, host: str) -> None:
    async with (
        aiohttp.ClientSession() as http,
        http.get(f"{instance.url}/docs", headers={"Host": host}) as page,
    ):
        assert page.status != 200 or "connect-src 'self';" in page.headers["Content-Security-Policy"]


async def test_browsers_are_held_to_https_only_where_the_server_is_reached_by_it(database_url: str) -> None:
    for public_url, expected in ((None, None), ("https://chat.example", "max-age=31536000")):
        async with (
            running(database_url, public_url=public_url) as instance,
            aiohttp.ClientSession() as http,
            http.get(f"{instance.url}/healthz") as answer,
        ):
            assert answer.headers.get("Strict-Transport-Security") == expected


async def test_the_address_of_the_next_page_holds_under_any_path_of_a_proxy(person: Person) -> None:
    for title in "ab":
        await person.rest("POST", "/conversations", {"title": title})
    first = await person.rest("GET", "/conversations/me?limit=1")
    link = first.headers["Link"].partition(">")[0].lstrip("<")
    assert link.startswith("?limit=1&cursor=")
    assert [one["title"] for one in (await person.rest("GET", f"/conversations/me{link}")).body] == ["a"]
