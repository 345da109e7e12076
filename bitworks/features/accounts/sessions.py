"""Sessions: opened by a login, renewed by refresh tokens, checked with every request, ended."""

from dataclasses import dataclass
from datetime import timedelta

from bitworks.core.callers import Caller, Origin, SessionProof, Stranger
from bitworks.core.clock import Clock, NewId
from bitworks.core.encoding import rfc3339
from bitworks.core.errors import Unauthorized
from bitworks.core.ids import SessionId, UserId
from bitworks.core.inputs import ById, Nothing
from bitworks.features.accounts import tokens
from bitworks.features.accounts.inputs import Refresh
from bitworks.features.accounts.live_sessions import LiveSessions
from bitworks.features.accounts.records import Session, SignedIn, User, Verified
from bitworks.features.accounts.store.accounts import AccountStore
from bitworks.features.accounts.store.sessions import SessionStore
from bitworks.features.accounts.tokens import Claims
from bitworks.features.limits.addresses import address_key
from bitworks.features.limits.quotas import Quotas
from bitworks.features.sync.publishing import Publisher


@dataclass(frozen=True, slots=True)
class TokenPolicy:
    """How tokens are signed, and how long they are valid."""

    secret: str
    """The key of HS256, at least 32 bytes."""
    access_lifetime: timedelta
    """From the issue of an access token to its end."""
    refresh_lifetime: timedelta
    """From the issue of a refresh token to its end; so a session ends when it is not refreshed for as long."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Opens, renews, checks and ends sessions. An ended session is refused on every instance within 2 s."""

    store: SessionStore
    """The sessions in PostgreSQL."""
    accounts: AccountStore
    """The accounts in PostgreSQL."""
    live: LiveSessions
    """The cache of what was found of sessions."""
    quotas: Quotas
    """Counts refreshes."""
    publisher: Publisher
    """Announces endings to every instance."""
    policy: TokenPolicy
    """The key and the lifetimes of tokens."""
    now: Clock
    """The time that tokens are issued at and checked against."""
    new_id: NewId
    """The ids of new sessions."""

    # Signing in

    async def open(self, user: User, origin: Origin) -> SignedIn:
        """Opens a session of an authenticated user. Raises `Unauthorized` if the account was deleted meanwhile."""
        now = self.now()
        session_id = SessionId(self.new_id())
        expires_at = tokens.expiry(now, self.policy.refresh_lifetime)
        if await self.store.open(user.id, session_id, now, expires_at, origin):
            self.announce_end(user.id)
        return self._pair(user, session_id, generation=0)

    async def has_signed_in_from(self, user: User, address: str) -> bool:
        """Returns whether a sign-in of the user that is kept came from this address, as it is counted."""
        known = await self.store.addresses(user.id)
        return address_key(address) in {address_key(one) for one in known}

    async def refresh(self, caller: Stranger, request: Refresh) -> SignedIn:
        """Returns a new pair of tokens for a refresh token.

        Raises `Unauthorized` if the token is not valid or its session has ended; also if it was used more than
        `REUSE_GRACE` ago, which ends its session, since two parties hold it then. Raises `RateLimited` above the quota
        of the user, and above `ROTATIONS`.
        """
        now = self.now()
        claims = tokens.verify(self.policy.secret, "refresh", request.refresh_token, now)
        # Before it is counted: whoever holds the token of an ended session must not spend what its user has.
        await self.live.require(claims.user_id, claims.session_id)
        self.quotas.spend(claims.user_id)
        expires_at = tokens.expiry(now, self.policy.refresh_lifetime)
        # Before the rotation: if this fails, the token has not been used.
        account = await self.accounts.by_id(claims.user_id)
        generation = await self.store.rotate(
            claims.user_id, claims.session_id, claims.generation, now, expires_at
        )
        if generation is None:
            self.announce_end(claims.user_id)
            raise Unauthorized("This refresh token was used before; its session has been ended.")
        return self._pair(account.user, claims.session_id, generation)

    # Checking

    async def authenticate(self, token: str, origin: Origin) -> Caller:
        """Returns the caller of an access token. Raises `Unauthorized` if it is not valid or its session has ended."""
        caller = self.identify(token, origin)
        await self.require_live(caller)
        return caller

    def issued(self, token: str) -> bool:
        """Returns whether a token is, or was, that of a session. Without I/O."""
        return tokens.is_ours(self.policy.secret, token)

    def identify(self, token: str, origin: Origin) -> Caller:
        """As `authenticate`, without I/O: it is left to the caller to check whether the session has ended."""
        claims = tokens.verify(self.policy.secret, "access", token, self.now())
        return Caller(origin, claims.user_id, SessionProof(claims.session_id), claims.expires_at)

    async def require_live(self, caller: Caller) -> None:
        """Raises `Unauthorized` if the caller's session has ended."""
        await self.live.require(caller.user_id, caller.session_id)

    async def verify(self, caller: Caller, request: Nothing) -> Verified:
        """Returns the claims of the caller's token. Raises `Unauthorized` if the account is gone."""
        user = (await self.accounts.by_id(caller.user_id)).user
        return Verified(user.id, user.email, caller.session_id, rfc3339(caller.expires_at))

    async def list(self, caller: Caller, request: Nothing) -> "list[Session]":
        """Returns the live sessions of the user, last used first."""
        return await self.store.live(caller.user_id, self.now(), caller.session_id)

    # Signing out

    async def logout(self, caller: Caller, request: Nothing) -> None:
        """Ends the caller's own session."""
        await self.end(caller, ById(id=caller.session_id))

    async def end(self, caller: Caller, request: ById) -> None:
        """Ends a session of the user; to end it again is no error. Raises `NotFound` if there is no such session."""
        await self.store.end(caller.user_id, SessionId(request.id), self.now())
        self.announce_end(caller.user_id)

    async def end_all(self, caller: Caller, request: Nothing) -> None:
        """Ends every session of the user, the caller's own included."""
        await self.store.end_all_but(caller.user_id, None, self.now())
        self.announce_end(caller.user_id)

    def announce_end(self, user_id: UserId) -> None:
        """Makes every instance check the user's sockets and cached sessions. Call it after the commit."""
        self.live.invalidate(user_id)
        self.publisher.sessions_ended(user_id)

    def _pair(self, user: User, session_id: SessionId, generation: int) -> SignedIn:
        policy, now = self.policy, self.now()
        access = Claims(user.id, session_id, tokens.expiry(now, policy.access_lifetime))
        renewal = Claims(user.id, session_id, tokens.expiry(now, policy.refresh_lifetime), generation)
        return SignedIn(
            access_token=tokens.sign(policy.secret, "access", access, now),
            token_type="bearer",  # noqa: S106 - the scheme's name
            expires_in=int(policy.access_lifetime.total_seconds()),
            refresh_token=tokens.sign(policy.secret, "refresh", renewal, now),
            user=user,
        )
