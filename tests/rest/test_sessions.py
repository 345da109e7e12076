"""Sessions: families of refresh tokens, and how they end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import asyncpg
import pytest

from bitworks.core.errors import Unavailable
from bitworks.features.accounts.store.sessions import ROTATIONS
from bitworks.hosting.app import Tuning
from tests.support.clocks import Clock
from tests.support.instances import Instance, running
from tests.support.people import PASSWORD, Answer, Person, register, request
from tests.support.signing_in import another_session, is_signed_in, login, post


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def person(database_url: str, http: aiohttp.ClientSession, clock: Clock) -> AsyncIterator[Person]:
    """Somebody on an instance whose time the test tells."""
    async with running(database_url, tuning=Tuning(clock=clock)) as instance:
        yield await register(instance, http)


async def refresh(person: Person, token: str | None = None) -> Answer:
    """Uses this person's refresh token, or another."""
    token = token or person.tokens["refresh_token"]
    return await post(person.instance, person.http, "refresh", refresh_token=token)


def with_pair(person: Person, answer: Answer) -> Person:
    """The same person, with the pair that was given."""
    assert answer.status == 200, answer
    return Person(person.instance, person.http, answer.body)


# Refreshing


async def test_a_refresh_gives_a_new_pair_of_the_same_session(person: Person, clock: Clock) -> None:
    before = await person.must("GET", "/auth/verify")
    clock.advance(minutes=10)
    renewed = with_pair(person, await refresh(person))
    assert renewed.tokens.keys() == person.tokens.keys()
    assert renewed.tokens["user"] == person.tokens["user"]
    after = await renewed.must("GET", "/auth/verify")
    assert after["session_id"] == before["session_id"]
    assert after["expires_at"] > before["expires_at"]


async def test_an_access_token_ends_and_its_refresh_token_goes_on(person: Person, clock: Clock) -> None:
    clock.advance(seconds=898)
    assert (await person.rest("GET", "/auth/verify")).status == 200
    clock.advance(seconds=3)
    assert (await person.rest("GET", "/auth/verify")).code == "unauthorized"
    renewed = with_pair(person, await refresh(person))
    assert (await renewed.rest("GET", "/auth/verify")).status == 200


async def test_a_session_that_is_used_does_not_end(person: Person, clock: Clock) -> None:
    for _ in range(3):
        clock.advance(days=29)
        person = with_pair(person, await refresh(person))
    assert await is_signed_in(person)


async def test_a_session_that_is_not_used_ends(person: Person, clock: Clock) -> None:
    clock.advance(days=30, seconds=1)
    assert not await is_signed_in(person)


async def test_a_refresh_token_used_again_within_a_minute_gives_a_pair_of_the_family(
    person: Person, clock: Clock
) -> None:
    first = with_pair(person, await refresh(person))
    clock.advance(seconds=60)
    second = with_pair(person, await refresh(person))
    assert await is_signed_in(first)
    assert await is_signed_in(second)
    assert len(await first.must("GET", "/auth/sessions")) == 1


async def test_two_tabs_may_refresh_at_once(person: Person) -> None:
    tabs = [with_pair(person, one) for one in await asyncio.gather(*[refresh(person) for _ in range(5)])]
    for tab in tabs:
        assert await is_signed_in(tab)


async def test_a_refresh_token_used_again_later_ends_the_family(person: Person, clock: Clock) -> None:
    other = await another_session(person)
    renewed = with_pair(person, await refresh(person))
    clock.advance(seconds=61)
    assert (await refresh(person)).code == "unauthorized"
    assert not await is_signed_in(renewed)
    assert not await is_signed_in(person)
    assert await is_signed_in(other)


async def test_an_older_refresh_token_ends_the_family(person: Person, clock: Clock) -> None:
    renewed = with_pair(person, await refresh(person))
    clock.advance(minutes=10)
    renewed_again = with_pair(person, await refresh(renewed))
    assert (await refresh(person)).code == "unauthorized"
    assert not await is_signed_in(renewed_again)


async def test_only_a_refresh_token_refreshes(person: Person) -> None:
    for token in (person.token, "x", "a.b.c", person.tokens["refresh_token"][:-2] + "xx"):
        answer = await refresh(person, token)
        assert (answer.status, answer.code) == (401, "unauthorized")
    assert await is_signed_in(person)


async def test_a_lost_answer_may_be_asked_for_again_though_another_tab_went_on(
    person: Person, clock: Clock
) -> None:
    renewed = with_pair(person, await refresh(person))
    clock.advance(seconds=10)
    with_pair(person, await refresh(renewed))
    clock.advance(seconds=10)
    assert (await refresh(person)).status == 200


async def test_a_refresh_that_failed_has_not_used_the_token(
    person: Person, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(type(person.instance.app.stores.accounts), "by_id", away)
        assert (await refresh(person)).status == 503
    clock.advance(minutes=5)
    assert await is_signed_in(with_pair(person, await refresh(person)))


async def away(*_: object) -> None:
    raise Unavailable


async def test_a_password_that_could_not_be_changed_ends_no_session(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await another_session(person)
    change = {"old": PASSWORD, "new": "another password"}
    with monkeypatch.context() as broken:
        broken.setattr("bitworks.features.accounts.store.accounts.end_all_but", away)
        assert (await person.rest("POST", "/auth/password", change)).status == 503
    assert await is_signed_in(other)
    assert (await person.rest("POST", "/auth/password", change)).status == 204
    assert not await is_signed_in(other)


async def test_a_session_has_so_many_new_pairs_a_minute_and_one_more_ends_nothing(
    person: Person, clock: Clock
) -> None:
    newest = person
    for _ in range(ROTATIONS):
        newest = with_pair(newest, await refresh(newest))
    clock.advance(seconds=20)
    refused = await refresh(newest)
    assert (refused.status, refused.code, refused.headers["Retry-After"]) == (429, "rate_limited", "40")
    # Tabs that use the same token, the first one still, ask for no new pair.
    assert (await refresh(person)).status == 200
    clock.advance(seconds=41)
    assert await is_signed_in(with_pair(newest, await refresh(newest)))


async def test_a_session_that_is_refreshed_by_many_at_once_takes_one_connection(
    database_url: str, person: Person
) -> None:
    neighbour = await register(person.instance, person.http)
    async with a_session_that_is_held(database_url, person) as refreshing:
        tabs = [asyncio.create_task(refresh(person)) for _ in range(30)]
        await refreshing()
        assert (await neighbour.rest("GET", "/conversations/me")).status == 200
    assert {answer.status for answer in await asyncio.gather(*tabs)} == {200}


@asynccontextmanager
async def a_session_that_is_held(
    database_url: str, person: Person
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Until the block ends no refresh of the person goes on. Gives what waits for one to stand there."""
    connection = await asyncpg.connect(database_url)

    async def refreshing() -> None:
        while not await connection.fetchval("select count(*) from pg_locks where not granted"):
            pass

    try:
        async with connection.transaction():
            await connection.execute("select from sessions where user_id = $1 for update", person.id)
            yield refreshing
    finally:
        await connection.close()


async def test_refreshing_counts_against_the_quota_of_the_user(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, rate_limits="on", requests_per_second=1) as instance:
        person = await register(instance, http)
        answers = await asyncio.gather(*[refresh(person) for _ in range(30)])
        assert {answer.code for answer in answers} == {None, "rate_limited"}
        neighbour = await register(instance, http)
        assert (await refresh(neighbour)).status == 200


async def test_the_token_of_a_session_that_ended_spends_nothing_of_the_quota(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, rate_limits="on", requests_per_second=1) as instance:
        person = await register(instance, http)
        other = await another_session(person)
        await other.must("POST", "/auth/logout")
        for _ in range(30):
            assert (await refresh(other)).code == "unauthorized"
            assert (await other.rest("GET", "/auth/verify")).code == "unauthorized"
        assert (await refresh(person)).status == 200


# Ending


async def test_logging_out_ends_this_session_only(person: Person) -> None:
    other = await another_session(person)
    assert (await person.rest("POST", "/auth/logout")).status == 204
    assert not await is_signed_in(person)
    assert await is_signed_in(other)


async def test_logging_out_everywhere_ends_them_all(person: Person) -> None:
    other = await another_session(person)
    assert (await person.rest("POST", "/auth/logout-all")).status == 204
    assert not await is_signed_in(person)
    assert not await is_signed_in(other)
    assert (await login(person)).status == 200


async def test_a_session_that_ended_is_refused_on_every_instance(
    instances: tuple[Instance, Instance], http: aiohttp.ClientSession
) -> None:
    one, other = instances
    person = await register(one, http)
    assert (await person.rest("GET", "/auth/verify", instance=other)).status == 200
    await person.must("POST", "/auth/logout")
    async with asyncio.timeout(30):
        while (await person.rest("GET", "/auth/verify", instance=other)).status != 401:
            pass


async def test_one_sees_where_one_is_signed_in(person: Person, clock: Clock) -> None:
    clock.advance(seconds=1)
    agent = {"User-Agent": "a browser of ours" + "!" * 300}
    body = {"email": person.tokens["user"]["email"], "password": PASSWORD}
    login = await request(person.http, "POST", f"{person.instance.url}/auth/login", json=body, headers=agent)
    sessions = await person.must("GET", "/auth/sessions")
    assert [one["current"] for one in sessions] == [False, True]
    assert sessions[0] == {
        "id": sessions[0]["id"],
        "created_at": sessions[0]["created_at"],
        "last_used_at": sessions[0]["created_at"],
        "expires_at": sessions[0]["expires_at"],
        "address": "127.0.0.1",
        "user_agent": agent["User-Agent"][:200],
        "current": False,
    }
    other = Person(person.instance, person.http, login.body)
    assert (await person.rest("DELETE", f"/auth/sessions/{sessions[0]['id']}")).status == 204
    assert not await is_signed_in(other)
    assert [one["current"] for one in await person.must("GET", "/auth/sessions")] == [True]


async def test_ending_a_session_again_is_no_error(person: Person) -> None:
    other = await another_session(person)
    id_ = (await other.must("GET", "/auth/verify"))["session_id"]
    assert [(await person.rest("DELETE", f"/auth/sessions/{id_}")).status for _ in range(2)] == [204, 204]


async def test_an_account_has_a_hundred_sessions_and_one_more_ends_the_one_that_was_not_used_for_longest(
    person: Person, clock: Clock
) -> None:
    tabs = []
    for _ in range(99):
        clock.advance(seconds=1)
        tabs.append(await another_session(person))
    clock.advance(seconds=1)
    person = with_pair(person, await refresh(person))
    await another_session(person)
    assert len(await person.must("GET", "/auth/sessions")) == 100
    assert await is_signed_in(person)
    assert not await is_signed_in(tabs[0])
    assert await is_signed_in(tabs[1])


async def test_a_script_that_signs_in_again_and_again_ends_no_session_of_a_device(
    person: Person, clock: Clock
) -> None:
    person = with_pair(person, await refresh(person))
    scripts = []
    for _ in range(101):
        clock.advance(seconds=1)
        scripts.append(await another_session(person))
    assert await is_signed_in(person)
    assert [await is_signed_in(one) for one in scripts[:3]] == [False, False, True]
