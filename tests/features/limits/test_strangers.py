"""Whom strangers can shut out: those of their own address, and nobody for long."""

import pytest

from bitworks.core.errors import InvalidCredentials, RateLimited, Unavailable
from bitworks.core.ids import UserId
from bitworks.features.limits.strangers import BUCKET_LIMIT, StrangerBounds, Strangers

BOUNDS = StrangerBounds(in_all=50, places=3, refusals_per_second=1.0, refusals=5)
ANA = UserId("ana")


def taken(strangers: Strangers, address: str, times: int) -> list[bool]:
    return [strangers.admit((address, number), address) for number in range(times)]


def test_an_address_has_so_many_places_and_others_have_theirs() -> None:
    strangers = Strangers(BOUNDS)
    assert taken(strangers, "192.0.2.1", 4) == [True, True, True, False]
    assert taken(strangers, "192.0.2.2", 1) == [True]
    strangers.release(("192.0.2.1", 0))
    strangers.release(("192.0.2.1", 3))  # which had none
    assert strangers.admit("again", "192.0.2.1")
    assert not strangers.admit("once more", "192.0.2.1")


def test_a_network_of_ipv6_has_several_times_as_many() -> None:
    strangers = Strangers(BOUNDS)
    assert taken(strangers, "2001:db8:0:1::1", 4) == [True, True, True, False]
    admitted = [strangers.admit(n, f"2001:db8:0:1{n:02x}::1") for n in range(200)]
    assert sum(admitted) <= 16 * BOUNDS.places


def test_all_addresses_together_have_so_many() -> None:
    strangers = Strangers(BOUNDS)
    admitted = [strangers.admit(number, f"192.0.2.{number}") for number in range(60)]
    assert admitted == [True] * 50 + [False] * 10


def test_who_has_proved_to_be_a_user_takes_no_place_of_the_address() -> None:
    strangers = Strangers(BOUNDS)
    for number in range(3):
        strangers.admit(number, "192.0.2.1")
        strangers.recognize(number, ANA)
    assert taken(strangers, "192.0.2.1", 4) == [True, True, True, False]
    for number in range(3):
        strangers.release(number)


def test_a_user_has_so_many_too_and_then_takes_those_of_the_address() -> None:
    strangers = Strangers(BOUNDS)
    for number in range(6):
        assert strangers.admit(number, "192.0.2.1")
        strangers.recognize(number, ANA)
    assert not strangers.admit(6, "192.0.2.1")


def test_nothing_is_kept_of_those_who_have_gone() -> None:
    strangers = Strangers(BOUNDS)
    for number in range(3):
        strangers.admit(number, "2001:db8::1")
    strangers.recognize(2, ANA)
    for number in range(3):
        strangers.release(number)
    assert not strangers._taken
    assert not strangers._holders


def test_an_address_whose_requests_are_refused_waits_and_is_let_in_again() -> None:
    now = 0.0
    strangers = Strangers(BOUNDS, lambda: now)
    for _ in range(5):
        strangers.require_few_refusals("192.0.2.1")
        with pytest.raises(InvalidCredentials), strangers.counting("192.0.2.1"):
            raise InvalidCredentials
    with pytest.raises(RateLimited):
        strangers.require_few_refusals("192.0.2.1")
    with pytest.raises(RateLimited), strangers.counting("192.0.2.1"):
        raise InvalidCredentials
    with strangers.counting("192.0.2.1"):
        pass  # what is right is let through
    strangers.require_few_refusals("192.0.2.2")
    now += 1
    strangers.require_few_refusals("192.0.2.1")


def test_what_is_the_servers_fault_is_counted_against_nobody() -> None:
    strangers = Strangers(BOUNDS)
    for _ in range(10):
        with pytest.raises(Unavailable), strangers.counting("192.0.2.1"):
            raise Unavailable
    strangers.require_few_refusals("192.0.2.1")


def test_a_request_that_takes_a_place_gives_it_back() -> None:
    strangers = Strangers(BOUNDS)
    with (
        strangers.visit("192.0.2.1", takes_place=True),
        strangers.visit("192.0.2.1", takes_place=True),
        strangers.visit("192.0.2.1", takes_place=True),
        pytest.raises(RateLimited),
        strangers.visit("192.0.2.1", takes_place=True),
    ):
        pass
    with strangers.visit("192.0.2.1", takes_place=True):
        pass


def test_refusals_of_very_many_addresses_are_not_all_remembered() -> None:
    strangers = Strangers(BOUNDS)
    for number in range(BUCKET_LIMIT + 10):
        strangers.count_refusal(f"a{number}")
    assert len(strangers._refusals) == BUCKET_LIMIT
