"""What was not tried, as the server was busy or its database away, is held against nobody."""

import asyncio
import threading
from collections.abc import AsyncIterator

import aiohttp
import bcrypt
import pytest

from bitworks.core.callers import Origin, Stranger
from bitworks.core.errors import RateLimited, Unavailable
from bitworks.core.ids import UserId
from bitworks.features.accounts.accounts import FAILED_LOGINS_OF_ACCOUNT, Accounts
from bitworks.features.accounts.inputs import Credentials
from bitworks.features.accounts.passwords import HASHING, Asker
from bitworks.features.accounts.store.accounts import AccountStore
from bitworks.storage.pool import Pool
from tests.support.instances import Instance, running
from tests.support.people import PASSWORD, Person, register, request

OFFICE = "192.0.2.1"
AGAIN_AND_AGAIN = FAILED_LOGINS_OF_ACCOUNT.attempts + 2


@pytest.fixture
async def instance(database_url: str) -> AsyncIterator[Instance]:
    """An instance that limits."""
    async with running(database_url, rate_limits="on") as one:
        yield one


@pytest.fixture
async def person(instance: Instance, http: aiohttp.ClientSession) -> Person:
    return await register(instance, http)


def email_of(person: Person) -> str:
    return str(person.tokens["user"]["email"])


async def log_in(person: Person, http: aiohttp.ClientSession) -> int:
    body = {"email": email_of(person), "password": PASSWORD}
    return (await request(http, "POST", f"{person.instance.url}/auth/login", json=body)).status


async def test_who_signs_in_while_the_whole_office_does_is_not_locked_out(
    instance: Instance, accounts: Accounts, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_end = threading.Event()
    compare = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda *given: may_end.wait(20) and compare(*given))
    office = [
        asyncio.create_task(accounts.passwords.matches("wrong", None, Asker(OFFICE, f"colleague {number}")))
        for number in range(HASHING.places + HASHING.waiting_of_share)
    ]
    await asyncio.sleep(0)  # each of them has its place now, or waits for one
    stranger = Stranger(Origin(OFFICE, "tests"))
    credentials = Credentials(email=email_of(person), password=PASSWORD)
    for _ in range(AGAIN_AND_AGAIN):
        with pytest.raises(RateLimited) as refused:
            await accounts.login(stranger, credentials)
        assert refused.value.retry_after == HASHING.retry_after
    may_end.set()
    await asyncio.gather(*office)
    assert (await accounts.login(stranger, credentials)).user.email == email_of(person)


async def test_signing_in_again_and_again_while_the_database_restarts_locks_nobody_out(
    person: Person, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as restarting:
        restarting.setattr(Pool, "acquire", refused)
        assert [await log_in(person, http) for _ in range(AGAIN_AND_AGAIN)] == [503] * AGAIN_AND_AGAIN
    assert await log_in(person, http) == 200


async def test_a_password_given_again_and_again_while_the_database_restarts_is_taken_when_it_is_back(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    proof = {"password": PASSWORD}
    with monkeypatch.context() as restarting:
        restarting.setattr(AccountStore, "by_id", away)
        for _ in range(AGAIN_AND_AGAIN):
            assert (await person.rest("DELETE", "/auth/account", proof)).status == 503
    assert (await person.rest("DELETE", "/auth/account", proof)).status == 204


async def refused(pool: Pool) -> None:
    raise ConnectionRefusedError


async def away(store: AccountStore, user_id: UserId) -> None:
    raise Unavailable
