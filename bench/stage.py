"""One measurement: a fresh server of one contender, seeded users, and the client process that drives it."""

import asyncio
import sys
from dataclasses import asdict
from typing import Any

import orjson

from bench.contenders import Contender, Machines, Served
from bench.faults.cluster import ROOT
from bench.plan import LoadPlan
from bench.rest import RestPlan
from bench.seed import add_users
from bench.wire import Account

PATIENCE = 240.0  # seconds


class ClientFailed(Exception):
    """The client process ended without figures."""


async def client(plan: dict[str, Any], *, module: str = "bench.load") -> dict[str, Any]:
    """Runs a client process, and gives its figures."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE):
            told, _ = await process.communicate(orjson.dumps(plan) + b"\n")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise ClientFailed(ClientFailed.__doc__)
    figures: dict[str, Any] = orjson.loads(told)
    return figures


async def rest_client(plan: RestPlan) -> dict[str, Any]:
    """Runs an HTTP client process, and gives its figures."""
    return await client(asdict(plan), module="bench.rest")


async def people(on: Machines, contender: Contender, count: int) -> list[Account]:
    async with on.database(contender) as connection:
        return await add_users(connection, on.secret, count, ours=contender.ours)


async def client_for(
    on: Machines, contender: Contender, served: Served, accounts: list[Account], **plan: Any
) -> dict[str, Any]:
    """What the client says of these users on a server that runs."""
    watch = plan.pop("watch", None) or {"server": served.pid, **on.watched}
    told = [(one.id, one.token, one.conversation) for one in accounts]
    whole = LoadPlan(port=served.port, ours=contender.ours, accounts=told, watch=watch, **plan)
    return await client(asdict(whole))


async def drive(on: Machines, contender: Contender, users: int, **plan: Any) -> dict[str, Any]:
    """A fresh server, new users, and what the client says of them."""
    accounts = await people(on, contender, users)
    async with on.serving(contender) as served:
        return await client_for(on, contender, served, accounts, **plan)
