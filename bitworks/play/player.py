"""Playing a plan: several conversations at once, the turns of each in order."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bitworks.play.client import ApiClient, PlayFailed, Response
from bitworks.play.plan import Plan, PlannedConversation, PlannedTurn, Skip

IN_FLIGHT = 8
"""Conversations played at once. The server writes for one account in sequence; more would only wait in it."""
CHANGED_SINCE = ("id_conflict", "deleted")
"""Codes for a message that an earlier run played, and that was edited or deleted since.

The turns that follow are played all the same: they may be there or not."""


@dataclass(slots=True)
class OutcomeCounts:
    """What became of the conversations, or of the messages. In the end `read` is the sum of the others."""

    read: int = 0
    """Those in the files."""
    written: int = 0
    """Those that this run created."""
    already_there: int = 0
    """Those that an earlier run created."""
    skipped: int = 0
    """Those left out of the plan, or refused by the server."""


@dataclass(slots=True)
class Tally:
    """The state of a run, updated while it plays."""

    conversations: OutcomeCounts = field(default_factory=OutcomeCounts)
    """The counts of conversations."""
    messages: OutcomeCounts = field(default_factory=OutcomeCounts)
    """The counts of messages; one in several paths of a tree counts in each."""
    skips: list[Skip] = field(default_factory=list)
    """What was left out of the plan, then what the server refused."""

    @classmethod
    def of(cls, plan: Plan) -> "Tally":
        """Returns the state before the first request: all is read, and what is not planned is skipped."""
        tally = cls()
        tally.conversations.read = len(plan.conversations) + sum(s.conversations for s in plan.skips)
        tally.messages.read = sum(len(c.turns) for c in plan.conversations)
        tally.messages.read += sum(s.messages for s in plan.skips)
        for skip in plan.skips:
            tally.skip(skip)
        return tally

    def skip(self, skip: Skip) -> None:
        """Adds a skip, and counts it."""
        self.skips.append(skip)
        self.conversations.skipped += skip.conversations
        self.messages.skipped += skip.messages


def _ignore(_: int) -> None:
    return


@dataclass(frozen=True, slots=True)
class Player:
    """Plays plans on one server."""

    server: ApiClient
    """The client, signed in."""
    tally: Tally
    """The state of the run, which `play` updates."""
    on_progress: Callable[[int], None] = _ignore
    """Called with a number of messages when these are written, found or skipped. Must not raise."""

    async def play(self, plan: Plan) -> None:
        """Creates the conversations and messages of the plan; those that are there already stay as they are.

        Raises PlayFailed when the server stays away; the tally then has what was played until then.
        """
        waiting = iter(plan.conversations)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(IN_FLIGHT):
                    group.create_task(self._play_all(waiting))
        except* PlayFailed as failures:
            failure = failures.exceptions[0]
        else:
            return
        raise failure

    async def _play_all(self, waiting: Iterator[PlannedConversation]) -> None:
        # The iterator is shared: each of the tasks takes the next conversation when it has played one.
        for conversation in waiting:
            await self._play_one(conversation)

    async def _play_one(self, conversation: PlannedConversation) -> None:
        body = {"id": conversation.id, "title": conversation.title}
        response = await self.server.post("/conversations", body)
        if not _count(self.tally.conversations, response):
            messages = len(conversation.turns)
            self._skip(conversation, f"the conversation was refused: {_why(response)}", 1, messages)
            return
        for number, turn in enumerate(conversation.turns):
            response = await self.server.post("/messages", _message(conversation, turn))
            if _count(self.tally.messages, response):
                self.on_progress(1)
            elif response.code in CHANGED_SINCE:
                self._skip(conversation, f"turn {number + 1} was refused: {_why(response)}", 0, 1)
            else:
                left = len(conversation.turns) - number
                self._skip(conversation, f"from turn {number + 1} on refused: {_why(response)}", 0, left)
                return

    def _skip(
        self, conversation: PlannedConversation, reason: str, conversations: int, messages: int
    ) -> None:
        self.tally.skip(Skip(conversation.source, reason, conversations, messages))
        self.on_progress(messages)


def _message(conversation: PlannedConversation, turn: PlannedTurn) -> dict[str, object]:
    return {
        "id": turn.id,
        "conversation_id": conversation.id,
        "role": turn.role,
        "content": turn.content,
    }


def _count(count: OutcomeCounts, response: Response) -> bool:
    """Counts a creation that succeeded, now or in an earlier run. Returns False if it was refused."""
    if response.status == 201:
        count.written += 1
    elif response.status == 200:
        count.already_there += 1
    return response.status in (200, 201)


def _why(response: Response) -> str:
    return f"{response.code}: {response.detail}"
