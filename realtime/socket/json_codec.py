"""The JSON codec of the Socket.IO server, with the functions that it expects of the module `json`."""

import re
from typing import Any

from bitworks.core.encoding import TooDeep, from_json, to_json

_EVENT = re.compile(r'\[\s*"((?:[^"\\]|\\.){1,100})"')


class TooDeepArgument:
    """Stands for arguments that are nested too deep, so that the event can still be acknowledged with an error."""


TOO_DEEP = TooDeepArgument()


def loads(text: str) -> Any:
    """The value of a JSON text. Of an event that is nested too deep, its name and `TOO_DEEP`.

    Raises ValueError for any other text.
    """
    try:
        return from_json(text)
    except TooDeep:
        if (event := _EVENT.match(text)) is None:
            raise
        return [event[1], TOO_DEEP]


def dumps(value: object, **_: object) -> str:
    """The value as compact JSON."""
    return to_json(value).decode()
