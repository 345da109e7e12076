"""Who may call an operation: the one place where scopes are checked, for both doors."""

from datetime import UTC, datetime

import pytest

from bitworks.core.callers import UNKNOWN_ORIGIN, Caller, ReplyProof, SessionProof, Stranger
from bitworks.core.errors import Unauthorized
from bitworks.core.ids import MessageId, SessionId, UserId
from bitworks.core.inputs import Nothing
from bitworks.core.operations import (
    PUBLIC,
    READ,
    WRITE,
    WRITE_OR_REPLY,
    BoundOperation,
    Operation,
    Scope,
    bind,
    value,
)

STRANGER = Stranger(UNKNOWN_ORIGIN)
UNTIL = datetime(2026, 1, 31, tzinfo=UTC)
OF_A_SESSION = Caller(UNKNOWN_ORIGIN, UserId("ada"), SessionProof(SessionId("session")), UNTIL)
OF_A_REPLY = Caller(UNKNOWN_ORIGIN, UserId("ada"), ReplyProof(MessageId("reply")), UNTIL)


class Doors:
    async def open(self, caller: Caller, request: Nothing) -> str:
        return "open"


def opening(scopes: frozenset[Scope]) -> BoundOperation:
    (bound,) = bind(
        [Operation("door:open", "Open it", Doors.open, Nothing, value(str), scopes=scopes)], Doors()
    )
    return bound


@pytest.mark.parametrize(
    ("caller", "scopes"),
    [
        (OF_A_SESSION, READ),
        (OF_A_SESSION, WRITE),
        (OF_A_SESSION, WRITE_OR_REPLY),
        (OF_A_REPLY, WRITE_OR_REPLY),
        (OF_A_REPLY, PUBLIC),
        (STRANGER, PUBLIC),
    ],
)
async def test_a_caller_with_one_of_its_scopes_may_call_it(
    caller: Stranger | Caller, scopes: frozenset[Scope]
) -> None:
    assert await opening(scopes).call(caller, Nothing()) == "open"


@pytest.mark.parametrize(
    ("caller", "scopes"),
    [(OF_A_REPLY, READ), (OF_A_REPLY, WRITE), (STRANGER, READ), (STRANGER, WRITE_OR_REPLY)],
)
def test_a_caller_without_any_is_refused_before_it_begins(
    caller: Stranger | Caller, scopes: frozenset[Scope]
) -> None:
    with pytest.raises(Unauthorized):
        opening(scopes).call(caller, Nothing())
