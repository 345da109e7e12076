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
    """Returns a time in the form `2026-01-31T12:00:00.000Z`. The time must be UTC."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_json(value: object) -> bytes:
    """Returns UTF-8 JSON of records, dataclasses, dicts and lists. Raises TypeError for what has no JSON form."""
    # By itself orjson writes times with microseconds and an offset, which is not the contract's form.
    return orjson.dumps(value, default=_encode_other, option=orjson.OPT_PASSTHROUGH_DATETIME)


def as_it_stands(json: str | bytes) -> orjson.Fragment:
    """Wraps encoded JSON, so that `to_json` copies it into its output instead of encoding it again."""
    return orjson.Fragment(json)


def canonical_json(value: object) -> bytes:
    """Returns JSON with sorted keys: equal bytes for equal values, where 1, 1.0 and true are three values."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def fingerprint(body: object) -> bytes:
    """Returns the 16-byte hash of a creation's body, by which a repeated creation is told from an id conflict."""
    # It is compared within one user and id only, so no user gains by a collision: 16 bytes are enough.
    return blake2b(canonical_json(body), digest_size=16).digest()


SLOW_LIMIT = 4 * 1024 * 1024
"""Bytes of JSON that the slower decoder takes, in some 20 ms: what is larger is not looked at again."""


class TooDeep(ValueError):
    """The JSON is nested deeper than the decoder can go, which is beyond every limit of the contract."""


def from_json(data: bytes | str) -> object:
    """Returns the decoded value. Raises ValueError if it is not JSON, `TooDeep` if it is nested too deep.

    Escaped unpaired surrogates pass, so that the validation that follows can name the field that has one.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        # orjson refuses escaped unpaired surrogates as it does real errors; the slower decoder takes them.
        if len(data) > SLOW_LIMIT:
            raise
        text = data if isinstance(data, str) else data.decode()
        try:
            return json.loads(text, parse_constant=_refuse_constant)
        except RecursionError:
            raise TooDeep("nested too deep") from None


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
