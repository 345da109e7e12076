from hypothesis import given
from hypothesis import strategies as st

from bitworks.features.limits.token_bucket import TokenBucket

RATE, BURST = 10, 30
pauses = st.lists(st.floats(min_value=0, max_value=2), max_size=200)


def full() -> TokenBucket:
    return TokenBucket(rate=RATE, burst=BURST, tokens=BURST, updated_at=0.0)


def test_what_was_saved_up_may_be_spent_at_once() -> None:
    bucket = full()
    assert [bucket.take(0.0) for _ in range(BURST)] == [0.0] * BURST
    assert bucket.take(0.0) == 1 / RATE


def test_who_is_refused_may_come_back_after_the_time_told() -> None:
    bucket = full()
    for _ in range(BURST):
        bucket.take(0.0)
    wait = bucket.take(0.05)
    assert wait > 0
    assert bucket.take(0.05 + wait + 1e-9) == 0


@given(pauses)
def test_in_any_time_no_more_is_given_than_the_rate_and_one_burst(pauses: list[float]) -> None:
    bucket, now, given_out = full(), 0.0, 0
    for pause in pauses:
        now += pause
        given_out += bucket.take(now) == 0
    assert given_out <= BURST + RATE * now + 1e-6


def test_it_is_full_when_it_says() -> None:
    bucket = full()
    for _ in range(7):
        bucket.take(1.0)
    assert bucket.full_at() == 1.7
