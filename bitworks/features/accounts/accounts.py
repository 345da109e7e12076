"""Registration, login, and what a user or the operator does to an account."""

from dataclasses import dataclass

from bitworks.core.callers import Caller, Stranger
from bitworks.core.clock import Clock, NewId
from bitworks.core.emails import EMAIL_LIMIT, canonical_email, email_spellings
from bitworks.core.errors import (
    DomainError,
    EmailTaken,
    InvalidCredentials,
    InvalidInput,
    NotFound,
    RateLimited,
    RegistrationClosed,
)
from bitworks.core.ids import UserId
from bitworks.fanout.attempt_limits import AttemptLimit
from bitworks.features.accounts.inputs import (
    OWN_EMAIL,
    Credentials,
    PasswordChange,
    PasswordProof,
    Registration,
    is_own_email,
)
from bitworks.features.accounts.passwords import OPERATOR, Asker, Passwords
from bitworks.features.accounts.records import SignedIn, User
from bitworks.features.accounts.sessions import Sessions
from bitworks.features.accounts.store.accounts import Account, AccountStore
from bitworks.features.limits.attempts import Attempt, Attempts, attempts_from

FAILED_LOGINS_OF_ACCOUNT = AttemptLimit("login-account", attempts=10, window=15 * 60)
"""Wrong passwords for one account: by email from one address at a login, by user for one who is signed in."""
FAILED_LOGINS_OF_ADDRESS = AttemptLimit("login-address", attempts=30, window=15 * 60)
"""Wrong passwords from one address, for whichever accounts."""
PASSWORDS_OF_ACCOUNT = AttemptLimit("password-account", attempts=10, window=60)
"""Passwords given for one account from one address, right ones included: each costs a hash."""
FAILED_REGISTRATIONS = AttemptLimit("register-failed", attempts=30, window=15 * 60)
"""Registrations from one address that made no account: each tells whether an email has one."""


def registrations_of_address(per_hour: int) -> AttemptLimit:
    """Returns the limit of accounts that one address makes in an hour."""
    return AttemptLimit("register", attempts=per_hour, window=60 * 60)


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
    """Counts logins and registrations, across instances."""
    registration_open: bool
    """Whether anyone may register; the operator may always `add` an account."""
    registrations: AttemptLimit
    """Accounts that one address may make."""
    now: Clock
    """The time of creations and endings."""
    new_id: NewId
    """The ids of new users."""

    async def register(self, caller: Stranger, request: Registration) -> SignedIn:
        """Creates an account and opens a session.

        Raises `RegistrationClosed`, `RateLimited`, `EmailTaken`, or `Overloaded`.
        """
        if not self.registration_open:
            raise RegistrationClosed
        address = caller.origin.address
        made = attempts_from(self.registrations, address)
        failed = attempts_from(FAILED_REGISTRATIONS, address)
        # Before the password is hashed, which takes a quarter of a second of a processor.
        await self.attempts.count(*made, *failed)
        try:
            user = await self.add(request, Asker(address, request.email))
        except DomainError as error:
            await self.attempts.refund(*made, *(() if isinstance(error, EmailTaken) else failed))
            raise
        await self.attempts.refund(*failed)
        return await self.sessions.open(user, caller.origin)

    async def login(self, caller: Stranger, request: Credentials) -> SignedIn:
        """Opens a session. Raises `RateLimited`, `InvalidCredentials` or `Overloaded`.

        Error and duration are the same whether or not the account exists. Where others have failed too often from the
        address, only who has signed in from there before, and has the right password, is let in.
        """
        address = caller.origin.address
        of_address = attempts_from(FAILED_LOGINS_OF_ADDRESS, address)
        # First: emails that are tried from a locked address must not fill the counters.
        if locked := await self.attempts.seconds_to_wait(*of_address):
            account = await self._right_where_locked(address, request)
            if account is None:
                raise RateLimited(locked)
        else:
            async with self.attempts.refunded_if_busy(*of_address):
                account = await self._right(address, request)
            if account is None:
                raise InvalidCredentials
            await self.attempts.refund(*of_address)  # only failures count
        return await self.sessions.open(account.user, caller.origin)

    async def _right(self, address: str, request: Credentials) -> Account | None:
        """Returns the account if the password is right, None if not or if there is none. Raises as `login`."""
        counted = _attempts_of_account(address, request)
        await self.attempts.count(*counted)
        async with self.attempts.refunded_if_busy(*counted):
            return await self._compare(address, request, await self._find(request.email))

    async def _right_where_locked(self, address: str, request: Credentials) -> Account | None:
        """As `_right`; None also, after as long a time, for who has not signed in from there, or tried too often."""
        counted = _attempts_of_account(address, request)
        account = await self._find(request.email)
        if not await self._is_known_at(account, address) or await self.attempts.seconds_to_wait(*counted):
            await self.passwords.pretend()
            return None
        async with self.attempts.refunded_if_busy(*counted):
            return await self._compare(address, request, account)

    async def _compare(self, address: str, request: Credentials, account: Account | None) -> Account | None:
        """Returns the account if the password is right; then the attempt is no failure."""
        email = _counted_email(request)
        # Compared also if there is no account: see `Passwords.matches`.
        password_hash = account.password_hash if account else None
        asker = Asker(address, email)
        if not await self.passwords.matches(request.password, password_hash, asker):
            return None
        await self.attempts.refund(*attempts_from(FAILED_LOGINS_OF_ACCOUNT, address, email))
        return account

    async def change_password(self, caller: Caller, request: PasswordChange) -> None:
        """Sets a new password and ends the other sessions, in one transaction.

        Raises `InvalidCredentials` if `request.old` is wrong, `InvalidInput` if the new one is the email,
        `RateLimited`, `Overloaded`.
        """
        account = await self._require_password(caller, request.old)
        if is_own_email(request.new, account.user.email):
            raise InvalidInput.of("new", OWN_EMAIL)
        hashed = await self.passwords.hash(request.new, _asker(caller))
        await self.store.set_password(caller.user_id, hashed, caller.session_id, self.now())
        self.sessions.announce_end(caller.user_id)

    async def delete_account(self, caller: Caller, request: PasswordProof) -> None:
        """Deletes the account and all rows of the user.

        Raises `InvalidCredentials` if the password is wrong, `NotFound` if it is deleted already, `RateLimited`,
        `Overloaded`.
        """
        await self._require_password(caller, request.password)
        await self.delete(caller.user_id)

    # For the operator

    async def add(self, request: Registration, asker: Asker = OPERATOR) -> User:
        """Creates an account, without a session. Raises `EmailTaken`, and what hashing raises."""
        # Before the password is hashed, and for all spellings: `create` knows the one alone.
        if await self._find(request.email) is not None:
            raise EmailTaken
        now = self.now()
        # As PostgreSQL and the contract have it, so that the record is the same when it is read again.
        whole_milliseconds = now.replace(microsecond=now.microsecond // 1000 * 1000)
        user = User(UserId(self.new_id()), request.email, whole_milliseconds)
        await self.store.create(user, await self.passwords.hash(request.password, asker))
        return user

    async def find(self, email: str) -> User:
        """Returns the user with this email, in any case. Raises `NotFound`."""
        account = await self._find(email)
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

    async def _find(self, email: str) -> Account | None:
        # PostgreSQL would refuse U+0000 and unpaired surrogates, which no registered email has.
        spellings = [one for one in email_spellings(email) if one.isprintable()]
        return await self.store.by_email(spellings)

    async def _is_known_at(self, account: Account | None, address: str) -> bool:
        return account is not None and await self.sessions.has_signed_in_from(account.user, address)

    async def _require_password(self, caller: Caller, password: str) -> Account:
        """Returns the account. Raises `InvalidCredentials`; or `RateLimited`, since a stolen token must not allow
        endless guesses, nor a right password endless hashes.
        """
        attempt = (FAILED_LOGINS_OF_ACCOUNT, caller.user_id)
        counted = ((PASSWORDS_OF_ACCOUNT, caller.user_id), attempt)
        await self.attempts.count(*counted)
        async with self.attempts.refunded_if_busy(*counted):
            account = await self.store.by_id(caller.user_id)
            right = await self.passwords.matches(password, account.password_hash, _asker(caller))
        if not right:
            raise InvalidCredentials("The password is wrong.")
        await self.attempts.refund(attempt)
        return account


def _attempts_of_account(address: str, request: Credentials) -> tuple[Attempt, ...]:
    """What a login counts as by address and email together: failures at one must not lock the owner out at another."""
    email = _counted_email(request)
    passwords = attempts_from(PASSWORDS_OF_ACCOUNT, address, email)
    return (*passwords, *attempts_from(FAILED_LOGINS_OF_ACCOUNT, address, email))


def _counted_email(request: Credentials) -> str:
    # What is longer than an address is counted, and so kept, by its beginning.
    return canonical_email(request.email)[:EMAIL_LIMIT]


def _asker(caller: Caller) -> Asker:
    return Asker(caller.origin.address, caller.user_id)
