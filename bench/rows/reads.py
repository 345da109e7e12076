"""What goes over REST: pages, lists, catching up; and against FastAPI."""

from statistics import fmean, median

from bench.contenders import Contender, Machines, Served
from bench.frames import CONTENT
from bench.kept import PAGE, conversation_of
from bench.rest import RestPlan
from bench.rows.row import Bar, Figures, Form, Judged, Row
from bench.seed import add_conversations, add_messages, cursor
from bench.stage import people, rest_client
from bench.wire import Account

REST = ("ours", "fastapi")
CONNECTIONS = 32
US, MS = 1e6, 1e3
SEQUENTIAL = 150  # requests
PARTS = 3
PAGES = {"newest": "", "middle": "&before={}"}
REQUESTS = {"rate": "1/s", "request": "µs CPU", "p50": "ms", "p99": "ms", "client": "cores"}


def get(path: str, account: Account) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {account.token}\r\n\r\n"


def post(account: Account) -> str:
    body = f'{{"conversation_id":"{account.conversation}","role":"user","content":"{CONTENT}"}}'
    return (
        f"POST /messages HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {account.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )


async def _load(on: Machines, served: Served, requests: list[str], form: Form) -> Figures:
    plan = RestPlan(served.port, requests, {"server": served.pid, **on.watched}, form.measure)
    told = await rest_client(plan)
    return {
        "rate": told["answers"] / told["wall"],
        "request": sum(told["cpu"].values()) / max(told["answers"], 1) * US,
        "p50": told["p50"] * MS,
        "p99": told["p99"] * MS,
        "client": told["client"],
    }


async def posting(on: Machines, contender: Contender, form: Form) -> Figures:
    accounts = await people(on, contender, CONNECTIONS)
    async with on.serving(contender) as served:
        return await _load(on, served, [post(one) for one in accounts], form)


async def getting(on: Machines, contender: Contender, form: Form) -> Figures:
    accounts = await people(on, contender, CONNECTIONS)
    async with on.database(contender) as connection:
        for one in accounts:
            await add_messages(connection, one, 200, ours=contender.ours)
        await connection.execute("analyze messages")
    requests = [get(f"/messages/{one.conversation}?limit=100", one) for one in accounts]
    async with on.serving(contender) as served:
        return await _load(on, served, requests, form)


async def _in_turn(on: Machines, served: Served, request: str, form: Form) -> Figures:
    """One request after the other: median time and CPU of each."""
    plan = RestPlan(
        served.port, [request], {"server": served.pid, **on.watched}, 30.0, most=max(form.of(SEQUENTIAL), 20)
    )
    told = await rest_client(plan)
    cpu = told["cpu"]["server"] + told["cpu"]["postgresql"]
    return {"p50": told["p50"] * MS, "cpu": cpu / told["answers"] * MS}


async def compared(on: Machines, served: Served, requests: list[str], form: Form) -> list[Figures]:
    """Requests whose times are compared: in turn, in parts, so that what else happens strikes all alike."""
    parts = [[await _in_turn(on, served, one, form) for one in requests] for _ in range(PARTS)]
    return [
        {name: median(part[place][name] for part in parts) for name in ("p50", "cpu")}
        for place in range(len(requests))
    ]


async def pages(on: Machines, contender: Contender, form: Form) -> Figures:
    """The newest page, and one from the middle, of a long conversation and of a short one. `cpu` is of a page
    of any of the four: one kind alone is too short for the grain of the accounting.
    """
    sizes = {"1,000": max(form.of(1_000), PAGE), "1,000,000": form.of(1_000_000)}
    accounts = {name: await conversation_of(on, contender, size) for name, size in sizes.items()}
    figures: Figures = {}
    cpu: list[float] = []
    async with on.serving(contender) as served:
        for page, query in PAGES.items():
            requests = [
                get(
                    f"/messages/{accounts[name].conversation}?limit=100" + query.format(size // 2),
                    accounts[name],
                )
                for name, size in sizes.items()
            ]
            few, many = await compared(on, served, requests, form)
            figures |= {f"{page} of 1,000": few["p50"], f"{page} of 1,000,000": many["p50"]}
            figures[f"{page}, ratio"] = many["p50"] / few["p50"]
            cpu += [few["cpu"], many["cpu"]]
    return {**figures, "cpu": fmean(cpu)}


async def listing(on: Machines, contender: Contender, form: Form) -> Figures:
    small, large = await people(on, contender, 2)
    async with on.database(contender) as connection:
        await add_conversations(connection, small, 100)
        await add_conversations(connection, large, 10_000)
        await connection.execute("vacuum analyze conversations")
    requests = [get("/conversations/me", one) for one in (small, large)]
    async with on.serving(contender) as served:
        few, many = await compared(on, served, requests, form)
    return {"100": few["p50"], "10,000": many["p50"], "ratio": many["p50"] / few["p50"]}


async def catching_up(on: Machines, contender: Contender, form: Form) -> Figures:
    [account] = await people(on, contender, 1)
    async with on.database(contender) as connection:
        await add_messages(connection, account, 1_000, ours=True)
        await connection.execute("analyze messages")
        since = await cursor(connection, 1)
    async with on.serving(contender) as served:
        request = get(f"/changes?since={since}&limit=1000", account)
        return await _in_turn(on, served, request, form)


READS = [
    Row(
        "pages", "a page of 100 from a conversation of 1,000,000 messages against one of 1,000",
        ("ours",), pages,
        {
            "newest of 1,000": "ms", "newest of 1,000,000": "ms", "newest, ratio": "×",
            "middle of 1,000": "ms", "middle of 1,000,000": "ms", "middle, ratio": "×",
        },
        (Bar("newest, ratio", "at most", 1.2), Bar("middle, ratio", "at most", 1.2)), rounds=3,
        judged=(
            *(Judged(f"{page} of {size}", "ms") for page in PAGES for size in ("1,000", "1,000,000")),
            Judged("cpu", "ms CPU"),
        ),
    ),
    Row(
        "list", "first page of a user with 10,000 conversations against 100", ("ours",), listing,
        {"100": "ms", "10,000": "ms", "ratio": "×"}, (Bar("ratio", "at most", 1.2),), rounds=3,
    ),
    Row(
        "catch-up", "catch-up of 1,000 changes: CPU of server and PostgreSQL", ("ours",), catching_up,
        {"cpu": "ms CPU", "p50": "ms"}, (Bar("cpu", "at most", 30.0),), rounds=3,
        judged=(Judged("cpu", "ms CPU"), Judged("p50", "ms")),
    ),
    Row(
        "post", "POST /messages a second, 32 connections", REST, posting, REQUESTS,
        (Bar("rate", "at least", 3.0, "fastapi"),),
    ),
    Row(
        "get", "GET /messages/{id} (100 messages) a second, 32 connections", REST, getting, REQUESTS,
        (Bar("rate", "at least", 2.0, "fastapi"),),
    ),
]  # fmt: skip
