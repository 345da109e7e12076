"""How large a run is: in full for the figures, short for the tests."""

from dataclasses import dataclass
from typing import Literal

DEVICES_PER_USER = 3


@dataclass(frozen=True, slots=True)
class Form:
    """Times are in seconds. `rate` is what is aimed at, in writes a second of all users together."""

    name: Literal["full", "short"]
    instances: int
    users: int
    rate: int
    warm: float
    hold: float
    """how long a fault lasts, unless it has a time of its own"""
    outage: float
    """how long Redis is down for the fault that is named after it"""
    freeze: float
    """how long a process stands still: in full, longer than every timeout of ours and of the clients"""
    settle: float
    """how long the load goes on after the last action of a fault"""
    least_load: float
    """writes acknowledged a second, below which a row is over its bar; 0: not asked for"""
    heal_within: float
    storm: int
    """devices that connect at once"""
    vanishing: int
    """devices that vanish at once"""
    backlog: int
    """messages of 10 KB that devices do not read"""
    strangers: int
    """connections of an attack by many connections"""
    greed: int
    """conversations of somebody who takes all, in each of which he asks"""


FULL = Form(
    name="full", instances=2, users=30, rate=600, warm=4, hold=8, outage=60, freeze=55, settle=10,
    least_load=500, heal_within=10, storm=5_000, vanishing=10_000, backlog=10_000,
    strangers=2_000, greed=1_000,
)  # fmt: skip
SHORT = Form(
    name="short", instances=2, users=6, rate=90, warm=1, hold=1.5, outage=4, freeze=4, settle=4,
    least_load=0, heal_within=30, storm=200, vanishing=300, backlog=1_000,
    strangers=200, greed=100,
)  # fmt: skip
