"""Password hashes by bcrypt, computed off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import bcrypt

BCRYPT_BYTES = 72
"""Bytes of a password that bcrypt reads; the library raises ValueError for more."""
HASHING_THREADS = 2
"""Threads that hash; bcrypt releases the interpreter's lock meanwhile."""
ReturnT = TypeVar("ReturnT")


class Passwords:
    """Hashes and compares passwords. Close it when it is no longer used.

    `rounds` is the binary logarithm of bcrypt's iterations; 12 takes about a quarter of a second.
    """

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        self._threads = ThreadPoolExecutor(HASHING_THREADS, thread_name_prefix="bcrypt")
        # Compared with where there is no account, so that the duration does not tell which emails have one.
        self._decoy = bcrypt.hashpw(b"decoy", bcrypt.gensalt(rounds))

    def close(self) -> None:
        """Ends the threads without waiting for them; hashes that have not begun are cancelled."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """Returns the hash of a password of at most BCRYPT_BYTES bytes, with a new salt.

        A cancelled call is computed to its end in its thread.
        """
        salt = bcrypt.gensalt(self._rounds)
        hashed = await self._run(bcrypt.hashpw, password.encode(), salt)
        return hashed.decode()

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Returns whether the password has this hash; False, after as long a time, if the hash is None.

        The password may be any text. A cancelled call is computed to its end in its thread.
        """
        proof = password.encode("utf-8", "surrogatepass")[:BCRYPT_BYTES]
        too_long = len(proof) < len(password.encode("utf-8", "surrogatepass"))
        hashed = self._decoy if password_hash is None else password_hash.encode()
        same = await self._run(bcrypt.checkpw, proof, hashed)
        return same and password_hash is not None and not too_long

    async def _run(self, work: Callable[[bytes, bytes], ReturnT], *arguments: bytes) -> ReturnT:
        call = partial(work, *arguments)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)
