"""JSON for the Socket.IO server: what `json` is to it, as the contract reads and writes."""

import re
from typing import Any

from bitworks.core.encoding import TooDeep, from_json, to_json

_EVENT = re.compile(r'\[\s*"((?:[^"\\]|\\.){1,100})"')


class TooDeepArgument:
    """Stands for arguments that are nested too deep, so that the event can still be answered."""


TOO_DEEP = TooDeepArgument()


def loads(text: str) -> Any:
    """Raises ValueError for what is not JSON. An event nested without end keeps its name."""
    try:
        return from_json(text)
    except TooDeep:
        if (event := _EVENT.match(text)) is None:
            raise
        return [event[1], TOO_DEEP]


def dumps(value: object, **_: object) -> str:
    return to_json(value).decode()
