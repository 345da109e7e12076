"""What grows with what is asked for, and no faster: the bytes of a reply, the time of a window."""

from statistics import linear_regression

from bench.contenders import Contender, Machines
from bench.kept import conversation_of
from bench.reply import bytes_by_length
from bench.rows.reads import compared, get
from bench.rows.row import Bar, Curve, Figures, Form, Row, at
from bench.stage import people

LENGTHS = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
FEW, MANY = 1_000, 100_000
STRAIGHT = 1.05


async def reply_bytes(on: Machines, contender: Contender, form: Form) -> Figures:
    """The longest against the straight line through the shorter ones."""
    lengths = [form.of(length) for length in LENGTHS]
    accounts = await people(on, contender, len(lengths))
    async with on.serving(contender) as served:
        received = await bytes_by_length(served.port, accounts, lengths)
    slope, intercept = linear_regression(lengths[:-1], received[:-1])
    return {
        **{at("bytes", length): count for length, count in zip(LENGTHS, received, strict=True)},
        "slope": slope,
        "longest to line": received[-1] / (slope * lengths[-1] + intercept),
        "longest to proportion": received[-1] / lengths[-1] / (received[-3] / lengths[-3]),
    }


async def window(on: Machines, contender: Contender, form: Form) -> Figures:
    small, large = [await conversation_of(on, contender, form.of(size)) for size in (FEW, MANY)]
    requests = [get(f"/context/{one.conversation}/window", one) for one in (small, large)]
    async with on.serving(contender) as served:
        few, many = await compared(on, served, requests, form)
    return {
        "1,000": few["p50"], "100,000": many["p50"], "ratio": many["p50"] / few["p50"],
        "CPU of 1,000": few["cpu"], "CPU of 100,000": many["cpu"],
    }  # fmt: skip


GROWTH = [
    Row(
        "window",
        "GET /context/{id}/window of a conversation of 100,000 messages against one of 1,000",
        ("ours",),
        window,
        {"1,000": "ms", "100,000": "ms", "ratio": "×", "CPU of 1,000": "ms CPU", "CPU of 100,000": "ms CPU"},
        (Bar("ratio", "at most", 1.2),),
        rounds=3,
    ),
    Row(
        "bytes",
        "bytes that one device receives, from the opening of a streamed reply to its end",
        ("ours",),
        reply_bytes,
        {at("bytes", length): "bytes" for length in LENGTHS}
        | {"slope": "bytes a character", "longest to line": "×", "longest to proportion": "×"},
        (Bar("longest to line", "at most", STRAIGHT), Bar("longest to proportion", "at most", STRAIGHT)),
        rounds=1,
        curve=Curve("characters of the reply", "bytes", LENGTHS, ("bytes",), straight=True),
    ),
]
