"""JSON as the contract writes it: times in RFC 3339 UTC with milliseconds."""

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


def canonical_json(value: object) -> bytes:
    """JSON with sorted keys: equal bytes for equal values, and 1, 1.0 and true are three values."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def fingerprint(body: object) -> bytes:
    """16 bytes that tell a repeated creation from another one with the same id."""
    return blake2b(canonical_json(body), digest_size=16).digest()
