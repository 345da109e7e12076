"""An instance fails: its devices go elsewhere and go on with no hole."""

import asyncio
import signal
import time

from bench.faults.bars import Bar
from bench.faults.stage import Fault, Stage

STOPPED_WITHIN = 15.0  # seconds
# The last action is the blow itself: the devices must find another instance, as the stock client does, after
# up to a second and a half.
LEFT = Bar(heal=6.0)


async def killed(stage: Stage) -> None:
    await stage.warm()
    async with stage.broken():
        stage.cluster.instances[0].send(signal.SIGKILL)
        await stage.cluster.instances[0].until_ended()
    await _return(stage)


async def terminated(stage: Stage) -> None:
    await stage.warm()
    async with stage.broken():
        stage.cluster.instances[0].send(signal.SIGTERM)
        began = time.monotonic()
    async with asyncio.timeout(STOPPED_WITHIN * 4):
        stage.figures["exit code"] = await stage.cluster.instances[0].until_ended()
    stage.figures["seconds to stop"] = time.monotonic() - began
    await _return(stage)


async def frozen(stage: Stage) -> None:
    await stage.warm()
    async with stage.broken():
        stage.cluster.instances[0].send(signal.SIGSTOP)
        try:
            await asyncio.sleep(stage.form.freeze)
        finally:
            stage.cluster.instances[0].send(signal.SIGCONT)


async def rolled(stage: Stage) -> None:
    """Each instance in turn is stopped and started, as in a release."""
    await stage.warm()
    async with stage.broken():
        for one in stage.cluster.instances:
            one.send(signal.SIGTERM)
            await one.until_ended()
            one.start()
            await one.until_ready()


async def _return(stage: Stage) -> None:
    """It comes back later, to an established load."""
    await stage.hold()
    stage.cluster.instances[0].start()
    await stage.cluster.instances[0].until_ready()


FAULTS = [
    Fault("instance-killed", "an instance killed (SIGKILL)", killed, LEFT),
    Fault(
        "instance-terminated",
        "an instance stopped (SIGTERM)",
        terminated,
        Bar(heal=6.0, figures={"seconds to stop": STOPPED_WITHIN, "exit code": 0}),
    ),
    Fault("instance-frozen", "an instance frozen (SIGSTOP) and continued", frozen, Bar(load=False)),
    Fault("instances-rolled", "all instances restarted one after the other", rolled, Bar(heal=6.0)),
]
