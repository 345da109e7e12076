"""The JSON codec of the Socket.IO server, with the functions that it expects of the module `json`.

It knows of each event how large its packet may be, and refuses by standing for the arguments: so the event is still
acknowledged, with an error. A large packet is left to the door, which decodes it with pauses.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bitworks.core.bounds import KIB, TINY, Bound, NodeCounter
from bitworks.core.encoding import TooDeep, from_json, to_json
from bitworks.core.errors import DomainError, InvalidInput, MalformedJson, TooLarge

AT_ONCE = 128 * KIB
"""Characters that are decoded without a pause."""
PART = 256 * KIB
"""Bytes that are counted without a pause."""
_EVENT = re.compile(r'\[\s*"((?:[^"\\]|\\.){1,100})"')


@dataclass(frozen=True, slots=True)
class RefusedArguments:
    """Stands for arguments that are refused."""

    error: DomainError
    """What is wrong with them."""


@dataclass(frozen=True, slots=True)
class LargeArguments:
    """Stands for arguments that have not been decoded yet."""

    text: str
    """The event, with its name."""
    bound: Bound
    """That of the event."""

    async def decode(self) -> tuple[object, ...]:
        """The arguments. Others have their turn in between. Raises `TooLarge`, `InvalidInput`, `MalformedJson`."""
        encoded = self.text.encode()
        counter = NodeCounter(self.bound)
        for start in range(0, len(encoded), PART):
            counter.feed(encoded[start : start + PART])
            await asyncio.sleep(0)
        return tuple(_decoded(encoded)[1:])


class EventCodec:
    """Decodes packets within the bounds of their events, by name; an event that is not named is to be tiny."""

    def __init__(self, bounds: Mapping[str, Bound]) -> None:
        self._bounds = bounds

    def loads(self, text: str) -> Any:
        """The value of a packet's JSON; of an event that is refused or large, its name and what stands for the rest.

        Raises ValueError for what is neither an event nor JSON, and for what is neither an event nor tiny.
        """
        if (event := _EVENT.match(text)) is None:
            if len(text) > TINY.size:
                raise ValueError("too large for what is no event")
            return from_json(text)
        name = _name(event)
        try:
            return self._event(name, text)
        except (TooLarge, InvalidInput, MalformedJson) as error:
            return [name, RefusedArguments(error)]

    def _event(self, name: str, text: str) -> list[Any]:
        bound = self._bounds.get(name, TINY)
        bound.require_size(len(text))
        if len(text) > AT_ONCE:
            return [name, LargeArguments(text, bound)]
        if bound.counts_nodes(len(text)):
            NodeCounter(bound).feed(text.encode())
        return _decoded(text)

    def dumps(self, value: object, **_: object) -> str:
        """The value as compact JSON."""
        return to_json(value).decode()


def _decoded(text: str | bytes) -> list[Any]:
    try:
        value = from_json(text)
    except TooDeep:
        raise InvalidInput.of("", "the event is nested too deep") from None
    except ValueError:
        raise MalformedJson from None
    assert isinstance(value, list)
    return value


def _name(event: re.Match[str]) -> str:
    name: str = json.loads(f'"{event[1]}"')
    return name
