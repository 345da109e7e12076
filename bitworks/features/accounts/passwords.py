"""Password hashes by bcrypt, computed off the event loop, a few at a time and in turn by who asks."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from unicodedata import normalize

import bcrypt

from bitworks.features.limits.addresses import counted_networks
from bitworks.features.limits.fair_queue import FairQueue, QueueBounds
from bitworks.tasks import computing_threads

BCRYPT_BYTES = 72
"""Bytes of a password that bcrypt reads; the library raises ValueError for more."""
HASHING_THREADS = 2
"""Threads that hash; bcrypt releases the interpreter's lock meanwhile."""
HASHING = QueueBounds(
    places=HASHING_THREADS, places_of_share=HASHING_THREADS, waiting=64, waiting_of_share=24, retry_after=5
)
"""The hashes under way and those that wait; 64 that wait are some 8 seconds of both threads."""
ReturnT = TypeVar("ReturnT")


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom a password is hashed. Addresses have their turns, and within the turn of one its accounts.

    A /48 of IPv6 has the turns of one address, and within them its /64s with their accounts: else one customer's many
    /64s were all who may wait.
    """

    address: str
    """The address that asks; empty for the operator."""
    account: str
    """The account in question: its user, or what was given as its email."""


OPERATOR = Asker("", "")
"""The asker of what no address asks for."""


class Passwords:
    """Hashes and compares passwords. Close it when it is no longer used.

    `rounds` is the binary logarithm of bcrypt's iterations; 12 takes about a quarter of a second.
    """

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        self._threads = computing_threads(HASHING_THREADS, "bcrypt")
        self._queue = FairQueue(HASHING)
        # Compared with where there is no account, so that the duration does not tell which emails have one.
        before = time.perf_counter()
        self._decoy = bcrypt.hashpw(b"decoy", bcrypt.gensalt(rounds))
        self._duration = time.perf_counter() - before

    def close(self) -> None:
        """Ends the threads without waiting for them; hashes that have not begun are cancelled."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str, asker: Asker = OPERATOR) -> str:
        """Returns the hash of a password of at most BCRYPT_BYTES bytes, with a new salt.

        Raises `RateLimited` or `Overloaded` where too many hashes wait. A cancelled call is computed to its end.
        """
        salt = bcrypt.gensalt(self._rounds)
        hashed = await self._run(asker, bcrypt.hashpw, password.encode(), salt)
        return hashed.decode()

    async def matches(self, password: str, password_hash: str | None, asker: Asker = OPERATOR) -> bool:
        """Returns whether the password has this hash; False, after as long a time, if the hash is None.

        The password may be any text. Raises and is cancelled as `hash`.
        """
        hashed = self._decoy if password_hash is None else password_hash.encode()
        # Each in a turn of its own, so that a password of three spellings holds no thread for three times as long.
        for proof in _proofs(password):
            if await self._run(asker, bcrypt.checkpw, proof, hashed):
                return password_hash is not None
        return False

    async def pretend(self) -> None:
        """Takes as long as a comparison that need not wait, and costs nothing."""
        await asyncio.sleep(self._duration)

    async def _run(self, asker: Asker, work: Callable[..., ReturnT], *arguments: object) -> ReturnT:
        networks = counted_networks(asker.address)
        async with self._queue.place(networks[-1].key, f"{networks[0].key} {asker.account}"):
            call = partial(work, *arguments)
            hashing = asyncio.get_running_loop().run_in_executor(self._threads, call)
            try:
                return await asyncio.shield(hashing)
            finally:
                # A thread cannot be cancelled, and its place must not be given away before it is free.
                await asyncio.wait([hashing])


def _proofs(password: str) -> list[bytes]:
    """Returns what bcrypt may have been given for a password: composed, as it is now; before, it was as it came."""
    spellings = dict.fromkeys([normalize("NFC", password), password, normalize("NFD", password)])
    proofs = [spelling.encode("utf-8", "surrogatepass") for spelling in spellings]
    # One that is too long is compared too, for the time that it takes, and is wrong.
    return [proof if len(proof) <= BCRYPT_BYTES else b"" for proof in proofs]
