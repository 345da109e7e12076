"""Errors of the driver become errors of the domain at one wall."""

import asyncpg
import pytest
from structlog.testing import capture_logs

from bitworks.core.errors import Unavailable
from bitworks.storage.database import Database, translated_errors
from bitworks.storage.pool import PoolBusy
from tests.support.roads import road_to


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.AdminShutdownError(),
        asyncpg.TooManyConnectionsError(),
        asyncpg.DeadlockDetectedError(),
        asyncpg.InvalidSQLStatementNameError(),
        asyncpg.DuplicatePreparedStatementError(),
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_server_that_is_away_is_unavailable(error: Exception) -> None:
    with pytest.raises(Unavailable), translated_errors():
        raise error


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (ConnectionRefusedError(), "The database is away; try again."),
        (PoolBusy(), "The database is busy; try again."),
        (asyncpg.TooManyConnectionsError(), "The database has no room; try again."),
        (asyncpg.DeadlockDetectedError(), "Another request was in the way; try again."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_said_of_it_is_what_it_is(error: Exception, detail: str) -> None:
    with pytest.raises(Unavailable) as refused, translated_errors():
        raise error
    assert refused.value.detail == detail


@pytest.mark.parametrize(("named", "name"), [("", "bitworks"), ("&application_name=mine", "mine")])
async def test_connections_are_called_as_the_url_says(database_url: str, named: str, name: str) -> None:
    database = await Database.connect(f"{database_url}{named}", 1)
    try:
        row = await database.fetchrow("select current_setting('application_name') as name")
        assert row is not None
        assert row["name"] == name
    finally:
        await database.close()


async def test_an_outage_is_logged_once_when_it_begins_and_once_when_it_ends(database_url: str) -> None:
    async with road_to(database_url) as (road, url):
        database = await Database.connect(url, 2)
        with capture_logs() as logs:
            road.become("closed")
            for _ in range(5):
                with pytest.raises(Unavailable):
                    await database.fetch("select 1")
            road.become("open")
            await database.fetch("select 1")
            await database.fetch("select 1")
        await database.close()
    assert [line["event"] for line in logs] == ["postgresql_away", "postgresql_back"]
    assert logs[1]["failures"] == 5
