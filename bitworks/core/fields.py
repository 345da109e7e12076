"""The constrained fields of inputs. The error of each says what the field expects, in words for the caller."""

import math
import re
from typing import Annotated, Any
from unicodedata import normalize

import orjson
from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from bitworks.core.emails import EMAIL_LIMIT, canonical_email

CONTENT_LIMIT = 1_000_000
"""Characters (code points) of a message's content, at most."""
TITLE_LIMIT = 200
"""Characters of a conversation's title, at most."""
OBJECT_LIMIT = 16 * 1024
"""Bytes of the JSON of an object of the caller's own, at most."""
OBJECT_DEPTH = 32
"""Levels of nesting of such an object, at most."""
PINNED_LIMIT = 100
"""Pinned messages of a context, at most."""

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
    # Permissive on purpose: only a mail to the address could prove more. What is far too long is not worked on.
    address = canonical_email(text) if len(text) <= 4 * EMAIL_LIMIT else text
    if len(address) > EMAIL_LIMIT or not address.isprintable() or _EMAIL.fullmatch(address) is None:
        raise _expected(f"must be an email address of at most {EMAIL_LIMIT} characters")
    return address


def _password(text: str) -> str:
    # As RFC 8265 has it: one password, whether the keyboard sends its accents composed or apart.
    text = normalize("NFC", text)
    if len(text) < 8:
        raise _expected("must have at least 8 characters")
    if len(text.encode()) > 72:
        raise _expected("must have at most 72 bytes in UTF-8, which is what bcrypt reads")
    if len(set(text)) == 1:
        raise _expected("must not be one character again and again")
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
    # Greater ones would be stored, but orjson could not read them back.
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise _expected("must not contain integers beyond 64 bits")
    elif value is not None and not isinstance(value, int | float | dict | list):
        raise _expected("must contain nothing but JSON")


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return list(value) if isinstance(value, list) else []


def _json_object(value: dict[str, Any]) -> dict[str, Any]:
    """Checks the value level by level, not recursively, so that no depth of nesting can exhaust the stack."""
    level: list[object] = [value]
    for _ in range(OBJECT_DEPTH):
        # Each item takes a byte at least, so a value that is far too large is refused before it is walked to its end.
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
    """Allows text that begins or ends within a surrogate pair, which the parts beside it may complete."""
    if not isinstance(value, str):
        raise _expected("must be a valid string")
    if len(value) > CONTENT_LIMIT + 1:
        raise _expected(f"must have at most {CONTENT_LIMIT} characters")
    return _without_nul(value)


# Each type below is the type of a field; where the JSON Schema that pydantic derives would be wrong, it is given.
Id = Annotated[str, AfterValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"})]
"""A UUID in any case; its value is lower case."""
Text = Annotated[str, AfterValidator(_without_nul)]
"""Text without U+0000, which PostgreSQL cannot store."""
Content = Annotated[str, Field(min_length=1, max_length=CONTENT_LIMIT), AfterValidator(_without_nul)]
"""The content of a complete message: 1 to CONTENT_LIMIT characters."""
StreamedContent = Annotated[str, Field(max_length=CONTENT_LIMIT), AfterValidator(_without_nul)]
"""The first content of a message that may be streaming: 0 to CONTENT_LIMIT characters."""
Fragment = Annotated[
    str, PlainValidator(_fragment), WithJsonSchema({"type": "string", "maxLength": CONTENT_LIMIT})
]
"""A part of a streaming text, at most CONTENT_LIMIT characters; it may split a surrogate pair."""
Title = Annotated[str, Field(max_length=TITLE_LIMIT), AfterValidator(_without_nul)]
"""The title of a conversation: 0 to TITLE_LIMIT characters."""
Words = Annotated[str, Field(min_length=1, max_length=TITLE_LIMIT), AfterValidator(_without_nul)]
"""Words to look for in titles: 1 to TITLE_LIMIT characters."""
Email = Annotated[
    str,
    AfterValidator(_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": EMAIL_LIMIT}),
]
"""The email address of a new account; its value is the one spelling of `canonical_email`."""
NewPassword = Annotated[
    str,
    AfterValidator(_password),
    AfterValidator(_without_nul),
    WithJsonSchema({"type": "string", "minLength": 8, "maxLength": 72, "format": "password"}),
]
"""A password that is set: at least 8 characters, at most the 72 bytes of UTF-8 that bcrypt reads, composed (NFC)."""
Password = Annotated[
    str, Field(max_length=1024), WithJsonSchema({"type": "string", "maxLength": 1024, "format": "password"})
]
"""A password that is compared, at most 1,024 characters: one that breaks the rules of `NewPassword` is just wrong."""
Token = Annotated[str, Field(max_length=4096)]
"""An access or refresh token, at most 4,096 characters."""
JsonObject = Annotated[dict[str, Any], AfterValidator(_json_object)]
"""An object of the caller's own: at most OBJECT_LIMIT bytes of JSON, OBJECT_DEPTH levels deep."""
RevisionField = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""A revision or position, up to the greatest integer that JavaScript represents exactly."""
Offset = Annotated[int, Field(ge=0, le=2**53 - 1)]
"""An offset into a text, in UTF-16 code units."""
