"""Registration, login, and what a user or the operator does to an account."""

from dataclasses import dataclass

from bitworks.core.callers import Caller, Stranger
from bitworks.core.clock import Clock, NewId
from bitworks.core.errors import InvalidCredentials, NotFound, RegistrationClosed
from bitworks.core.ids import UserId
from bitworks.fanout.attempt_limits import AttemptLimit
from bitworks.features.accounts.inputs import Credentials, PasswordChange, PasswordProof, Registration
from bitworks.features.accounts.passwords import Passwords
from bitworks.features.accounts.records import SignedIn, User
from bitworks.features.accounts.sessions import Sessions
from bitworks.features.accounts.store.accounts import AccountStore
from bitworks.features.limits.addresses import address_key
from bitworks.features.limits.attempts import Attempts

FAILED_LOGINS_OF_ACCOUNT = AttemptLimit("login-account", attempts=10, window=15 * 60)
"""Wrong passwords for one account: by email from one address at a login, by user for one who is signed in."""
FAILED_LOGINS_OF_ADDRESS = AttemptLimit("login-address", attempts=30, window=15 * 60)
"""Wrong passwords from one address, for whichever accounts."""
REGISTRATIONS = AttemptLimit("register", attempts=10, window=60 * 60)
"""Registrations from one address, those that fail included."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Creates, authenticates and deletes accounts."""

    store: AccountStore
    """The accounts in PostgreSQL."""
    sessions: Sessions
    """Opens the session of a login, and announces sessions that ended."""
    passwords: Passwords
    """Hashes and compares, in threads."""
    attempts: Attempts
    """Counts failed logins and registrations, across instances."""
    registration_open: bool
    """Whether anyone may register; the operator may always `add` an account."""
    now: Clock
    """The time of creations and endings."""
    new_id: NewId
    """The ids of new users."""

    async def register(self, caller: Stranger, request: Registration) -> SignedIn:
        """Creates an account and opens a session. Raises `RegistrationClosed`, `RateLimited` or `EmailTaken`."""
        if not self.registration_open:
            raise RegistrationClosed
        # Before the password is hashed, which takes a quarter of a second of a processor.
        await self.attempts.count((REGISTRATIONS, address_key(caller.origin.address)))
        user = await self.add(request)
        return await self.sessions.open(user, caller.origin)

    async def login(self, caller: Stranger, request: Credentials) -> SignedIn:
        """Opens a session. Raises `RateLimited` or `InvalidCredentials`.

        Error and duration are the same whether or not the account exists.
        """
        email = request.email.strip().casefold()
        address = address_key(caller.origin.address)
        # By address and email together: failures from one address must not lock the owner out at another.
        attempts = ((FAILED_LOGINS_OF_ACCOUNT, f"{address} {email}"), (FAILED_LOGINS_OF_ADDRESS, address))
        await self.attempts.count(*attempts)
        account = await self.store.by_email(email) if _is_storable(email) else None
        # Compared also if there is no account: see `Passwords.matches`.
        if not await self.passwords.matches(request.password, account.password_hash if account else None):
            raise InvalidCredentials
        assert account is not None
        await self.attempts.refund(*attempts)  # only failures count
        return await self.sessions.open(account.user, caller.origin)

    async def change_password(self, caller: Caller, request: PasswordChange) -> None:
        """Sets a new password and ends the other sessions, in one transaction.

        Raises `InvalidCredentials` if `request.old` is wrong, `RateLimited`.
        """
        await self._require_password(caller, request.old)
        hashed = await self.passwords.hash(request.new)
        await self.store.set_password(caller.user_id, hashed, caller.session_id, self.now())
        self.sessions.announce_end(caller.user_id)

    async def delete_account(self, caller: Caller, request: PasswordProof) -> None:
        """Deletes the account and all rows of the user.

        Raises `InvalidCredentials` if the password is wrong, `RateLimited`, `NotFound` if it is deleted already.
        """
        await self._require_password(caller, request.password)
        await self.delete(caller.user_id)

    # For the operator

    async def add(self, request: Registration) -> User:
        """Creates an account, without a session. Raises `EmailTaken`."""
        now = self.now()
        # As PostgreSQL and the contract have it, so that the record is the same when it is read again.
        whole_milliseconds = now.replace(microsecond=now.microsecond // 1000 * 1000)
        user = User(UserId(self.new_id()), request.email, whole_milliseconds)
        await self.store.create(user, await self.passwords.hash(request.password))
        return user

    async def find(self, email: str) -> User:
        """Returns the user with this email, in any case. Raises `NotFound`."""
        account = await self.store.by_email(email.strip().casefold())
        if account is None:
            raise NotFound(f"There is no account with the email {email}.")
        return account.user

    async def all(self) -> list[User]:
        """Returns every user, in the order of their emails."""
        return await self.store.list()

    async def reset_password(self, user: User, password: str) -> None:
        """Sets a password without a check of the old one, and ends all sessions."""
        hashed = await self.passwords.hash(password)
        await self.store.set_password(user.id, hashed, None, self.now())
        self.sessions.announce_end(user.id)

    async def delete(self, user_id: UserId) -> None:
        """Deletes an account and all rows of its user. Raises `NotFound`."""
        await self.store.delete(user_id)
        self.sessions.announce_end(user_id)

    async def _require_password(self, caller: Caller, password: str) -> None:
        """Raises `InvalidCredentials`; or `RateLimited`, since a stolen token must not allow endless guesses."""
        attempt = (FAILED_LOGINS_OF_ACCOUNT, caller.user_id)
        await self.attempts.count(attempt)
        account = await self.store.by_id(caller.user_id)
        if not await self.passwords.matches(password, account.password_hash):
            raise InvalidCredentials("The password is wrong.")
        await self.attempts.refund(attempt)


def _is_storable(email: str) -> bool:
    """Returns whether a registered email could look so; PostgreSQL would refuse U+0000 and unpaired surrogates."""
    return "\x00" not in email and email.isprintable()
