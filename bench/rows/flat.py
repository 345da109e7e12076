"""What one write and one page cost, however much there is of everything else."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from bench.contenders import Contender, Machines, Served
from bench.kept import PAGE, conversation_of, populated
from bench.rows.row import Bar, Curve, Figures, Form, Measurement, Row, at
from bench.seed import add_conversations, add_messages
from bench.stage import client_for, people
from bench.wire import Account

US = 1e6
DEVICES = 3  # of each user
READS = 500
LEAST = 1.0  # µs: the accounting's grain may hide what costs less
LEVEL = 1.2
LINES = ("write", "read")

USERS = (100, 1_000, 10_000, 100_000)
CONVERSATIONS = (10, 100, 1_000, 10_000)
MESSAGES = (1_000, 10_000, 100_000, 1_000_000)
OTHERS = (10, 100, 1_000, 10_000)
INSTANCES = (1, 2, 4, 8)


async def _cost(
    on: Machines, contender: Contender, served: Sequence[Served], accounts: list[Account], form: Form
) -> dict[str, float]:
    """µs of CPU of the servers and PostgreSQL: one write of the first user, to three devices, and one newest
    page; less what they cost at rest with the same devices connected.
    """
    servers = {f"server {number}": one.pid for number, one in enumerate(served[1:], 2)}
    watch = {"server": served[0].pid, **servers, "postgresql": on.watched["postgresql"]}
    told = await client_for(
        on, contender, served[0], accounts, watch=watch, kind="write", writers=1, rest=form.measure / 4,
        measure=form.measure * 0.6, other_ports=[one.port for one in served[1:]], page=_page(accounts[0]),
        reads=READS, devices=DEVICES,
    )  # fmt: skip
    return {
        line: max(_net(measured, told["resting"]) / measured["answers"] * US, LEAST)
        for line, measured in (("write", told), ("read", told["read"]))
    }


def _page(account: Account) -> str:
    return (
        f"GET /messages/{account.conversation}?limit=100 HTTP/1.1\r\nHost: bench\r\n"
        f"Authorization: Bearer {account.token}\r\n\r\n"
    )


def _net(measured: Figures, resting: Figures) -> float:
    """CPU seconds beyond those of rest."""
    return sum(measured["cpu"].values()) - sum(resting.values()) * measured["wall"]


def _judged(costs: dict[int, dict[str, float]]) -> Figures:
    """Each cost, and that at the largest size against that at the smallest."""
    figures = {at(line, size): cost[line] for size, cost in costs.items() for line in LINES}
    first, last = min(costs), max(costs)
    return figures | {f"{line}, ratio": costs[last][line] / costs[first][line] for line in LINES}


async def users(on: Machines, contender: Contender, form: Form) -> Figures:
    databases = {size: await populated(on, form.of(size)) for size in USERS}
    costs = {}
    for size, (url, account) in databases.items():
        async with on.serving(contender, DATABASE_URL=url) as served:
            costs[size] = await _cost(on, contender, [served], [account], form)
    return _judged(costs)


async def conversations(on: Machines, contender: Contender, form: Form) -> Figures:
    accounts = dict(zip(CONVERSATIONS, await people(on, contender, len(CONVERSATIONS)), strict=True))
    async with on.database(contender) as connection:
        for size, account in accounts.items():
            await add_conversations(connection, account, form.of(size))
            await add_messages(connection, account, PAGE, ours=True, after=form.of(size) + 1)
        await connection.execute("vacuum analyze conversations, messages")
    return await _of_each(on, contender, form, accounts)


async def messages(on: Machines, contender: Contender, form: Form) -> Figures:
    accounts = {size: await conversation_of(on, contender, form.of(size)) for size in MESSAGES}
    return await _of_each(on, contender, form, accounts)


async def _of_each(on: Machines, contender: Contender, form: Form, accounts: dict[int, Account]) -> Figures:
    """One server for all, in turn."""
    async with on.serving(contender) as served:
        costs = {
            size: await _cost(on, contender, [served], [account], form) for size, account in accounts.items()
        }
    return _judged(costs)


async def devices(on: Machines, contender: Contender, form: Form) -> Figures:
    costs = {}
    for size in OTHERS:
        accounts = await _writer_and(on, contender, max(form.of(size) // DEVICES, 1))
        async with on.serving(contender) as served:
            costs[size] = await _cost(on, contender, [served], accounts, form)
    return _judged(costs)


async def _writer_and(on: Machines, contender: Contender, others: int) -> list[Account]:
    accounts = await people(on, contender, 1 + others)
    async with on.database(contender) as connection:
        await add_messages(connection, accounts[0], PAGE, ours=True)
        await connection.execute("analyze messages")
    return accounts


async def instances(on: Machines, contender: Contender, form: Form) -> Figures:
    """The writer's devices are on one instance; ten other users are on each, idle."""
    costs = {}
    async with AsyncExitStack() as running:
        served: list[Served] = []
        for size in INSTANCES:
            for _ in range(size - len(served)):
                served.append(
                    await running.enter_async_context(on.serving(contender, DATABASE_CONNECTIONS="4"))
                )
            accounts = await _writer_and(on, contender, size * 10 - 1)
            costs[size] = await _cost(on, contender, served, accounts, form)
    return _judged(costs)


def _row(
    name: str, what: str, dimension: str, measure: Measurement, sizes: tuple[int, ...], *, share: bool = True
) -> Row:
    return Row(
        f"flat-{name}",
        f"one write to three devices, and one newest page, {what}: CPU of servers and PostgreSQL",
        ("ours",),
        measure,
        {at(line, size): "µs CPU" for line in LINES for size in sizes}
        | {f"{line}, ratio": "×" for line in LINES},
        tuple(Bar(f"{line}, ratio", "at most", LEVEL) for line in LINES),
        rounds=3,
        curve=Curve(dimension, "µs CPU", sizes, LINES, share=share),
    )


FLAT = [
    _row("messages", "in conversations of up to a million messages", "messages in the conversation",
         messages, MESSAGES),
    _row("devices", "beside up to 10,000 devices of others", "connected devices of other users",
         devices, OTHERS),
    _row("users", "among up to 100,000 users", "users in the database", users, USERS),
    _row("conversations", "of users with up to 10,000 conversations", "conversations of the user",
         conversations, CONVERSATIONS),
    _row("instances", "with up to 8 instances", "instances", instances, INSTANCES, share=False),
]  # fmt: skip
