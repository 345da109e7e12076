"""Passwords are hashed a few at a time, in turn by who asks."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import bcrypt
import pytest

from bitworks.core.errors import RateLimited
from bitworks.features.accounts.passwords import HASHING, Asker, Passwords


@dataclass(slots=True)
class SlowHashes:
    """What bcrypt is given, each held until it is let go."""

    begun: list[bytes] = field(default_factory=list)
    may_end: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def hash(self, password: bytes, salt: bytes) -> bytes:
        self.begun.append(password)
        assert self.may_end.acquire(timeout=20)
        return b"hash of " + password


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    with closing(Passwords(rounds=4)) as some:
        yield some


@pytest.fixture
def slow(passwords: Passwords, monkeypatch: pytest.MonkeyPatch) -> SlowHashes:
    hashes = SlowHashes()
    monkeypatch.setattr(bcrypt, "hashpw", hashes.hash)
    return hashes


async def begun(hashes: SlowHashes, count: int) -> None:
    async with asyncio.timeout(20):
        while len(hashes.begun) < count:  # noqa: ASYNC110 - a thread cannot set an event of the loop
            await asyncio.sleep(0)


async def test_a_stranger_is_next_while_ten_accounts_of_one_address_hash_all_they_can(
    passwords: Passwords, slow: SlowHashes
) -> None:
    greedy = [passwords.hash(f"{n}", Asker("203.0.113.1", f"account {n % 10}")) for n in range(20)]
    tasks = [asyncio.create_task(one) for one in greedy]
    await begun(slow, 2)
    stranger = asyncio.create_task(passwords.hash("stranger", Asker("203.0.113.2", "other")))
    await asyncio.sleep(0)
    slow.may_end.release()
    await begun(slow, 3)
    assert slow.begun[2] == b"stranger"
    slow.may_end.release(20)
    await asyncio.gather(stranger, *tasks)


async def test_one_address_that_asks_for_more_than_may_wait_is_told_to_come_back(
    passwords: Passwords, slow: SlowHashes
) -> None:
    most = HASHING.places_of_share + HASHING.waiting_of_share
    tasks = [asyncio.create_task(passwords.hash(f"{n}", Asker("203.0.113.1", ""))) for n in range(most)]
    await begun(slow, 2)
    with pytest.raises(RateLimited):
        await passwords.hash("one more", Asker("203.0.113.1", ""))
    slow.may_end.release(most)
    await asyncio.gather(*tasks)


async def test_the_many_networks_of_one_customer_do_not_fill_the_queue(
    passwords: Passwords, slow: SlowHashes
) -> None:
    greedy = [
        passwords.hash(f"{n}", Asker(f"2001:db8:7:{n:x}::1", "one")) for n in range(HASHING.waiting + 2)
    ]
    tasks = [asyncio.create_task(one) for one in greedy]
    await begun(slow, 2)
    stranger = asyncio.create_task(passwords.hash("stranger", Asker("2001:db8:8::1", "other")))
    await asyncio.sleep(0)
    slow.may_end.release()
    await begun(slow, 3)
    assert slow.begun[2] == b"stranger"
    slow.may_end.release(len(tasks))
    assert await stranger == "hash of stranger"
    refused = [
        one for one in await asyncio.gather(*tasks, return_exceptions=True) if isinstance(one, Exception)
    ]
    assert {type(one) for one in refused} == {RateLimited}


async def test_within_one_customer_s_network_another_place_is_next(
    passwords: Passwords, slow: SlowHashes
) -> None:
    greedy = [passwords.hash(f"{n}", Asker("2001:db8:7:1::1", "one")) for n in range(10)]
    tasks = [asyncio.create_task(one) for one in greedy]
    await begun(slow, 2)
    neighbour = asyncio.create_task(passwords.hash("neighbour", Asker("2001:db8:7:2::1", "one")))
    await asyncio.sleep(0)
    slow.may_end.release(2)
    await begun(slow, 4)
    assert b"neighbour" in slow.begun
    slow.may_end.release(20)
    await asyncio.gather(neighbour, *tasks)


async def test_a_password_of_three_spellings_is_compared_in_three_turns(
    passwords: Passwords, slow: SlowHashes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bcrypt, "checkpw", lambda proof, hashed: slow.hash(proof, hashed) == b"never")
    spelled = "e\u0301\u00e9 and so on"  # neither composed nor apart
    greedy = [passwords.matches(spelled, None, Asker("203.0.113.1", "one")) for _ in range(2)]
    tasks = [asyncio.create_task(one) for one in greedy]
    await begun(slow, 2)
    stranger = asyncio.create_task(passwords.hash("stranger", Asker("203.0.113.2", "other")))
    await asyncio.sleep(0)
    slow.may_end.release()
    await begun(slow, 3)
    assert slow.begun[2] == b"stranger"
    slow.may_end.release(20)
    await asyncio.gather(stranger, *tasks)
    assert len(slow.begun) == 7


async def test_a_call_that_is_given_up_keeps_its_place_until_its_thread_is_free(
    passwords: Passwords, slow: SlowHashes
) -> None:
    tasks = [asyncio.create_task(passwords.hash(f"{n}")) for n in range(3)]
    await begun(slow, 2)
    for task in tasks[:2]:
        task.cancel()
    await asyncio.gather(*(asyncio.sleep(0) for _ in range(9)))
    assert len(slow.begun) == 2
    slow.may_end.release(3)
    assert await tasks[2] == "hash of 2"


@pytest.mark.parametrize("kept", ["contraseña segura", "contrasen\u0303a segura"])
@pytest.mark.parametrize("typed", ["contraseña segura", "contrasen\u0303a segura"])
async def test_accents_match_composed_or_apart_however_the_password_was_kept(
    passwords: Passwords, kept: str, typed: str
) -> None:
    hashed = await passwords.hash(kept)
    assert await passwords.matches(typed, hashed)
    assert not await passwords.matches(typed.replace("n", "m"), hashed)
