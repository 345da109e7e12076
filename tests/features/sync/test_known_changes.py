"""Changes that were just committed are known in order and without a gap, or not at all."""

import uuid
from datetime import UTC, datetime

from bitworks.core.changes import Change, change_of
from bitworks.core.ids import ConversationId, MessageId, Revision, UserId
from bitworks.features.history.records import Message
from bitworks.features.sync.known_changes import LARGEST, MOST, KnownChanges

USER = UserId(str(uuid.uuid4()))


def change(revision: int, content: str = "hello") -> Change:
    return change_of(
        Message(
            id=MessageId(str(uuid.uuid4())), conversation_id=ConversationId(str(uuid.uuid4())), role="user",
            content=content, status="complete", metadata={}, token_count=1, timestamp=datetime.now(UTC),
            edited_at=None, position=Revision(revision), revision=Revision(revision),
        )
    )  # fmt: skip


def revisions(changes: list[Change]) -> list[int]:
    return [one.revision for one in changes]


def test_what_goes_on_without_a_gap_is_taken_once_and_in_order() -> None:
    known = KnownChanges()
    for revision in (5, 4, 3, 7):
        known.note(USER, change(revision))
    assert revisions(known.after(USER, Revision(3))) == [4, 5]
    assert known.after(USER, Revision(5)) == []
    assert revisions(known.after(USER, Revision(6))) == [7]
    assert known.after(USER, Revision(6)) == []


def test_what_is_large_is_read_instead() -> None:
    known = KnownChanges()
    known.note(USER, change(1, "x" * (LARGEST + 1)))
    assert known.after(USER, Revision(0)) == []


def test_no_more_are_known_than_there_is_room_for_and_the_first_go_first() -> None:
    known = KnownChanges()
    others = [UserId(str(uuid.uuid4())) for _ in range(MOST + 10)]
    for other in others:
        known.note(other, change(1))
        known.note(other, change(1))  # told twice, and known once
    there = [bool(known.after(other, Revision(0))) for other in others]
    assert there == [False] * 10 + [True] * MOST
