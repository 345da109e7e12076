"""How large an input may be: bytes, and the values in them. Counted before anything is made of them.

A megabyte of text costs the loop a millisecond; a megabyte of `[]` costs a hundred, and forty times its size. So both
are bounded, each operation by what its fields can hold (`core/operations.py`).
"""

from dataclasses import dataclass

from bitworks.core.errors import TooLarge

KIB = 1024
_STRUCTURAL = b"[{,:"
_OTHER = bytes(set(range(256)) - set(_STRUCTURAL))


@dataclass(frozen=True, slots=True)
class Bound:
    """The most that one input may be."""

    size: int
    """Bytes of JSON."""
    nodes: int
    """Arrays, objects, keys and values, as brackets, commas and colons outside of texts tell them."""

    def require_size(self, size: int) -> None:
        """Raises `TooLarge` if so many bytes are too many."""
        if size > self.size:
            raise TooLarge(f"The body is larger than {_in_words(self.size)}.")

    def counts_nodes(self, size: int | None) -> bool:
        """Whether so many bytes, of an unknown number if None, can hold too many nodes: each takes one at least."""
        return size is None or size > self.nodes


SMALL = Bound(64 * KIB, 12_000)
"""For an object of the caller's own, of 16 KiB, however it is escaped, and what is small beside it."""
TINY = Bound(8 * KIB, 1_000)
"""For a few words: credentials, tokens, an id."""
TWO_OBJECTS = Bound(128 * KIB, 24_000)
"""For two objects of the caller's own."""
LARGE = Bound(8 * KIB * KIB, 12_000)
"""For a text of a million characters, however it is escaped, and what `SMALL` is for."""


class NodeCounter:
    """Counts the nodes of JSON that comes in parts. What is no JSON is counted somehow: its decoder refuses it."""

    def __init__(self, bound: Bound) -> None:
        self._limit = bound.nodes
        self._nodes = 0
        self._in_text = 0
        self._escape = b""

    def feed(self, part: bytes) -> None:
        """Counts the next part. Raises `TooLarge` as soon as there are too many nodes.

        The time is that of four passes of C over the part: give a large text in parts, and let others have their turn.
        """
        outside = self._outside_of_texts(part)
        self._nodes += len(outside.translate(None, _OTHER))
        if self._nodes > self._limit:
            self._refuse()

    def _outside_of_texts(self, part: bytes) -> bytes:
        part = self._whole_escapes(self._escape + part)
        # What is escaped ends no text.
        pieces = part.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"', 2 * self._limit + 2)
        if len(pieces) > 2 * self._limit + 2:
            self._refuse()
        outside = b"".join(pieces[self._in_text :: 2])
        self._in_text ^= (len(pieces) - 1) & 1
        return outside

    def _whole_escapes(self, part: bytes) -> bytes:
        """The part without a last backslash that escapes what comes next, which is kept for then."""
        backslashes = len(part) - len(part.rstrip(b"\\"))
        self._escape = b"\\" * (backslashes % 2)
        return part[: len(part) - backslashes % 2]

    def _refuse(self) -> None:
        raise TooLarge(f"The body has more than {self._limit:,} values.")


def _in_words(size: int) -> str:
    return f"{size // KIB**2} MiB" if size >= KIB**2 else f"{size // KIB} KiB"
