"""Turning what came over a wire into an input, or into an error that names each field."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from bitworks.core.errors import FieldError, InvalidInput

InputT = TypeVar("InputT", bound=BaseModel)

NAMED_ERRORS = 20
NAMED_CHARACTERS = 100

_WORDS = {
    "extra_forbidden": "is not a known field",
    "missing": "is required",
    "string_unicode": "must not contain unpaired surrogates",
    "model_type": "must be an object",
    "dict_type": "must be an object",
}


def parse(model: type[InputT], value: object) -> InputT:
    """An input from decoded JSON. Raises `InvalidInput`."""
    _refuse_a_flood(model, value)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise InvalidInput(_fields(error)) from None


def parse_strings(model: type[InputT], value: dict[str, str]) -> InputT:
    """An input from a path and a query, where everything is text. Raises `InvalidInput`."""
    try:
        return model.model_validate_strings(value)
    except ValidationError as error:
        raise InvalidInput(_fields(error)) from None


def _refuse_a_flood(model: type[BaseModel], value: object) -> None:
    """An error for each of a million unknown keys would stop everybody: a few are enough to say so."""
    if model.model_config.get("extra") == "forbid" and isinstance(value, dict):
        unknown = [key for key in value if key not in model.model_fields]
        if len(unknown) > NAMED_ERRORS:
            raise InvalidInput(
                [FieldError(_path((key,)), "is not a known field") for key in unknown[:NAMED_ERRORS]]
            )


def _fields(error: ValidationError) -> list[FieldError]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [FieldError(_path(one["loc"]), _WORDS.get(one["type"], _sentence(one["msg"]))) for one in found]


def _path(location: tuple[int | str, ...]) -> str:
    # A key of the caller's own may hold anything, and must still be printable.
    return ".".join(str(part)[:NAMED_CHARACTERS] for part in location).encode("utf-8", "replace").decode()


def _sentence(message: str) -> str:
    return message.replace("Input should be", "must be").replace("should have", "must have")
