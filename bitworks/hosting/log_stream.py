"""Where log lines are written."""

from contextlib import suppress
from typing import TextIO


class LogStream:
    """A stream whose reader may be gone: a closed terminal, the end of a pipe. What is written then is lost.

    Otherwise the line "stopping" would end the stop.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Writes what can be written; the number of characters is that of the text in any case."""
        with suppress(OSError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flushes what can be flushed."""
        with suppress(OSError):
            self._stream.flush()
