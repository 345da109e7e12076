"""Accounts without any door, as the operator has them."""

import pytest

from bitworks.core.callers import Origin, Stranger
from bitworks.core.errors import EmailTaken, InvalidCredentials, NotFound
from bitworks.features.accounts.accounts import Accounts
from bitworks.features.accounts.inputs import Credentials, Registration

ANA = Registration(email="ana@example.org", password="correct horse")
STRANGER = Stranger(Origin("192.0.2.1", "tests"))


async def test_an_account_that_the_operator_adds_can_sign_in(accounts: Accounts) -> None:
    user = await accounts.add(ANA)
    signed_in = await accounts.login(STRANGER, Credentials(email="Ana@example.org ", password=ANA.password))
    assert signed_in.user == user
    with pytest.raises(EmailTaken):
        await accounts.add(ANA)


async def test_a_password_that_the_operator_sets_replaces_the_old_one(accounts: Accounts) -> None:
    user = await accounts.add(ANA)
    await accounts.reset_password(user, "another horse")
    with pytest.raises(InvalidCredentials):
        await accounts.login(STRANGER, Credentials(email=ANA.email, password=ANA.password))
    assert await accounts.login(STRANGER, Credentials(email=ANA.email, password="another horse"))


async def test_an_account_that_was_deleted_is_not_found(accounts: Accounts) -> None:
    user = await accounts.add(ANA)
    assert await accounts.all() == [user]
    await accounts.delete(user.id)
    assert await accounts.all() == []
    with pytest.raises(NotFound):
        await accounts.find(ANA.email)
