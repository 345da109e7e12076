"""The wall: what the driver raises becomes what the domain knows."""

import asyncpg
import pytest

from domain.errors import Unavailable
from storage.database import translated_errors


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.AdminShutdownError(),
        asyncpg.TooManyConnectionsError(),
        asyncpg.DeadlockDetectedError(),
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_server_that_is_away_is_unavailable(error: Exception) -> None:
    with pytest.raises(Unavailable), translated_errors():
        raise error
