"""Text that grows: offsets in UTF-16 code units, halves of pairs, and what is written when."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitworks.core.errors import InvalidInput, OutOfOrder
from bitworks.core.text import Piece, from_unit, units
from bitworks.features.streaming.text_buffer import TextBuffer

TEXTS = st.text(st.characters(exclude_categories=("Cs",)) | st.sampled_from("aé€😀🏳"))


def code_units(text: str) -> list[str]:
    """As JavaScript holds it: each half of a pair for itself."""
    data = text.encode("utf-16-le")
    return [data[i : i + 2].decode("utf-16-le", "surrogatepass") for i in range(0, len(data), 2)]


def cut(text: str, cuts: list[int]) -> list[str]:
    """The text in parts, cut between any two code units, as a producer may that counts them."""
    halves = code_units(text)
    places = sorted({min(place, len(halves)) for place in cuts} | {0, len(halves)})
    return ["".join(halves[a:b]) for a, b in pairwise(places)]


def grown(text: str) -> TextBuffer:
    growth = TextBuffer(0, 0)
    growth.append(text)
    return growth


@given(TEXTS, st.lists(st.integers(0, 40)))
def test_text_cut_anywhere_comes_together_again(text: str, cuts: list[int]) -> None:
    growth = TextBuffer(0, 0)
    for part in cut(text, cuts):
        growth.append(part)
    assert growth.beyond(0) == text
    assert growth.length == growth.end == units(text) == len(code_units(text))


@given(TEXTS, st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40))))
def test_parts_that_are_repeated_and_overlap_are_added_once(text: str, parts: list[tuple[int, int]]) -> None:
    halves, growth = code_units(text), TextBuffer(0, 0)
    for start, length in parts:
        part = "".join(halves[start : start + length])
        if start > growth.length:
            with pytest.raises(OutOfOrder):
                growth.append(part, start)
        else:
            growth.append(part, start)
    growth.append("".join(halves[growth.length :]), growth.length)
    assert growth.beyond(0) == text


@given(TEXTS, st.data())
def test_whatever_the_database_does_every_unit_is_written_and_shown_in_order(
    text: str, data: st.DataObject
) -> None:
    growth, kept, content = TextBuffer(0, 0), "", ""
    for part in cut(text, data.draw(st.lists(st.integers(0, 40)))):
        growth.append(part)
        piece = growth.unwritten()
        assert piece.start == units(kept)
        match data.draw(st.sampled_from(["writes", "writes durably", "fails", "crashes"])):
            case "fails":
                pass
            case "crashes":
                lost = data.draw(st.sampled_from(whole_lengths(from_unit(kept, growth.durable))))
                kept = kept[: len(kept) - lost]
                growth.wrote(units(kept))
            case outcome:
                kept += piece.text
                growth.wrote(piece.end)
                if outcome == "writes durably":
                    growth.made_durable(piece.end)
        for shown in growth.show():
            assert shown.start <= units(content)
            grown_to = from_start(content, shown.start) + shown.text
            assert grown_to.startswith(content)
            content = grown_to
            assert kept.startswith(content) or content.startswith(kept)
    piece = growth.unwritten()
    growth.wrote(piece.end)
    assert kept + piece.text == text
    for shown in growth.show():
        content = from_start(content, shown.start) + shown.text
    assert content == text


def whole_lengths(text: str) -> list[int]:
    return list(range(len(text) + 1))


def from_start(text: str, offset: int) -> str:
    return text.encode("utf-16-le")[: 2 * offset].decode("utf-16-le")


def test_a_high_half_waits_for_its_low_half() -> None:
    growth = grown("a\ud83d")
    assert (growth.length, growth.end, growth.beyond(0)) == (2, 1, "a")
    growth.append("\ude00!")
    assert (growth.length, growth.beyond(0)) == (4, "a😀!")


def test_a_pair_that_is_sent_again_whole_completes_the_half() -> None:
    growth = grown("a\ud83d")
    growth.append("😀", 1)
    assert growth.beyond(0) == "a😀"


@pytest.mark.parametrize("text", ["\ude00", "a\ud83db", "\ud83d\ud83d"])
def test_halves_that_belong_to_nothing_are_refused_and_change_nothing(text: str) -> None:
    growth = grown("a")
    with pytest.raises(InvalidInput):
        growth.append(text)
    assert (growth.length, growth.beyond(0)) == (1, "a")


def test_a_half_that_is_followed_by_something_else_still_waits() -> None:
    growth = grown("a\ud83d")
    with pytest.raises(InvalidInput):
        growth.append("b")
    growth.append("\ude00")
    assert growth.beyond(0) == "a😀"


def test_beyond_what_is_held_is_out_of_order_and_says_how_far_it_goes() -> None:
    growth = grown("abc")
    with pytest.raises(OutOfOrder) as caught:
        growth.append("x", 4)
    assert caught.value.current == {"length": 3, "durable": 0}


def test_a_million_characters_fit_and_no_more() -> None:
    growth = TextBuffer(0, 999_999)
    with pytest.raises(InvalidInput):
        growth.append("ab")
    growth.append("😀")
    with pytest.raises(InvalidInput):
        growth.append("\ud83d")


def test_nothing_is_shown_before_it_is_written() -> None:
    growth = grown("abc")
    piece = growth.unwritten()
    growth.append("de")
    assert list(growth.show()) == []
    growth.wrote(piece.end)
    assert list(growth.show()) == [Piece(0, 3, "abc")]
    assert list(growth.show()) == []


def test_what_is_durable_and_shown_is_not_held() -> None:
    growth = TextBuffer(0, 0)
    for _ in range(1000):
        growth.append("x" * 100)
        growth.wrote(growth.unwritten().end)
        growth.made_durable(growth.written)
        assert len(list(growth.show())) == 1
        assert growth.beyond(growth.end) == ""
        assert not growth._pieces
