"""A session is looked up once a second, however many ask, and whatever is found."""

import asyncio
from dataclasses import dataclass, field

import pytest

from bitworks.core.errors import Unauthorized, Unavailable
from bitworks.core.ids import SessionId, UserId
from bitworks.features.accounts.live_sessions import LiveSessions
from bitworks.features.accounts.store.sessions import SessionStore
from tests.support.people import Person

ANA = UserId("5b1f7a52-0f3c-4a39-9d1a-0a4d4e0a9a01")
HERS = SessionId("5b1f7a52-0f3c-4a39-9d1a-0a4d4e0a9a02")
ANOTHER = SessionId("5b1f7a52-0f3c-4a39-9d1a-0a4d4e0a9a03")


@dataclass(slots=True)
class LookUps:
    """What PostgreSQL is asked, each look-up held until `may_end`."""

    ended: set[SessionId] = field(default_factory=set)
    away: bool = False
    begun: int = 0
    starts: "asyncio.Queue[None]" = field(default_factory=asyncio.Queue)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, ids: list[SessionId]) -> set[SessionId]:
        self.begun += 1
        self.starts.put_nowait(None)
        ended = self.ended & set(ids)
        await self.may_end.wait()
        if self.away:
            raise Unavailable
        return ended


@dataclass(slots=True)
class Time:
    now: float = 100.0


@pytest.fixture
def look_ups(monkeypatch: pytest.MonkeyPatch) -> LookUps:
    held = LookUps()
    held.may_end.set()

    monkeypatch.setattr(SessionStore, "ended_among", lambda store, user_id, ids: held.answer(ids))
    return held


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def live(look_ups: LookUps, time: Time) -> LiveSessions:
    return LiveSessions(SessionStore(None), clock=lambda: time.now)  # type: ignore[arg-type]  # it asks nothing


async def outcomes(live: LiveSessions, times: int, session_id: SessionId = HERS) -> list[object]:
    """What those are told who ask at once."""
    return await asyncio.gather(
        *(live.require(ANA, session_id) for _ in range(times)), return_exceptions=True
    )


async def test_a_session_that_has_ended_is_looked_up_once_a_second(
    live: LiveSessions, look_ups: LookUps, time: Time
) -> None:
    look_ups.ended = {HERS}
    for _ in range(20):
        with pytest.raises(Unauthorized):
            await live.require(ANA, HERS)
    assert look_ups.begun == 1
    time.now += 1
    with pytest.raises(Unauthorized):
        await live.require(ANA, HERS)
    assert look_ups.begun == 2


async def test_two_sessions_that_have_ended_are_not_looked_up_for_each_other(
    live: LiveSessions, look_ups: LookUps
) -> None:
    look_ups.ended = {HERS, ANOTHER}
    for _ in range(20):
        for session_id in (HERS, ANOTHER):
            with pytest.raises(Unauthorized):
                await live.require(ANA, session_id)
    assert look_ups.begun == 2


@pytest.mark.parametrize("ended", [False, True])
async def test_all_who_ask_at_once_await_one_look_up(
    live: LiveSessions, look_ups: LookUps, ended: bool
) -> None:
    look_ups.ended = {HERS} if ended else set()
    told = await outcomes(live, 50)
    assert look_ups.begun == 1
    assert {type(one) for one in told} == {Unauthorized if ended else type(None)}


async def test_who_asks_after_an_ending_is_not_told_what_was_looked_up_before(
    live: LiveSessions, look_ups: LookUps
) -> None:
    look_ups.may_end.clear()
    before = asyncio.create_task(outcomes(live, 1))
    await look_ups.starts.get()
    look_ups.ended = {HERS}
    live.invalidate(ANA)
    after = asyncio.create_task(outcomes(live, 1))
    await look_ups.starts.get()
    look_ups.may_end.set()
    assert await before == [None]
    assert isinstance((await after)[0], Unauthorized)
    with pytest.raises(Unauthorized):
        await live.require(ANA, HERS)


async def test_a_look_up_that_failed_is_made_again(live: LiveSessions, look_ups: LookUps) -> None:
    look_ups.away = True
    assert {type(one) for one in await outcomes(live, 5)} == {Unavailable}
    assert look_ups.begun == 1
    look_ups.away = False
    await live.require(ANA, HERS)


async def test_who_gives_up_does_not_end_the_look_up_for_the_others(
    live: LiveSessions, look_ups: LookUps
) -> None:
    look_ups.may_end.clear()
    first = asyncio.create_task(live.require(ANA, HERS))
    await look_ups.starts.get()
    other = asyncio.create_task(live.require(ANA, HERS))
    await asyncio.sleep(0)
    first.cancel()
    look_ups.may_end.set()
    await other
    assert look_ups.begun == 1


async def test_a_token_of_an_ended_session_costs_the_database_one_look_up(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await person.must("POST", "/auth/logout")
    asked = []
    ended_among = SessionStore.ended_among

    async def counted(store: SessionStore, user_id: UserId, ids: list[SessionId]) -> set[SessionId]:
        asked.append(ids)
        return await ended_among(store, user_id, ids)

    monkeypatch.setattr(SessionStore, "ended_among", counted)
    # Its clock stands: how long fifty requests take is not what is tested.
    monkeypatch.setattr(person.instance.app.sessions.live, "_clock", lambda: 0.0)
    answers = await asyncio.gather(*(person.rest("GET", "/conversations/me") for _ in range(50)))
    assert {answer.status for answer in answers} == {401}
    assert len(asked) == 1
