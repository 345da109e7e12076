"""Where a request comes from."""

import pytest
from structlog.testing import capture_logs

from bitworks.rest.addresses import ClientAddresses, client_address, parse_networks

PROXIES = parse_networks(["10.0.0.0/8", "2001:db8::1"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.1", [], "203.0.113.1"),
        ("203.0.113.1", ["198.51.100.1"], "203.0.113.1"),
        ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["198.51.100.1, 203.0.113.1"], "203.0.113.1"),
        ("10.0.0.1", ["198.51.100.1,203.0.113.1,10.0.0.2"], "203.0.113.1"),
        ("10.0.0.1", ["198.51.100.1", "203.0.113.1", "10.0.0.2"], "203.0.113.1"),
        ("2001:db8::1", ["2001:db8::7"], "2001:db8::7"),
        ("2001:db8:0:0:0:0:0:1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [], "10.0.0.1"),
    ],
)
def test_it_is_the_last_that_is_no_proxy_of_ours(peer: str, forwarded: list[str], address: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == address


@pytest.mark.parametrize("forwarded", ["", "unknown", "198.51.100.1, _hidden", "198.51.100.1, <script>", ","])
def test_what_is_no_address_is_not_believed(forwarded: str) -> None:
    assert client_address("10.0.0.1", [forwarded], PROXIES) == "10.0.0.1"


def test_without_proxies_of_ours_nothing_is_believed() -> None:
    assert client_address("10.0.0.1", ["198.51.100.1"], ()) == "10.0.0.1"


@pytest.mark.parametrize("wrong", ["proxy.example", "10.0.0.0/33", "10.0.0", ""])
def test_what_is_neither_an_address_nor_a_network_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        parse_networks([wrong])


def test_a_network_may_be_named_by_one_of_its_addresses() -> None:
    assert client_address("10.1.2.3", ["198.51.100.1"], parse_networks(["10.1.2.9/24"])) == "198.51.100.1"


def test_the_operator_is_told_once_of_a_proxy_that_is_not_named() -> None:
    addresses = ClientAddresses(PROXIES)
    with capture_logs() as logs:
        addresses.of("203.0.113.1", [])
        addresses.of("10.0.0.1", ["198.51.100.1"])
        assert logs == []
        for _ in range(3):
            addresses.of("203.0.113.1", ["198.51.100.1"])
    assert [(one["event"], one["peer"]) for one in logs] == [("forwarded_for_ignored", "203.0.113.1")]
    assert "TRUSTED_PROXIES" in logs[0]["hint"]


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("198.51.100.1:4711", "198.51.100.1"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("203.0.113.9, 198.51.100.1:4711, 10.0.0.2:80", "198.51.100.1"),
    ],
)
def test_the_port_that_some_gateways_write_is_no_part_of_an_address(written: str, address: str) -> None:
    assert client_address("10.0.0.1", [written], PROXIES) == address


@pytest.mark.parametrize("junk", ["198.51.100.1:", "198.51.100.1:x", "[", "[]:1", ":80", "1:2:3"])
def test_what_is_no_address_whatever_is_cut_off_is_the_peer(junk: str) -> None:
    assert client_address("10.0.0.1", [junk], PROXIES) == "10.0.0.1"
