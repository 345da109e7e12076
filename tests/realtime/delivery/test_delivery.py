"""What one device is pushed, in each of its three states."""

from bitworks.core.ids import Revision
from bitworks.realtime.delivery.delivery import Delivery


def live_at(revision: int) -> Delivery:
    delivery = Delivery(Revision(revision))
    assert delivery.try_going_live(Revision(revision))
    return delivery


def test_a_device_that_catches_up_is_not_pushed_to() -> None:
    assert not Delivery(Revision(3)).accepts(Revision(4))


def test_a_live_device_takes_each_revision_once() -> None:
    delivery = live_at(3)
    assert delivery.accepts(Revision(4))
    assert not delivery.accepts(Revision(4))
    assert not delivery.accepts(Revision(2))


def test_a_device_goes_live_only_when_nothing_that_others_were_pushed_is_missing() -> None:
    delivery = Delivery(Revision(3))
    assert not delivery.try_going_live(Revision(5))
    delivery.sent(Revision(5))
    assert delivery.try_going_live(Revision(5))


def test_a_device_that_reads_ahead_of_the_feed_drops_what_it_has() -> None:
    delivery = live_at(3)
    delivery.sent(Revision(9))
    assert not delivery.accepts(Revision(8))
    assert delivery.accepts(Revision(10))


def test_a_device_that_fell_behind_is_not_pushed_to_until_it_has_caught_up() -> None:
    delivery = live_at(3)
    delivery.fall_behind()
    assert not delivery.accepts(Revision(4))
    delivery.resume()
    assert not delivery.accepts(Revision(4))
    delivery.sent(Revision(4))
    assert delivery.try_going_live(Revision(4))
    assert delivery.accepts(Revision(5))
