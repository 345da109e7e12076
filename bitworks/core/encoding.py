"""JSON as the contract writes it: times in RFC 3339 UTC with milliseconds."""

import json
from datetime import datetime
from hashlib import blake2b

import orjson


def _encode_other(value: object) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def rfc3339(time: datetime) -> str:
    """`2026-01-31T12:00:00.000Z`. The time must be UTC."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_json(value: object) -> bytes:
    """UTF-8 JSON of records, dataclasses, dicts and lists."""
    return orjson.dumps(value, default=_encode_other, option=orjson.OPT_PASSTHROUGH_DATETIME)


def as_it_stands(json: str | bytes) -> orjson.Fragment:
    """Stands for JSON that is finished, within something that is to be encoded."""
    return orjson.Fragment(json)


def canonical_json(value: object) -> bytes:
    """JSON with sorted keys: equal bytes for equal values, and 1, 1.0 and true are three values."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def fingerprint(body: object) -> bytes:
    """16 bytes that tell a repeated creation from another one with the same id."""
    return blake2b(canonical_json(body), digest_size=16).digest()


class TooDeep(ValueError):
    """The JSON is nested deeper than any limit of ours."""


def from_json(data: bytes | str) -> object:
    """What this JSON says. Raises ValueError if it is not JSON, `TooDeep` if it is nested without end.

    Unpaired surrogates pass: the field that has one is named by the validation that follows.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        # Strict about everything, orjson refuses escaped surrogates as it does real errors.
        text = data if isinstance(data, str) else data.decode()
        try:
            return json.loads(text, parse_constant=_refuse_constant)
        except RecursionError:
            raise TooDeep("nested too deep") from None


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
