"""How soon an answer begins: from a question to its first word, on an idle server and with many who ask at once."""

import asyncio
from contextlib import AsyncExitStack

from bench.asking import Asker, a_model
from bench.contenders import Contender, Machines
from bench.faults import people as faults_people
from bench.plan import percentiles
from bench.rows.row import Bar, Figures, Form, Judged, Row
from bench.stage import people

MS = 1e3
PEOPLE = 20
QUESTIONS = 50  # of one person, one after the other
ROUNDS = 10  # of questions that all ask at once
WARM = 5  # questions before any is measured
IDLE, BUSY = 20.0, 120.0


async def first_word(on: Machines, contender: Contender, form: Form) -> Figures:
    """The model's own part is taken off; it is a process of its own, and answers at once."""
    accounts = await people(on, contender, PEOPLE)
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(a_model())
        served = await stack.enter_async_context(
            on.serving(contender, REPLY_BASE_URL=model, REPLY_MODEL="bench")
        )
        http = await stack.enter_async_context(faults_people.http_session())
        askers = [Asker(faults_people.Account(one.id, one.token, one.conversation)) for one in accounts]
        for asker in askers:
            await stack.enter_async_context(asker.connected(http, served.url))
        alone = [await askers[0].first_word("One?") for _ in range(WARM + form.of(QUESTIONS))][WARM:]
        together = [
            wait
            for number in range(1 + form.of(ROUNDS))
            for wait in await asyncio.gather(*(asker.first_word("All?") for asker in askers))
            if number
        ]
    one, all_ = percentiles(alone), percentiles(together)
    return {
        "alone": one["p50"] * MS,
        "slowest alone": one["p100"] * MS,
        "20 at once": all_["p50"] * MS,
        "slowest of 20": all_["p100"] * MS,
    }


FIRST_WORDS = [
    Row(
        "first-word",
        "from a question to its first word at a device, without the model's own part",
        ("ours",),
        first_word,
        {"alone": "ms", "slowest alone": "ms", "20 at once": "ms", "slowest of 20": "ms"},
        (Bar("alone", "at most", IDLE), Bar("20 at once", "at most", BUSY)),
        rounds=3,
        judged=(Judged("alone", "ms"), Judged("20 at once", "ms")),
    )
]
