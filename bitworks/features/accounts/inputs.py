"""What may be asked of accounts and sessions."""

from typing import Annotated

from pydantic import Field

from bitworks.core.fields import Email, NewPassword, Password, Token
from bitworks.core.inputs import Input


class Credentials(Input):
    email: Annotated[str, Field(max_length=1024)]
    password: Password


class Registration(Input):
    email: Email
    password: NewPassword


class Refresh(Input):
    refresh_token: Token


class PasswordChange(Input):
    old: Password
    new: NewPassword


class PasswordProof(Input):
    password: Password
