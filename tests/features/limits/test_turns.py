"""What is large is taken in turn by user."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from bitworks.core.ids import UserId
from bitworks.features.limits.turns import BATCH_CHARACTERS, SHARE_CHARACTERS, take_in_turn


@dataclass(frozen=True)
class Text:
    user: str
    size: int
    number: int = 0


def batches(waiting: list[Text]) -> list[list[Text]]:
    """What is taken, batch by batch, until nothing waits."""
    taken = []
    while waiting:
        batch, waiting = take_in_turn(waiting, lambda text: UserId(text.user), lambda text: text.size)
        assert batch, "the first is always taken"
        taken.append(batch)
    return taken


texts = st.lists(st.builds(Text, st.sampled_from("abc"), st.integers(0, BATCH_CHARACTERS)), max_size=60)


def numbered(some: list[Text]) -> list[Text]:
    return [Text(text.user, text.size, number) for number, text in enumerate(some)]


@given(texts.map(numbered))
def test_everything_is_taken_once_and_in_the_order_of_each_user(waiting: list[Text]) -> None:
    taken = [text for batch in batches(waiting) for text in batch]
    assert sorted(text.number for text in taken) == list(range(len(waiting)))
    for user in "abc":
        numbers = [text.number for text in taken if text.user == user]
        assert numbers == sorted(numbers)


@given(texts)
def test_a_batch_is_bounded_and_nobody_has_more_of_it_than_a_share(waiting: list[Text]) -> None:
    for batch in batches(waiting):
        assert sum(text.size for text in batch) <= BATCH_CHARACTERS
        for user in {text.user for text in batch}:
            own = [text.size for text in batch if text.user == user]
            assert len(own) == 1 or sum(own) <= SHARE_CHARACTERS


def test_who_comes_last_is_in_the_second_batch_however_much_another_has_waiting() -> None:
    largest = [Text("many", BATCH_CHARACTERS)] * 100
    first, second, *_ = batches([*largest, Text("few", BATCH_CHARACTERS)])
    assert [text.user for text in first] == ["many"]
    assert [text.user for text in second] == ["few"]


def test_where_there_is_room_everybody_is_in_the_first_batch() -> None:
    first, *_ = batches([Text("many", SHARE_CHARACTERS)] * 9 + [Text("few", 10_000)])
    assert [text.user for text in first] == ["many", "few"]
