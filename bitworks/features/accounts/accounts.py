"""Commands about accounts: who may come in, and for how long."""

from dataclasses import dataclass, replace

from bitworks.core.errors import InvalidCredentials, NotFound, RateLimited, RegistrationClosed, Unauthorized
from bitworks.core.ids import SessionId, UserId
from bitworks.core.records import Session, User
from bitworks.fanout.attempt_limits import AttemptLimit
from bitworks.features.accounts import tokens
from bitworks.features.accounts.store.sessions import Origin
from bitworks.features.accounts.tokens import Claims
from bitworks.features.history.inputs import (
    ById,
    Credentials,
    PasswordChange,
    PasswordProof,
    Refresh,
    Registration,
)
from bitworks.features.limits.addresses import address_key
from bitworks.features.sync.publishing import publish_sessions_ended
from bitworks.services import Caller, Services

FAILED_LOGINS_OF_ACCOUNT = AttemptLimit("login-account", attempts=10, window=15 * 60)
FAILED_LOGINS_OF_ADDRESS = AttemptLimit("login-address", attempts=30, window=15 * 60)
REGISTRATIONS = AttemptLimit("register", attempts=10, window=60 * 60)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A pair of tokens, and whose they are. `expires_in` is of the access token, in seconds."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str
    user: User


@dataclass(frozen=True, slots=True)
class Verified:
    """What a valid access token says."""

    user_id: UserId
    email: str
    session_id: SessionId
    expires_at: str


async def register(services: Services, origin: Origin, wanted: Registration) -> SignedIn:
    """Makes an account and signs in. Raises RegistrationClosed, RateLimited or EmailTaken."""
    if not services.policy.registration_open:
        raise RegistrationClosed
    await _count(services, (REGISTRATIONS, address_key(origin.address)))
    user = await add_user(services, wanted)
    return await _sign_in(services, user, origin)


async def login(services: Services, origin: Origin, wanted: Credentials) -> SignedIn:
    """Signs in. Raises RateLimited or InvalidCredentials, the same whether or not the account exists."""
    email = wanted.email.strip().casefold()
    address = address_key(origin.address)
    # Counted by address and account together: failures at one address lock no other out of the account.
    attempts = ((FAILED_LOGINS_OF_ACCOUNT, f"{address} {email}"), (FAILED_LOGINS_OF_ADDRESS, address))
    await _count(services, *attempts)
    account = await services.storage.accounts.by_email(email) if _is_storable(email) else None
    if not await services.passwords.matches(wanted.password, account.password_hash if account else None):
        raise InvalidCredentials
    assert account is not None
    await _refund(services, *attempts)
    return await _sign_in(services, account.user, origin)


async def authenticate(services: Services, token: str) -> Caller:
    """Who holds this access token. Raises `Unauthorized` if it is not valid, or its session has ended."""
    caller = identify(services, token)
    await services.sessions.require(caller.user_id, caller.session_id)
    return caller


def identify(services: Services, token: str) -> Caller:
    """As `authenticate`, for one who looks by themselves whether the session has ended."""
    claims = tokens.verify(services.policy.secret, "access", token, services.now())
    return Caller(claims.user_id, claims.session_id, claims.expires_at)


async def user_of(services: Services, caller: Caller) -> User:
    """Raises `Unauthorized` if the account is gone."""
    return (await services.storage.accounts.by_id(caller.user_id)).user


async def refresh(services: Services, wanted: Refresh) -> SignedIn:
    """A new pair for a refresh token. One that was used too long ago ends its session."""
    now = services.now()
    claims = tokens.verify(services.policy.secret, "refresh", wanted.refresh_token, now)
    expires_at = tokens.expiry(now, services.policy.refresh_lifetime)
    # Before the rotation: if this fails, the token has not been used.
    account = await services.storage.accounts.by_id(claims.user_id)
    generation = await services.storage.sessions.rotate(
        claims.user_id, claims.session_id, claims.generation, now, expires_at
    )
    if generation is None:
        publish_sessions_ended(services, claims.user_id)
        raise Unauthorized("This refresh token was used before; its session has been ended.")
    return _pair(services, account.user, claims.session_id, generation)


async def logout(services: Services, caller: Caller) -> None:
    """Ends the caller's own session."""
    await end_session(services, caller, ById(id=caller.session_id))


async def list_sessions(services: Services, caller: Caller) -> list[Session]:
    """Where one is signed in, last used first."""
    return await services.storage.sessions.live(caller.user_id, services.now(), caller.session_id)


async def end_session(services: Services, caller: Caller, wanted: ById) -> None:
    """Ends one of the caller's sessions. Raises `NotFound` for any other, and for one that has ended."""
    await services.storage.sessions.end(caller.user_id, SessionId(wanted.id), services.now())
    publish_sessions_ended(services, caller.user_id)


async def logout_all(services: Services, caller: Caller) -> None:
    """Ends every session, the caller's own too."""
    await services.storage.sessions.end_all_but(caller.user_id, None, services.now())
    publish_sessions_ended(services, caller.user_id)


async def change_password(services: Services, caller: Caller, wanted: PasswordChange) -> None:
    """Sets a new password and ends the other sessions. Raises `InvalidCredentials`."""
    await _require_password(services, caller, wanted.old)
    hashed = await services.passwords.hash(wanted.new)
    await services.storage.accounts.set_password(caller.user_id, hashed, caller.session_id, services.now())
    publish_sessions_ended(services, caller.user_id)


async def delete_account(services: Services, caller: Caller, wanted: PasswordProof) -> None:
    """Deletes everything of the user. Raises `InvalidCredentials`."""
    await _require_password(services, caller, wanted.password)
    await delete_user(services, caller.user_id)


async def add_user(services: Services, wanted: Registration) -> User:
    """An account, without signing in. Raises `EmailTaken`."""
    now = services.now()
    user = User(
        UserId(services.new_id()), wanted.email, now.replace(microsecond=now.microsecond // 1000 * 1000)
    )
    await services.storage.accounts.create(user, await services.passwords.hash(wanted.password))
    return user


async def find_user(services: Services, email: str) -> User:
    """Raises `NotFound`."""
    account = await services.storage.accounts.by_email(email.strip().casefold())
    if account is None:
        raise NotFound(f"There is no account with the email {email}.")
    return account.user


async def reset_password(services: Services, user: User, password: str) -> None:
    """Sets a password without the old one, and ends all sessions."""
    hashed = await services.passwords.hash(password)
    await services.storage.accounts.set_password(user.id, hashed, None, services.now())
    publish_sessions_ended(services, user.id)


async def delete_user(services: Services, user_id: UserId) -> None:
    """Deletes an account and everything of it. Raises `NotFound`."""
    await services.storage.accounts.delete(user_id)
    publish_sessions_ended(services, user_id)


async def _count(services: Services, *attempts: tuple[AttemptLimit, str]) -> None:
    """Raises `RateLimited` if one of these attempts, each a limit and a key, is not allowed.

    Each is counted before it is asked whether it is allowed, so that attempts made at once cannot slip
    through; those that are refused do not count.
    """
    for limit, key in attempts:
        await services.limits.count(limit, key)
    for limit, key in attempts:
        including_this = replace(limit, attempts=limit.attempts + 1)
        if (seconds := await services.limits.retry_after(including_this, key)) > 0:
            await _refund(services, *attempts)
            raise RateLimited(seconds)


async def _refund(services: Services, *attempts: tuple[AttemptLimit, str]) -> None:
    for limit, key in attempts:
        await services.limits.refund(limit, key)


async def _require_password(services: Services, caller: Caller, password: str) -> None:
    """A stolen token must not be a way to guess the password without end."""
    await _count(services, (FAILED_LOGINS_OF_ACCOUNT, caller.user_id))
    account = await services.storage.accounts.by_id(caller.user_id)
    if not await services.passwords.matches(password, account.password_hash):
        raise InvalidCredentials("The password is wrong.")
    await _refund(services, (FAILED_LOGINS_OF_ACCOUNT, caller.user_id))


async def _sign_in(services: Services, user: User, origin: Origin) -> SignedIn:
    now = services.now()
    session_id = SessionId(services.new_id())
    expires_at = tokens.expiry(now, services.policy.refresh_lifetime)
    await services.storage.sessions.open(user.id, session_id, now, expires_at, origin)
    return _pair(services, user, session_id, generation=0)


def _pair(services: Services, user: User, session_id: SessionId, generation: int) -> SignedIn:
    policy, now = services.policy, services.now()
    access = Claims(user.id, session_id, tokens.expiry(now, policy.access_lifetime))
    renewal = Claims(user.id, session_id, tokens.expiry(now, policy.refresh_lifetime), generation)
    return SignedIn(
        access_token=tokens.sign(policy.secret, "access", access, now),
        token_type="bearer",  # noqa: S106 - the scheme's name
        expires_in=int(policy.access_lifetime.total_seconds()),
        refresh_token=tokens.sign(policy.secret, "refresh", renewal, now),
        user=user,
    )


def _is_storable(email: str) -> bool:
    """Whether PostgreSQL could hold it at all; what it could not cannot be registered either."""
    return "\x00" not in email and email.isprintable()
