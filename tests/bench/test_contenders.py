"""The performance bench stays alive: every contender serves a write and what is delivered of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bench.contenders import Machines, contenders, install_node_peer, machines
from bench.reply import STEP, bytes_by_length
from bench.rest import RestPlan
from bench.rows.reads import get, post
from bench.stage import client_for, drive, people, rest_client

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]


@pytest.fixture
async def on() -> AsyncIterator[Machines]:
    install_node_peer()
    async with machines() as ready:
        yield ready


async def test_every_contender_acknowledges_writes_and_delivers_each_to_three_devices(on: Machines) -> None:
    for name in ("ours", "node", "stock"):
        told: dict[str, Any] = await drive(on, contenders()[name], 2, kind="write", warm=0.3, measure=1.0)
        assert told["answers"] > 0, name
        assert told["deliveries"] >= told["answers"], name
        assert sum(told["cpu"].values()) > 0, name


async def test_every_delivery_of_a_paced_write_is_timed_to_the_last_device(on: Machines) -> None:
    for name in ("ours", "node", "stock"):
        told = await drive(
            on, contenders()[name], 2, kind="pace", rate=20, warm=0.3, measure=1.0, last_arrivals=True
        )
        assert told["last"]["p99"] > 0, name


async def test_a_signal_reaches_the_other_devices_only(on: Machines) -> None:
    for name in ("ours", "node", "stock"):
        told = await drive(
            on, contenders()[name], 1, kind="typing", devices=4, rate=50, warm=0.5, measure=1.0
        )
        assert told["deliveries"] == pytest.approx(3 * 50, rel=0.5), name


async def test_both_http_servers_take_a_message_and_give_a_page(on: Machines) -> None:
    for name in ("ours", "fastapi"):
        accounts = await people(on, contenders()[name], 1)
        async with on.serving(contenders()[name]) as served:
            for request in (post(accounts[0]), get(f"/messages/{accounts[0].conversation}", accounts[0])):
                watch = {"server": served.pid, **on.watched}
                told = await rest_client(RestPlan(served.port, [request], watch, 5.0, most=3))
                assert told["answers"] == 3, name


async def test_every_contender_streams_each_delta_to_three_devices(on: Machines) -> None:
    for name in ("ours", "node", "stock"):
        told = await drive(on, contenders()[name], 2, kind="stream", rate=100, warm=1.0, measure=1.0)
        assert told["deltas"] == pytest.approx(3 * 100, rel=0.5), name


async def test_a_reply_is_sent_to_a_device_once_as_it_grows_and_once_as_it_ended(on: Machines) -> None:
    ours = contenders()["ours"]
    accounts = await people(on, ours, 2)
    async with on.serving(ours) as served:
        short, long = await bytes_by_length(served.port, accounts, [1_000, 20_000])
    last = 4 * STEP  # what came within 40 ms of the end may be in the ended record alone
    assert 1_000 < short < 2 * 1_000 + 3_000
    assert 2 * 20_000 - last < long < 2.2 * 20_000 + 3_000


async def test_what_a_write_and_a_page_cost_leaves_out_what_stands_idle(on: Machines) -> None:
    ours = contenders()["ours"]
    [writer, *others] = await people(on, ours, 30)
    page = get(f"/messages/{writer.conversation}", writer)
    async with on.serving(ours) as served:
        told = await client_for(
            on, ours, served, [writer, *others], kind="write", writers=1, rest=0.3, warm=0.3, measure=1.0,
            page=page, reads=20,
        )  # fmt: skip
    assert told["resting"]["server"] < 0.5 * told["cpu"]["server"]
    assert told["deliveries"] == pytest.approx(3 * told["answers"], abs=6)
    assert told["read"]["answers"] == 20
