"""How large JSON is, is known before anything is made of it, however it is cut and escaped."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bitworks.core.bounds import LARGE, SMALL, Bound, NodeCounter
from bitworks.core.errors import TooLarge

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text('a"\\,:[{é\n', max_size=9),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text('a"\\,:{', max_size=5), inner, max_size=5)
    ),
    max_leaves=30,
)


def nodes_of(value: object) -> int:
    """Brackets, commas and colons, as the value itself tells."""
    if isinstance(value, dict):
        return 1 + len(value) + max(len(value) - 1, 0) + sum(nodes_of(one) for one in value.values())
    if isinstance(value, list):
        return 1 + max(len(value) - 1, 0) + sum(map(nodes_of, value))
    return 0


def accepts(limit: int, data: bytes, cut: int) -> bool:
    counter = NodeCounter(Bound(len(data), limit))
    try:
        for start in range(0, len(data), cut):
            counter.feed(data[start : start + cut])
    except TooLarge:
        return False
    return True


@given(value=st.lists(JSON, min_size=1, max_size=5), cut=st.integers(1, 7))
def test_nodes_are_counted_exactly_wherever_the_parts_are_cut(value: object, cut: int) -> None:
    data, nodes = orjson.dumps(value), nodes_of(value)
    assert accepts(nodes, data, cut) or data.count(b'"') > 2 * nodes + 2
    assert not accepts(nodes - 1, data, cut)


@pytest.mark.parametrize("text", [b"[1,2],{:" * 100_000, rb"\"[,\\" * 100_000, rb"\\\\" * 100_000])
def test_a_long_text_is_one_value_whatever_stands_in_it(text: bytes) -> None:
    NodeCounter(SMALL).feed(b'{"content": "' + text + b'"}')


@pytest.mark.parametrize("many", [b"[" * 100_000, b"{}," * 100_000, b'"",' * 100_000, b'"a":1,' * 100_000])
def test_many_small_values_are_too_many(many: bytes) -> None:
    with pytest.raises(TooLarge, match="more than 12,000 values"):
        NodeCounter(LARGE).feed(many)


@pytest.mark.parametrize(
    ("bound", "words"),
    [(SMALL, "larger than 64 KiB"), (LARGE, "larger than 8 MiB"), (Bound(2048, 1), "2 KiB")],
)
def test_a_bound_names_itself(bound: Bound, words: str) -> None:
    bound.require_size(bound.size)
    with pytest.raises(TooLarge, match=words):
        bound.require_size(bound.size + 1)


def test_an_object_of_sixteen_kibibytes_is_within_the_bound_however_dense_it_is() -> None:
    for densest in ("[],", "{},", "1,", "[[[]]],"):
        NodeCounter(SMALL).feed(
            f'{{"metadata": {{"a": [{densest * (16 * 1024 // len(densest))}1]}}}}'.encode()
        )
