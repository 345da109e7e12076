"""Running summaries that are due, in PostgreSQL: of which conversations, and who writes each."""

from dataclasses import dataclass

from bitworks.core.ids import ConversationId, UserId
from bitworks.storage import queries
from bitworks.storage.database import Database

SQL = queries.load(__name__, "summaries")


@dataclass(frozen=True, slots=True)
class SummaryJob:
    """A conversation that a worker has claimed, after so many `tries` in vain.

    What is done under an older `fence` than the last changes nothing.
    """

    user_id: UserId
    conversation_id: ConversationId
    fence: int
    asked: int
    tries: int


@dataclass(frozen=True, slots=True)
class Summaries:
    database: Database

    async def claim(self, most: int, lease: float) -> list[SummaryJob]:
        """Due ones of anybody, which are the caller's for `lease` seconds."""
        return [SummaryJob(*row) for row in await self.database.fetch(SQL["claim"], most, lease)]

    async def renew(self, job: SummaryJob, lease: float) -> bool:
        """Whether it is still the caller's: for `lease` seconds from now."""
        return await self.database.fetchrow(SQL["renew"], *_key(job), lease) is not None

    async def done(self, job: SummaryJob) -> None:
        """It is up to date. If more was said meanwhile, it is due again."""
        if await self.database.fetchrow(SQL["done"], *_key(job), job.asked) is None:
            await self.database.execute(SQL["release"], *_key(job), 0.0, 0)

    async def put_off(self, job: SummaryJob, seconds: float) -> None:
        """It failed, and is due again after a while."""
        await self.database.execute(SQL["release"], *_key(job), seconds, job.tries + 1)

    async def give_back(self, job: SummaryJob) -> None:
        """Leaves it to whoever is next."""
        await self.database.execute(SQL["release"], *_key(job), 0.0, job.tries)


def _key(job: SummaryJob) -> tuple[UserId, ConversationId, int]:
    return job.user_id, job.conversation_id, job.fence
