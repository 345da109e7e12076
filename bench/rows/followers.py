"""How users with something untold may be found, and what that costs PostgreSQL: a row that the write makes, or a mark
after the commit and a look at everybody now and then for those whose mark was lost.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack

import asyncpg

from bench.accounting import cpu_seconds
from bench.contenders import Contender, Machines
from bench.rows.row import Figures, Form, Row
from bench.seed import add_crowd
from bench.stage import people
from bench.wire import Account

US, MS = 1e6, 1e3
WRITERS = 8  # connections
USERS = 64
INTERVAL = 0.005  # seconds between two marks, or two looks of who follows
CROWD = 100_000
FOLLOWER = "bench"
WRITE = "select outcome from create_message($1, $2, $3, 'user', 'Some words.', '{}', '\\x00', 3, null, true)"
ROW = f"""
    with written as ({WRITE})
    insert into followers_due (user_id, follower, due_at) select $1, $4, now() from written on conflict do nothing
"""  # noqa: S608 - our own statement
MARK = """
    insert into followers_due (user_id, follower, due_at) select unnest($1::uuid[]), $2, now() on conflict do nothing
"""
TELL = "delete from followers_due where follower = $1"
SWEEP = """
    select h.user_id from heads h left join followed f on f.user_id = h.user_id and f.follower = $1
    where f.revision is distinct from h.revision and h.user_id > $2 order by h.user_id limit 1
"""


async def due_users(on: Machines, contender: Contender, form: Form) -> Figures:
    """Microseconds of PostgreSQL for one write; and milliseconds for one look at all of a crowd."""
    accounts = await people(on, contender, USERS)
    async with AsyncExitStack() as stack:
        connections = [await stack.enter_async_context(on.database(contender)) for _ in range(WRITERS + 1)]
        writers, other = connections[:-1], connections[-1]

        async def nothing(written: set[str]) -> None:
            pass

        async def tell(written: set[str]) -> None:
            await other.execute(TELL, FOLLOWER)

        async def mark(written: set[str]) -> None:
            await other.execute(MARK, list(written), FOLLOWER)
            await other.execute(TELL, FOLLOWER)

        figures = {"nobody follows": await _cost(on, writers, accounts, form, nothing)}
        told = await other.fetchval("select pg_backend_pid()")
        figures["a row in the write"] = await _cost(on, writers, accounts, form, tell, without=told)
        figures["a mark after it"] = await _cost(on, writers, accounts, form, mark)
        figures["a look at all"] = await _look(on, other, form)
        return figures


async def _cost(
    on: Machines,
    writers: Sequence[asyncpg.Connection],
    accounts: Sequence[Account],
    form: Form,
    beside: Callable[[set[str]], Awaitable[None]],
    *,
    without: int | None = None,
) -> float:
    """CPU of PostgreSQL for one write, in microseconds. With `without`, a backend not counted, it makes a row."""
    written: set[str] = set()
    count, end = 0, time.monotonic() + form.measure

    async def write(number: int) -> None:
        nonlocal count
        while time.monotonic() < end:
            account = accounts[(number + count * WRITERS) % len(accounts)]
            arguments = (account.id, str(uuid.uuid4()), account.conversation)
            await writers[number].execute(*((ROW, *arguments, FOLLOWER) if without else (WRITE, *arguments)))
            written.add(account.id)
            count += 1

    async def follow() -> None:
        while time.monotonic() < end:
            await asyncio.sleep(INTERVAL)
            seen = set(written)
            written.clear()
            await beside(seen)

    before = _used(on, without)
    await asyncio.gather(*(write(number) for number in range(WRITERS)), follow())
    return (_used(on, without) - before) / count * US


def _used(on: Machines, without: int | None) -> float:
    return cpu_seconds(on.watched["postgresql"]) - (cpu_seconds(without) if without else 0.0)


async def _look(on: Machines, connection: asyncpg.Connection, form: Form) -> float:
    """CPU of PostgreSQL for a look at all users, of whom nobody has anything untold, in milliseconds."""
    await add_crowd(connection, form.of(CROWD), messages=1)
    await connection.execute(
        "insert into followed (user_id, follower, revision) select user_id, $1, revision from heads", FOLLOWER
    )
    await connection.execute("vacuum analyze heads, followed")
    pid = await connection.fetchval("select pg_backend_pid()")
    before = cpu_seconds(pid)
    for _ in range(10):
        await connection.fetch(SWEEP, FOLLOWER, "00000000-0000-0000-0000-000000000000")
    used = cpu_seconds(pid) - before
    await connection.execute("delete from followed where follower = $1", FOLLOWER)
    return used / 10 * MS


FOLLOWERS = [
    Row(
        "due-users", "how users with something untold are found: CPU of PostgreSQL",
        ("ours",), due_users,
        {
            "nobody follows": "µs CPU", "a row in the write": "µs CPU", "a mark after it": "µs CPU",
            "a look at all": "ms CPU",
        },
        rounds=5,
    )
]  # fmt: skip
