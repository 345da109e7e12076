"""Routes of accounts and sessions."""

from http import HTTPStatus

from aiohttp import web

from bitworks.core.encoding import rfc3339
from bitworks.core.errors import (
    EmailTaken,
    InvalidCredentials,
    NotFound,
    RateLimited,
    RegistrationClosed,
    Unauthorized,
)
from bitworks.core.records import Session
from bitworks.features.accounts import accounts
from bitworks.features.accounts.accounts import SignedIn, Verified
from bitworks.features.history.inputs import (
    ById,
    Credentials,
    PasswordChange,
    PasswordProof,
    Refresh,
    Registration,
)
from bitworks.rest.routing import Call, Route, answer, no_content


async def register(call: Call) -> web.Response:
    return answer(await accounts.register(call.services, call.origin, call.input), HTTPStatus.CREATED)


async def login(call: Call) -> web.Response:
    return answer(await accounts.login(call.services, call.origin, call.input))


async def verify(call: Call) -> web.Response:
    user = await accounts.user_of(call.services, call.caller)
    expires_at = rfc3339(call.caller.expires_at)
    return answer(Verified(user.id, user.email, call.caller.session_id, expires_at))


async def refresh(call: Call) -> web.Response:
    return answer(await accounts.refresh(call.services, call.input))


async def logout(call: Call) -> web.Response:
    await accounts.logout(call.services, call.caller)
    return no_content()


async def list_sessions(call: Call) -> web.Response:
    return answer(await accounts.list_sessions(call.services, call.caller))


async def end_session(call: Call) -> web.Response:
    await accounts.end_session(call.services, call.caller, call.input)
    return no_content()


async def logout_all(call: Call) -> web.Response:
    await accounts.logout_all(call.services, call.caller)
    return no_content()


async def change_password(call: Call) -> web.Response:
    await accounts.change_password(call.services, call.caller, call.input)
    return no_content()


async def delete_account(call: Call) -> web.Response:
    await accounts.delete_account(call.services, call.caller, call.input)
    return no_content()


NO_CONTENT = (HTTPStatus.NO_CONTENT,)
ROUTES = (
    Route(
        "POST", "/auth/register", register, "Make an account and sign in",
        Registration, SignedIn, (HTTPStatus.CREATED,),
        (EmailTaken, RegistrationClosed, RateLimited), public=True,
    ),
    Route(
        "POST", "/auth/login", login, "Sign in",
        Credentials, SignedIn, errors=(InvalidCredentials, RateLimited), public=True,
    ),
    Route("GET", "/auth/verify", verify, "What the access token says", answer=Verified),
    Route(
        "POST", "/auth/refresh", refresh, "A new pair of tokens for a refresh token",
        Refresh, SignedIn, errors=(Unauthorized,), public=True,
    ),
    Route("POST", "/auth/logout", logout, "End this session", statuses=NO_CONTENT, errors=(NotFound,)),
    Route("GET", "/auth/sessions", list_sessions, "Where one is signed in", answer=list[Session]),
    Route(
        "DELETE", "/auth/sessions/{id}", end_session, "End one session",
        ById, statuses=NO_CONTENT, errors=(NotFound,),
    ),
    Route("POST", "/auth/logout-all", logout_all, "End all sessions", statuses=NO_CONTENT),
    Route(
        "POST", "/auth/password", change_password, "Change the password and end the other sessions",
        PasswordChange, statuses=NO_CONTENT, errors=(InvalidCredentials, RateLimited),
    ),
    Route(
        "DELETE", "/auth/account", delete_account, "Delete the account and everything of it",
        PasswordProof, statuses=NO_CONTENT, errors=(InvalidCredentials, NotFound, RateLimited),
    ),
)  # fmt: skip
