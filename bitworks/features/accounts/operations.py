"""The operations of accounts and sessions. None is an event: a socket belongs to one session already."""

from bitworks.core.bounds import TINY
from bitworks.core.errors import (
    EmailTaken,
    InvalidCredentials,
    NotFound,
    RateLimited,
    RegistrationClosed,
    Unauthorized,
)
from bitworks.core.inputs import ById, Nothing
from bitworks.core.operations import ACCOUNT, NOTHING, PUBLIC, Operation, PublicOperation, new, value
from bitworks.features.accounts.accounts import Accounts
from bitworks.features.accounts.inputs import (
    Credentials,
    PasswordChange,
    PasswordProof,
    Refresh,
    Registration,
)
from bitworks.features.accounts.records import Session, SignedIn, Verified
from bitworks.features.accounts.sessions import Sessions

ACCOUNTS = (
    PublicOperation(
        "account:register", "Make an account and sign in",
        Accounts.register, Registration, new(SignedIn),
        rest="POST /auth/register", errors=(EmailTaken, RegistrationClosed, RateLimited), scopes=PUBLIC, bound=TINY,
    ),
    PublicOperation(
        "account:login", "Sign in",
        Accounts.login, Credentials, value(SignedIn),
        rest="POST /auth/login", errors=(InvalidCredentials, RateLimited), scopes=PUBLIC, bound=TINY,
    ),
)  # fmt: skip
OWN_ACCOUNT = (
    Operation(
        "account:change_password", "Change the password and end the other sessions",
        Accounts.change_password, PasswordChange, NOTHING,
        rest="POST /auth/password", errors=(InvalidCredentials, RateLimited), scopes=ACCOUNT, bound=TINY,
    ),
    Operation(
        "account:delete_account", "Delete the account and everything of it",
        Accounts.delete_account, PasswordProof, NOTHING,
        rest="DELETE /auth/account", errors=(InvalidCredentials, NotFound, RateLimited), scopes=ACCOUNT, bound=TINY,
    ),
)  # fmt: skip
REFRESH = (
    PublicOperation(
        "account:refresh", "A new pair of tokens for a refresh token",
        Sessions.refresh, Refresh, value(SignedIn),
        rest="POST /auth/refresh", errors=(Unauthorized, RateLimited), scopes=PUBLIC, bound=TINY,
        proof_field="refresh_token",
    ),
)  # fmt: skip
SESSIONS = (
    Operation(
        "account:verify", "What the access token says",
        Sessions.verify, Nothing, value(Verified),
        rest="GET /auth/verify", scopes=ACCOUNT, bound=TINY,
    ),
    Operation(
        "account:logout", "End this session",
        Sessions.logout, Nothing, NOTHING,
        rest="POST /auth/logout", errors=(NotFound,), scopes=ACCOUNT, bound=TINY,
    ),
    Operation(
        "account:list_sessions", "Where one is signed in",
        Sessions.list, Nothing, value(list[Session]),
        rest="GET /auth/sessions", scopes=ACCOUNT, bound=TINY,
    ),
    Operation(
        "account:end_session", "End one session",
        Sessions.end, ById, NOTHING,
        rest="DELETE /auth/sessions/{id}", errors=(NotFound,), scopes=ACCOUNT, bound=TINY,
    ),
    Operation(
        "account:logout_all", "End all sessions",
        Sessions.end_all, Nothing, NOTHING,
        rest="POST /auth/logout-all", scopes=ACCOUNT, bound=TINY,
    ),
)  # fmt: skip
