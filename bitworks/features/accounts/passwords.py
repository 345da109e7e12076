"""bcrypt, off the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import bcrypt

BCRYPT_READS = 72  # bytes; more is an error to the library
HASHING_THREADS = 2
ReturnT = TypeVar("ReturnT")


class Passwords:
    """Hashes and compares. `rounds` is log2 of the work; 12 takes about a quarter of a second."""

    def __init__(self, rounds: int) -> None:
        self._rounds = rounds
        self._threads = ThreadPoolExecutor(HASHING_THREADS, thread_name_prefix="bcrypt")
        # Compared with where there is no account, so that both take the same time.
        self._nobody = bcrypt.hashpw(b"nobody", bcrypt.gensalt(rounds))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """The password must have at most 72 bytes."""
        salt = bcrypt.gensalt(self._rounds)
        hashed = await self._run(bcrypt.hashpw, password.encode(), salt)
        return hashed.decode()

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Takes as long, and says no, where there is no hash to compare with."""
        proof = password.encode("utf-8", "surrogatepass")[:BCRYPT_READS]
        too_long = len(proof) < len(password.encode("utf-8", "surrogatepass"))
        hashed = self._nobody if password_hash is None else password_hash.encode()
        same = await self._run(bcrypt.checkpw, proof, hashed)
        return same and password_hash is not None and not too_long

    async def _run(self, work: Callable[[bytes, bytes], ReturnT], *arguments: bytes) -> ReturnT:
        call = partial(work, *arguments)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)
