"""Strangers attack, each from one address: who has an account may not notice, and what they cost has a bound."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict

import orjson

from bench.faults.attacks import AttackPlan
from bench.faults.bars import MEGABYTE, Bar
from bench.faults.process import hear, python_module, tell
from bench.faults.stage import Fault, Stage

# As strangers find a server: with its limits. The load comes as through a proxy, from many addresses.
AS_FOUND = {"RATE_LIMITS": "on"}
UNDISTURBED = "strangers-none"
UNNOTICED = Bar(p99=0.25, silence=1.0, errors=(), more_memory=(UNDISTURBED, 150 * MEGABYTE))


async def nobody(stage: Stage) -> None:
    await stage.warm()
    async with stage.broken():
        await stage.hold()


def attacked(name: str) -> Callable[[Stage], Awaitable[None]]:
    """By the attack of this name, as long as the form holds a fault."""

    async def act(stage: Stage) -> None:
        plan = AttackPlan(name, stage.cluster.urls, stage.form.strangers)
        async with python_module("bench.faults.attacks", orjson.dumps(asdict(plan)).decode()) as process:
            await hear(process)
            await stage.warm()
            async with stage.broken():
                await tell(process, "begin")
                await stage.hold()
                await tell(process, "stop")
            stage.figures.update(orjson.loads(await hear(process)))

    return act


FAULTS = [
    Fault(UNDISTURBED, "nobody but those with an account", nobody, Bar(p99=0.25), settings=AS_FOUND),
    Fault(
        "strangers-silent",
        "connections that say nothing, half a head, half a handshake, a body drop by drop",
        attacked("silent"),
        UNNOTICED,
        settings=AS_FOUND,
    ),
    Fault(
        "strangers-gzip",
        "small bodies that are large once they are inflated, some without their end",
        attacked("gzip"),
        UNNOTICED,
        settings=AS_FOUND,
    ),
    Fault(
        "strangers-nested",
        "large bodies of arrays in arrays, of unknown keys, of empty objects",
        attacked("nested"),
        UNNOTICED,
        settings=AS_FOUND,
    ),
    Fault(
        "strangers-connect",
        "namespaces asked for with a token that is none, and sessions left with crowded heads",
        attacked("connect"),
        UNNOTICED,
        settings=AS_FOUND,
    ),
]
