"""Running summaries that are due, in PostgreSQL: of which conversations, and who writes each."""

from dataclasses import dataclass

from bitworks.core.ids import ConversationId
from bitworks.storage import queries
from bitworks.storage.database import Database
from bitworks.storage.jobs import Job, Jobs

SQL = queries.load(__name__, "summaries")


@dataclass(frozen=True, slots=True, eq=False)
class SummaryJob(Job):
    """A conversation to be summarised, which is its id. `asked` grows with what is said meanwhile."""

    asked: int

    @property
    def conversation_id(self) -> ConversationId:
        """The conversation."""
        return ConversationId(self.id)


class SummaryJobs(Jobs[SummaryJob]):
    """The conversations whose summary is due."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SQL, SummaryJob)

    async def done(self, job: SummaryJob) -> None:
        """It is up to date. If more was said meanwhile, it is due again."""
        if await self._run("done", job, job.asked) is None:
            await self.release(job, tries=0)
