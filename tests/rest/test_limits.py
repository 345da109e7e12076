"""How often somebody may try."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bitworks.fanout.attempt_limits import AttemptLimit, LocalAttemptLimits
from tests.support.instances import Instance, running
from tests.support.people import PASSWORD, Answer, request

WRONG = "wrong password"
BEHIND_A_PROXY = {"rate_limits": "on", "trusted_proxies": "127.0.0.1"}
_addresses = (f"203.0.113.{n}" for n in itertools.count(1))
_people = itertools.count(1)


@pytest.fixture
async def instance(database_url: str) -> AsyncIterator[Instance]:
    """An instance that limits, behind a proxy that says where requests come from."""
    async with running(database_url, **BEHIND_A_PROXY) as one:
        yield one


@pytest.fixture
def address() -> str:
    """An address that nobody has used yet."""
    return next(_addresses)


async def post(
    instance: Instance, http: aiohttp.ClientSession, path: str, email: str, password: str, address: str
) -> Answer:
    body = {"email": email, "password": password}
    headers = {"X-Forwarded-For": address}
    return await request(http, "POST", f"{instance.url}/auth/{path}", json=body, headers=headers)


async def an_account(instance: Instance, http: aiohttp.ClientSession) -> str:
    """The email of a new account, registered from an address of its own."""
    email = f"limited{next(_people)}@example.org"
    assert (await post(instance, http, "register", email, PASSWORD, next(_addresses))).status == 201
    return email


async def fail(instance: Instance, http: aiohttp.ClientSession, email: str, address: str, times: int) -> None:
    """Logs in with a wrong password so many times, and is told so each time."""
    for _ in range(times):
        answer = await post(instance, http, "login", email, WRONG, address)
        assert (answer.status, answer.code) == (401, "invalid_credentials")


def assert_limited(answer: Answer, window: int) -> None:
    assert (answer.status, answer.code) == (429, "rate_limited")
    assert window - 60 <= int(answer.headers["Retry-After"]) <= window


async def test_after_ten_failures_an_account_is_closed_to_the_address(
    instance: Instance, http: aiohttp.ClientSession, address: str
) -> None:
    email = await an_account(instance, http)
    await fail(instance, http, email, address, 10)
    for password in (WRONG, PASSWORD):
        assert_limited(await post(instance, http, "login", email, password, address), 15 * 60)
    assert_limited(await post(instance, http, "login", email.upper(), PASSWORD, address), 15 * 60)


async def test_a_stranger_s_failures_lock_nobody_out(
    instance: Instance, http: aiohttp.ClientSession, address: str
) -> None:
    email = await an_account(instance, http)
    await fail(instance, http, email, address, 10)
    assert (await post(instance, http, "login", email, PASSWORD, next(_addresses))).status == 200


async def test_an_account_that_is_none_is_limited_alike(
    instance: Instance, http: aiohttp.ClientSession, address: str
) -> None:
    await fail(instance, http, "nobody@example.org", address, 10)
    assert_limited(await post(instance, http, "login", "nobody@example.org", WRONG, address), 15 * 60)


async def test_after_thirty_failures_every_account_is_closed_to_the_address(
    instance: Instance, http: aiohttp.ClientSession, address: str
) -> None:
    email = await an_account(instance, http)
    await lock(instance, http, address)
    assert_limited(await post(instance, http, "login", email, PASSWORD, address), 15 * 60)
    assert (await post(instance, http, "login", email, PASSWORD, next(_addresses))).status == 200


async def test_signing_in_is_no_failure(
    instance: Instance, http: aiohttp.ClientSession, address: str
) -> None:
    for _ in range(4):
        email = await an_account(instance, http)
        for _ in range(9):
            assert (await post(instance, http, "login", email, PASSWORD, address)).status == 200


async def test_an_account_signs_in_ten_times_a_minute_from_one_address(
    instance: Instance, http: aiohttp.ClientSession, address: str
) -> None:
    email = await an_account(instance, http)
    for _ in range(10):
        assert (await post(instance, http, "login", email, PASSWORD, address)).status == 200
    assert_limited(await post(instance, http, "login", email, PASSWORD, address), 60)
    assert (await post(instance, http, "login", email, PASSWORD, next(_addresses))).status == 200


async def lock(instance: Instance, http: aiohttp.ClientSession, address: str) -> None:
    """Fails from an address until it is locked."""
    for n in range(30):
        await fail(instance, http, f"guess{n}@example.org", address, 1)


async def test_who_has_signed_in_from_an_address_is_not_locked_out_by_a_neighbour(
    instance: Instance, http: aiohttp.ClientSession, address: str
) -> None:
    email = await an_account(instance, http)
    assert (await post(instance, http, "login", email, PASSWORD, address)).status == 200
    await lock(instance, http, address)
    assert_limited(await post(instance, http, "login", email, WRONG, address), 15 * 60)
    assert (await post(instance, http, "login", email, PASSWORD, address)).status == 200


async def test_emails_that_are_tried_from_a_locked_address_leave_no_counters(
    instance: Instance, http: aiohttp.ClientSession, address: str
) -> None:
    await lock(instance, http, address)
    counted: set[str] = set()
    count = LocalAttemptLimits.count

    async def noted(limits: LocalAttemptLimits, limit: AttemptLimit, key: str) -> None:
        counted.add(key)
        await count(limits, limit, key)

    with pytest.MonkeyPatch.context() as watching:
        watching.setattr(LocalAttemptLimits, "count", noted)
        for n in range(20):
            answer = await post(instance, http, "login", f"more{n}@example.org", WRONG, address)
            assert_limited(answer, 15 * 60)
    assert counted == {address}


async def test_who_is_known_at_a_locked_address_is_guessed_at_ten_times_and_nobody_is_told(
    instance: Instance, http: aiohttp.ClientSession, address: str
) -> None:
    email = await an_account(instance, http)
    assert (await post(instance, http, "login", email, PASSWORD, address)).status == 200
    await lock(instance, http, address)
    for _ in range(10):
        assert_limited(await post(instance, http, "login", email, WRONG, address), 15 * 60)
    # As for any other email, which Retry-After must not tell apart.
    assert_limited(await post(instance, http, "login", email, PASSWORD, address), 15 * 60)


async def test_an_address_registers_ten_accounts_an_hour(
    instance: Instance, http: aiohttp.ClientSession, address: str
) -> None:
    emails = [f"many{next(_people)}@example.org" for _ in range(11)]
    answers = [await post(instance, http, "register", email, PASSWORD, address) for email in emails]
    assert [answer.status for answer in answers[:10]] == [201] * 10
    assert_limited(answers[10], 60 * 60)
    assert answers[10].body["detail"].endswith("try again in an hour.")
    assert (await post(instance, http, "login", emails[0], PASSWORD, address)).status == 200
    assert (await post(instance, http, "register", emails[10], PASSWORD, next(_addresses))).status == 201


async def test_a_setting_says_how_many_accounts_an_address_registers(
    database_url: str, http: aiohttp.ClientSession, address: str
) -> None:
    async with running(database_url, **BEHIND_A_PROXY, registrations_per_hour=2) as instance:
        emails = [f"many{next(_people)}@example.org" for _ in range(3)]
        answers = [await post(instance, http, "register", email, PASSWORD, address) for email in emails]
        assert [answer.status for answer in answers] == [201, 201, 429]


async def test_a_registration_that_fails_takes_nobody_s_place_but_has_its_own_limit(
    instance: Instance, http: aiohttp.ClientSession, address: str
) -> None:
    taken = await an_account(instance, http)
    for _ in range(30):
        assert (await post(instance, http, "register", taken, PASSWORD, address)).code == "email_taken"
    assert_limited(await post(instance, http, "register", taken, PASSWORD, address), 15 * 60)


async def test_ten_taken_emails_do_not_keep_a_neighbour_from_registering(
    instance: Instance, http: aiohttp.ClientSession, address: str
) -> None:
    taken = await an_account(instance, http)
    for _ in range(10):
        await post(instance, http, "register", taken, PASSWORD, address)
    free = f"many{next(_people)}@example.org"
    assert (await post(instance, http, "register", free, PASSWORD, address)).status == 201


@pytest.mark.parametrize(("bits", "allowed"), [(64, 2), (56, 8), (48, 32)])
async def test_a_network_of_ipv6_registers_some_times_as_many_as_an_address(
    bits: int, allowed: int, database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, **BEHIND_A_PROXY, registrations_per_hour=2) as instance:
        made = 0
        for n in range(allowed + 3):
            # A /64 of its own for each, within the network; or an address of its own within the /64.
            part = {64: f"0:{n:x}", 56: f"{n:x}:1", 48: f"{n * 256:x}:1"}[bits]
            head, _, tail = part.partition(":")
            email = f"many{next(_people)}@example.org"
            answer = await post(instance, http, "register", email, PASSWORD, f"2001:db8:7:{head}::{tail}")
            made += answer.status == 201
        assert made == allowed


@pytest.mark.parametrize(("method", "path"), [("POST", "/auth/password"), ("DELETE", "/auth/account")])
async def test_a_stolen_token_guesses_the_password_ten_times(
    method: str, path: str, instance: Instance, http: aiohttp.ClientSession, address: str
) -> None:
    email = await an_account(instance, http)
    tokens = (await post(instance, http, "login", email, PASSWORD, address)).body
    body = {"old": WRONG, "new": PASSWORD} if method == "POST" else {"password": WRONG}
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    answers = [
        await request(http, method, instance.url + path, json=body, headers=headers) for _ in range(11)
    ]
    assert {answer.code for answer in answers[:10]} == {"invalid_credentials"}
    assert_limited(answers[10], 15 * 60)


async def test_what_a_client_writes_before_the_proxy_is_not_believed(
    instance: Instance, http: aiohttp.ClientSession, address: str
) -> None:
    email = await an_account(instance, http)
    for n in range(10):
        await fail(instance, http, email, f"198.51.100.{n}, {address}", 1)
    spoofed = f"198.51.100.99, {address}"
    assert_limited(await post(instance, http, "login", email, PASSWORD, spoofed), 15 * 60)


async def test_without_a_trusted_proxy_no_forwarding_is_believed(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, rate_limits="on") as instance:
        email = await an_account(instance, http)
        for n in range(10):
            await fail(instance, http, email, f"198.51.100.{n}", 1)
        assert_limited(await post(instance, http, "login", email, PASSWORD, "198.51.100.99"), 15 * 60)


async def test_instances_count_together(
    database_url: str, redis_url: str, http: aiohttp.ClientSession, address: str
) -> None:
    async with (
        running(database_url, redis_url=redis_url, **BEHIND_A_PROXY) as one,
        running(database_url, redis_url=redis_url, **BEHIND_A_PROXY) as other,
    ):
        email = await an_account(one, http)
        await fail(one, http, email, address, 5)
        await fail(other, http, email, address, 5)
        for instance in (one, other):
            assert_limited(await post(instance, http, "login", email, PASSWORD, address), 15 * 60)


async def test_attempts_made_at_once_do_not_slip_through(
    database_url: str, redis_url: str, http: aiohttp.ClientSession, address: str
) -> None:
    async with running(database_url, redis_url=redis_url, **BEHIND_A_PROXY) as instance:
        email = await an_account(instance, http)
        tries = [post(instance, http, "login", email, WRONG, address) for _ in range(30)]
        codes = [answer.code for answer in await asyncio.gather(*tries)]
        assert codes.count("invalid_credentials") <= 10
