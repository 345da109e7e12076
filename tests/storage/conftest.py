from collections.abc import AsyncIterator

import pytest

from storage import Storage, open_storage


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    """Storage on a database of the test's own."""
    async with open_storage(database_url, 5) as storage:
        yield storage
