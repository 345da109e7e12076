"""The inputs of accounts and sessions."""

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from bitworks.core.fields import Email, NewPassword, Password, Token
from bitworks.core.inputs import Input
from bitworks.features.accounts.common_passwords import is_common

OWN_EMAIL = "must not be the email of the account"
"""What is wrong with a password that anyone who knows the account would try."""


def is_own_email(password: str, email: str) -> bool:
    """Returns whether a password is the email of its account, or the part before the @."""
    return password.casefold() in (email, email.rpartition("@")[0])


def _uncommon(password: str) -> str:
    if is_common(password):
        raise PydanticCustomError("expected", "must not be one of the passwords that are guessed first")
    return password


ChosenPassword = Annotated[NewPassword, AfterValidator(_uncommon)]
"""A password that is set, which is none of the commonest."""


class Credentials(Input):
    """The email and password of an account, in any case of the email."""

    # Looser than `Email`: an email that cannot be registered is answered like a wrong password.
    email: Annotated[str, Field(max_length=1024)]
    password: Password


class Registration(Input):
    """A new account. The password has at least 8 characters, and at most 72 bytes in UTF-8."""

    email: Email
    password: ChosenPassword

    @field_validator("password")
    @classmethod
    def _not_the_email(cls, password: str, info: ValidationInfo) -> str:
        if is_own_email(password, info.data.get("email", "")):
            raise PydanticCustomError("expected", OWN_EMAIL)
        return password


class Refresh(Input):
    """The refresh token of a session, which is used up."""

    refresh_token: Token


class PasswordChange(Input):
    """A new password, and the old one as proof."""

    old: Password
    new: ChosenPassword


class PasswordProof(Input):
    """The password, as proof that the request is the user's."""

    password: Password
