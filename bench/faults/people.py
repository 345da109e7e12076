"""Users for the load: registered over REST, each with a conversation."""

import asyncio
import resource
import secrets
from dataclasses import dataclass

import aiohttp

from bench.faults.wire import forwarded

AT_ONCE = 16
PASSWORD = "correct horse, and a stable"
ENOUGH_FILES = 65_536


@dataclass(frozen=True, slots=True)
class Account:
    id: str
    token: str
    conversation: str
    email: str = ""

    @property
    def namespace(self) -> str:
        return f"/users/{self.id}"


async def register_all(
    http: aiohttp.ClientSession, urls: list[str], count: int, *, conversations: bool = True
) -> list[Account]:
    """So many new users, spread over the instances."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Account:
        async with room:
            return await _register(http, urls[number % len(urls)], conversations)

    return list(await asyncio.gather(*(one(number) for number in range(count))))


async def _register(http: aiohttp.ClientSession, url: str, with_conversation: bool) -> Account:
    body = {"email": f"{secrets.token_hex(12)}@example.org", "password": PASSWORD}
    asked = http.post(
        f"{url}/auth/register", json=body, headers=forwarded(body["email"]), raise_for_status=True
    )
    async with asked as answer:
        signed_in = await answer.json()
    token = signed_in["access_token"]
    conversation = await _converse(http, url, token) if with_conversation else ""
    return Account(signed_in["user"]["id"], token, conversation, body["email"])


async def _converse(http: aiohttp.ClientSession, url: str, token: str) -> str:
    headers = {"Authorization": f"Bearer {token}"}
    # With a title: naming it after its first question would be a change that nobody here asked for.
    asked = http.post(f"{url}/conversations", json={"title": "bench"}, headers=headers, raise_for_status=True)
    async with asked as answer:
        return str((await answer.json())["id"])


def raise_file_limit() -> None:
    """As many open files as this process, and what it starts, may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for most in (max(hard, ENOUGH_FILES), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        except (OSError, ValueError):
            continue
        return


def http_session() -> aiohttp.ClientSession:
    """A session with no limit on its connections."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=aiohttp.ClientTimeout(60))
