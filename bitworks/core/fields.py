"""The constrained fields that inputs are made of: each says what it expects in words a caller can use."""

import math
import re
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

CONTENT_LIMIT = 1_000_000
TITLE_LIMIT = 200
OBJECT_LIMIT = 16 * 1024
OBJECT_DEPTH = 32
EMAIL_LIMIT = 254
PINNED_LIMIT = 100

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")


def _expected(message: str) -> PydanticCustomError:
    # The message is data, not a template: braces in it must not be filled in.
    return PydanticCustomError("expected", "{message}", {"message": message})


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise _expected("must not contain the character U+0000")
    return text


def _uuid(text: str) -> str:
    canonical = text.lower()
    if _UUID.fullmatch(canonical) is None:
        raise _expected("must be a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057")
    return canonical


def _email(text: str) -> str:
    address = text.strip().casefold()
    if len(address) > EMAIL_LIMIT or not address.isprintable() or _EMAIL.fullmatch(address) is None:
        raise _expected(f"must be an email address of at most {EMAIL_LIMIT} characters")
    return address


def _password(text: str) -> str:
    if len(text) < 8:
        raise _expected("must have at least 8 characters")
    if len(text.encode()) > 72:
        raise _expected("must have at most 72 bytes in UTF-8, which is what bcrypt reads")
    return text


def _check_text(text: str) -> None:
    _without_nul(text)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _expected("must not contain unpaired surrogates") from None


def _check_scalar(value: object) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, float) and not math.isfinite(value):
        raise _expected("must not contain numbers that are not finite")
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise _expected("must not contain integers beyond 64 bits")
    elif value is not None and not isinstance(value, int | float | dict | list):
        raise _expected("must contain nothing but JSON")


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return list(value) if isinstance(value, list) else []


def _json_object(value: dict[str, Any]) -> dict[str, Any]:
    """Checks depth level by level, so that no depth of nesting can exhaust the stack."""
    level: list[object] = [value]
    for _ in range(OBJECT_DEPTH):
        # Each item has a byte at least: what is far too large is not walked to its end.
        if len(level) > OBJECT_LIMIT:
            raise _expected("must have at most 16 KiB of JSON")
        for item in level:
            _check_scalar(item)
        level = [child for item in level for child in _children(item)]
        if not level:
            break
    if any(isinstance(item, dict | list) for item in level):
        raise _expected(f"must not be nested deeper than {OBJECT_DEPTH} levels")
    for item in level:
        _check_scalar(item)
    if len(orjson.dumps(value)) > OBJECT_LIMIT:
        raise _expected("must have at most 16 KiB of JSON")
    return value


def _fragment(value: object) -> str:
    """Text that may begin or end within a surrogate pair; what it is added to decides."""
    if not isinstance(value, str):
        raise _expected("must be a valid string")
    if len(value) > CONTENT_LIMIT + 1:
        raise _expected(f"must have at most {CONTENT_LIMIT} characters")
    return _without_nul(value)


Id = Annotated[str, AfterValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"})]
Text = Annotated[str, AfterValidator(_without_nul)]
Content = Annotated[str, Field(min_length=1, max_length=CONTENT_LIMIT), AfterValidator(_without_nul)]
StreamedContent = Annotated[str, Field(max_length=CONTENT_LIMIT), AfterValidator(_without_nul)]
Fragment = Annotated[
    str, PlainValidator(_fragment), WithJsonSchema({"type": "string", "maxLength": CONTENT_LIMIT})
]
Title = Annotated[str, Field(max_length=TITLE_LIMIT), AfterValidator(_without_nul)]
Words = Annotated[str, Field(min_length=1, max_length=TITLE_LIMIT), AfterValidator(_without_nul)]
Email = Annotated[
    str,
    AfterValidator(_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": EMAIL_LIMIT}),
]
NewPassword = Annotated[
    str,
    AfterValidator(_password),
    AfterValidator(_without_nul),
    WithJsonSchema({"type": "string", "minLength": 8, "maxLength": 72, "format": "password"}),
]
# A password that is only compared may be anything: what cannot be right is answered as wrong.
Password = Annotated[
    str, Field(max_length=1024), WithJsonSchema({"type": "string", "maxLength": 1024, "format": "password"})
]
Token = Annotated[str, Field(max_length=4096)]
JsonObject = Annotated[dict[str, Any], AfterValidator(_json_object)]
RevisionField = Annotated[int, Field(ge=0, le=2**53 - 1)]
Offset = Annotated[int, Field(ge=0, le=2**53 - 1)]
