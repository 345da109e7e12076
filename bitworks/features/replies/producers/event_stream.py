"""Server-sent events: the data of each, from the bytes of a response as they come."""

import re
from collections.abc import Iterator

# LINE_LIMIT: bytes of a line, at most; more than any piece of an answer has.
LINE_LIMIT = 8 * 1024 * 1024
_LINE_END = re.compile(rb"\r\n|\n|\r")


class EventStream:
    """Takes bytes, and gives the data of the events that they complete; names, ids and comments are dropped."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, received: bytes) -> Iterator[bytes]:
        """The data of each event that ends in these bytes. Raises ValueError for a line without an end."""
        *lines, self._rest = _LINE_END.split(self._rest + received)
        if len(self._rest) > LINE_LIMIT:
            raise ValueError("a line without an end")
        for line in lines:
            yield from self._line(line)

    def end(self) -> Iterator[bytes]:
        """The data of an event that the end of the response has cut off; it may still be whole."""
        yield from self._line(self._rest)
        yield from self._line(b"")

    def _line(self, line: bytes) -> Iterator[bytes]:
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif not line and self._data:
            data, self._data = b"\n".join(self._data), []
            yield data
