"""What takes long to make: it is made once, for every row and round that asks for it."""

import asyncpg

from bench.contenders import Contender, Machines
from bench.seed import add_crowd, add_messages, add_users
from bench.stage import people
from bench.wire import Account
from bitworks.storage.migrations import migrate

LARGE = 50_000  # messages
PAGE = 200  # messages, so that a page of 100 is full


async def conversation_of(on: Machines, contender: Contender, count: int) -> Account:
    """A user of ours whose conversation has so many messages, at least a page. A small one is new."""
    count = max(count, PAGE)
    name = f"conversation of {count} in {contender.database}"
    if name in on.kept:
        return on.kept[name]
    [account] = await people(on, contender, 1)
    async with on.database(contender) as connection:
        await add_messages(connection, account, count, ours=True)
        await connection.execute("vacuum analyze messages, conversations")
    if count >= LARGE:
        on.kept[name] = account
    return account


async def populated(on: Machines, count: int) -> tuple[str, Account]:
    """The address of a database of ours in which so many users are, and one of them with some messages."""
    name = f"users_{count}"
    url = on.postgresql.url.replace("/postgres?", f"/{name}?")
    if name not in on.kept:
        on.kept[name] = await _populate(on, name, url, count)
    return url, on.kept[name]


async def _populate(on: Machines, name: str, url: str, count: int) -> Account:
    connection = await asyncpg.connect(on.postgresql.url)
    await connection.execute(f"create database {name}")
    await connection.close()
    await migrate(url)
    connection = await asyncpg.connect(url)
    try:
        await add_crowd(connection, count - 1, messages=3)
        [account] = await add_users(connection, on.secret, 1, ours=True)
        await add_messages(connection, account, PAGE, ours=True)
        await connection.execute("vacuum analyze")
    finally:
        await connection.close()
    return account
