"""Plays a plan: several conversations at once, the turns of each in order."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bitworks.play.client import ApiClient, PlayFailed, Response
from bitworks.play.plan import Plan, PlannedConversation, PlannedTurn, Skip

# The writes of one account are made one after the other anyway; more only wait in the server.
IN_FLIGHT = 8
# What was played before and edited or deleted since: what follows may still be there, or be missing.
CHANGED_SINCE = ("id_conflict", "deleted")


@dataclass(slots=True)
class OutcomeCounts:
    """What the files hold is in the end written, there already, or skipped."""

    read: int = 0
    written: int = 0
    already_there: int = 0
    skipped: int = 0


@dataclass(slots=True)
class Tally:
    """How far it came. A message counts once in each conversation that has it."""

    conversations: OutcomeCounts = field(default_factory=OutcomeCounts)
    messages: OutcomeCounts = field(default_factory=OutcomeCounts)
    skips: list[Skip] = field(default_factory=list)

    @classmethod
    def of(cls, plan: Plan) -> "Tally":
        """Everything read, and nothing played yet."""
        tally = cls()
        tally.conversations.read = len(plan.conversations) + sum(s.conversations for s in plan.skips)
        tally.messages.read = sum(len(c.turns) for c in plan.conversations)
        tally.messages.read += sum(s.messages for s in plan.skips)
        for skip in plan.skips:
            tally.skip(skip)
        return tally

    def skip(self, skip: Skip) -> None:
        self.skips.append(skip)
        self.conversations.skipped += skip.conversations
        self.messages.skipped += skip.messages


def _ignore(_: int) -> None:
    return


@dataclass(frozen=True, slots=True)
class Player:
    """`on_progress` is told of each number of messages that is dealt with."""

    server: ApiClient
    tally: Tally
    on_progress: Callable[[int], None] = _ignore

    async def play(self, plan: Plan) -> None:
        """Raises PlayFailed when the server stays away; the tally then says how far it came."""
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
    """Counts a creation that succeeded, now or before. False if it was refused."""
    if response.status == 201:
        count.written += 1
    elif response.status == 200:
        count.already_there += 1
    return response.status in (200, 201)


def _why(response: Response) -> str:
    return f"{response.code}: {response.detail}"
