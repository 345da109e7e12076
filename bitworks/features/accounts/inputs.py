"""The inputs of accounts and sessions."""

from typing import Annotated

from pydantic import Field

from bitworks.core.fields import Email, NewPassword, Password, Token
from bitworks.core.inputs import Input


class Credentials(Input):
    """The email and password of an account, in any case of the email."""

    # Looser than `Email`: an email that cannot be registered is answered like a wrong password.
    email: Annotated[str, Field(max_length=1024)]
    password: Password


class Registration(Input):
    """A new account. The password has at least 8 characters, and at most 72 bytes in UTF-8."""

    email: Email
    password: NewPassword


class Refresh(Input):
    """The refresh token of a session, which is used up."""

    refresh_token: Token


class PasswordChange(Input):
    """A new password, and the old one as proof."""

    old: Password
    new: NewPassword


class PasswordProof(Input):
    """The password, as proof that the request is the user's."""

    password: Password
