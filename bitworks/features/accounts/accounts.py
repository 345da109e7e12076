"""What may be asked of accounts."""

from dataclasses import dataclass

from bitworks.core.callers import Anonymous, Caller
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

# In seconds, as everywhere in limits.
FAILED_LOGINS_OF_ACCOUNT = AttemptLimit("login-account", attempts=10, window=15 * 60)
FAILED_LOGINS_OF_ADDRESS = AttemptLimit("login-address", attempts=30, window=15 * 60)
REGISTRATIONS = AttemptLimit("register", attempts=10, window=60 * 60)


@dataclass(frozen=True, slots=True)
class Accounts:
    """Makes, proves and deletes accounts. `registration_open`: whether anyone may make one."""

    store: AccountStore
    sessions: Sessions
    passwords: Passwords
    attempts: Attempts
    registration_open: bool
    now: Clock
    new_id: NewId

    async def register(self, caller: Anonymous, request: Registration) -> SignedIn:
        """Makes an account and signs in. Raises RegistrationClosed, RateLimited or EmailTaken."""
        if not self.registration_open:
            raise RegistrationClosed
        await self.attempts.count((REGISTRATIONS, address_key(caller.origin.address)))
        user = await self.add(request)
        return await self.sessions.open(user, caller.origin)

    async def login(self, caller: Anonymous, request: Credentials) -> SignedIn:
        """Signs in. Raises RateLimited or InvalidCredentials, the same whether or not the account exists."""
        email = request.email.strip().casefold()
        address = address_key(caller.origin.address)
        # Counted by address and account together: failures of one address lock nobody else out.
        attempts = ((FAILED_LOGINS_OF_ACCOUNT, f"{address} {email}"), (FAILED_LOGINS_OF_ADDRESS, address))
        await self.attempts.count(*attempts)
        account = await self.store.by_email(email) if _is_storable(email) else None
        if not await self.passwords.matches(request.password, account.password_hash if account else None):
            raise InvalidCredentials
        assert account is not None
        await self.attempts.refund(*attempts)
        return await self.sessions.open(account.user, caller.origin)

    async def change_password(self, caller: Caller, request: PasswordChange) -> None:
        """Sets a new password and ends the other sessions. Raises `InvalidCredentials`, `RateLimited`."""
        await self._require_password(caller, request.old)
        hashed = await self.passwords.hash(request.new)
        await self.store.set_password(caller.user_id, hashed, caller.session_id, self.now())
        self.sessions.announce_end(caller.user_id)

    async def delete_account(self, caller: Caller, request: PasswordProof) -> None:
        """Deletes everything of the user. Raises `InvalidCredentials`, `RateLimited`."""
        await self._require_password(caller, request.password)
        await self.delete(caller.user_id)

    # For the operator

    async def add(self, request: Registration) -> User:
        """An account, without signing in. Raises `EmailTaken`."""
        now = self.now()
        whole_milliseconds = now.replace(microsecond=now.microsecond // 1000 * 1000)
        user = User(UserId(self.new_id()), request.email, whole_milliseconds)
        await self.store.create(user, await self.passwords.hash(request.password))
        return user

    async def find(self, email: str) -> User:
        """Raises `NotFound`."""
        account = await self.store.by_email(email.strip().casefold())
        if account is None:
            raise NotFound(f"There is no account with the email {email}.")
        return account.user

    async def all(self) -> list[User]:
        """Every account, by email."""
        return await self.store.list()

    async def reset_password(self, user: User, password: str) -> None:
        """Sets a password without the old one, and ends all sessions."""
        hashed = await self.passwords.hash(password)
        await self.store.set_password(user.id, hashed, None, self.now())
        self.sessions.announce_end(user.id)

    async def delete(self, user_id: UserId) -> None:
        """Deletes an account and everything of it. Raises `NotFound`."""
        await self.store.delete(user_id)
        self.sessions.announce_end(user_id)

    async def _require_password(self, caller: Caller, password: str) -> None:
        """A stolen token must not be a way to guess the password without end."""
        attempt = (FAILED_LOGINS_OF_ACCOUNT, caller.user_id)
        await self.attempts.count(attempt)
        account = await self.store.by_id(caller.user_id)
        if not await self.passwords.matches(password, account.password_hash):
            raise InvalidCredentials("The password is wrong.")
        await self.attempts.refund(attempt)


def _is_storable(email: str) -> bool:
    """Whether PostgreSQL could hold it at all; what it could not cannot be registered either."""
    return "\x00" not in email and email.isprintable()
