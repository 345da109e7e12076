"""JSON as the contract writes it: times in RFC 3339 UTC with milliseconds."""

from datetime import datetime

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
