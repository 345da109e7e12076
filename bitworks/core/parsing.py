"""Makes an input of what came over a wire, or an error that names each field."""

from collections.abc import Collection, Iterable
from itertools import islice
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from bitworks.core.errors import FieldError, InvalidInput

InputT = TypeVar("InputT", bound=BaseModel)

MAX_NAMED_FIELDS = 20
"""Fields of an input that an error names: it must not be many times as large as what was sent. Unknown fields above it
are refused before pydantic makes an error of each."""
FIELD_NAME_LENGTH = 100
"""Characters of a part of a field's path that are named: a key of the caller's may have any length."""

# By the type of pydantic's error, where its own message speaks of Python.
_WORDS = {
    "extra_forbidden": "is not a known field",
    "missing": "is required",
    "string_unicode": "must not contain unpaired surrogates",
    "model_type": "must be an object",
    "dict_type": "must be an object",
}


def parse(model: type[InputT], value: object) -> InputT:
    """Returns the input of decoded JSON. Raises `InvalidInput`, naming each field."""
    _require_few_unknown_fields(model, value)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise InvalidInput(
            _fields(error)
        ) from None  # pydantic's error repeats the input, which may be secret


def parse_strings(model: type[InputT], value: dict[str, str]) -> InputT:
    """Returns the input of a path and a query, whose values are all text. Raises `InvalidInput`, naming each field."""
    try:
        return model.model_validate_strings(value)
    except ValidationError as error:
        raise InvalidInput(_fields(error)) from None


def unknown_fields(given: Iterable[object], known: Collection[str]) -> list[FieldError]:
    """Returns an error of each unknown field, once, and of MAX_NAMED_FIELDS of them at most."""
    unknown = (name for name in dict.fromkeys(given) if name not in known)
    return [
        FieldError(_path((str(name),)), "is not a known field") for name in islice(unknown, MAX_NAMED_FIELDS)
    ]


def _require_few_unknown_fields(model: type[BaseModel], value: object) -> None:
    """Bounds the time of a request with very many unknown keys: an error of each of a million would block the loop."""
    if model.model_config.get("extra") == "forbid" and isinstance(value, dict):
        errors = unknown_fields(value, model.model_fields)
        if len(errors) == MAX_NAMED_FIELDS:
            raise InvalidInput(errors)


def _fields(error: ValidationError) -> list[FieldError]:
    found = error.errors(include_url=False, include_context=False, include_input=False)[:MAX_NAMED_FIELDS]
    return [FieldError(_path(one["loc"]), _WORDS.get(one["type"], _sentence(one["msg"]))) for one in found]


def _path(location: tuple[int | str, ...]) -> str:
    # A key of the caller's may hold unpaired surrogates, which have no UTF-8 form.
    return ".".join(str(part)[:FIELD_NAME_LENGTH] for part in location).encode("utf-8", "replace").decode()


def _sentence(message: str) -> str:
    return message.replace("Input should be", "must be").replace("should have", "must have")
