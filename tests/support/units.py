"""Which tests need no server: `pytest --units` runs them alone, and holds them to it."""

import sys

import pytest

# What starts one when a test asks for it, itself or through another fixture.
SERVERS = {"postgres", "valkey", "cluster_url", "rabbitmq_of_run"}


def is_unit(item: pytest.Item) -> bool:
    """What a test starts by itself cannot be seen: it is marked `servers`."""
    asked = set(getattr(item, "fixturenames", ()))
    return not asked & SERVERS and item.get_closest_marker("servers") is None


def refuse_processes() -> None:
    """From here on this Python starts no other process: a test that does was taken for a unit test."""
    sys.addaudithook(_refuse)


def _refuse(event: str, details: tuple[object, ...]) -> None:
    if event == "subprocess.Popen" and details[1] != ["uname", "-p"]:  # `platform` asks for the processor so
        raise PermissionError(f"a unit test starts no process; mark what does as `servers`: {details[1]}")
