"""Jobs of running summaries in PostgreSQL: which conversations are due, and which worker has each."""

from dataclasses import dataclass

from bitworks.core.ids import ConversationId
from bitworks.storage import queries
from bitworks.storage.database import Database
from bitworks.storage.jobs import Job, Jobs

SQL = queries.load(__name__, "summaries")
SUMMARIES_OF_USER = 2
"""Summaries of one user that are written at once."""


@dataclass(frozen=True, slots=True, eq=False)
class SummaryJob(Job):
    """A conversation to be summarised, whose id is the job's. `asked` counts how often that became due."""

    asked: int

    @property
    def conversation_id(self) -> ConversationId:
        """The id of the job, which is that of the conversation."""
        return ConversationId(self.id)


class SummaryJobs(Jobs[SummaryJob]):
    """Claims and finishes jobs of summaries."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, SQL, SummaryJob, due_takes=(SUMMARIES_OF_USER,))

    async def done(self, job: SummaryJob) -> None:
        """Ends the job: the summary is up to date. One that became due again meanwhile is released instead."""
        if await self._run("done", job, job.asked) is None:
            await self.release(job, tries=0)
