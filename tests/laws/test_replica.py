"""The receiver's rule, as the laws apply it."""

from tests.support.replica import Json, Replica


def conversation(revision: int, **fields: object) -> Json:
    return {"id": "c", "title": None, "updated_at": f"2026-01-01T00:00:00.{revision:03}Z", **fields} | {
        "revision": revision
    }


def message(revision: int, **fields: object) -> Json:
    timestamp = f"2026-01-01T00:00:00.{revision:03}Z"
    return {"id": "m", "conversation_id": "c", "timestamp": timestamp, "revision": revision, **fields}


def cursor(revision: int) -> str:
    return f"e.{revision}"


def holding(*changes: tuple[str, Json]) -> Replica:
    replica = Replica()
    for event, data in changes:
        assert replica.receive(event, data, cursor(data["revision"]))
    return replica


def test_what_is_created_or_updated_is_put_in_the_place_of_what_was_there() -> None:
    replica = holding(("conversation:created", conversation(1)))
    assert replica.receive("conversation:updated", conversation(2, title="new"), cursor(2))
    assert replica.rows == {("conversation", "c"): conversation(2, title="new")}
    assert (replica.revision, replica.cursor) == (2, "e.2")


def test_what_is_not_newer_is_dropped() -> None:
    replica = holding(("conversation:created", conversation(5)))
    assert not replica.receive("conversation:updated", conversation(5, title="again"), cursor(5))
    assert not replica.receive("conversation:updated", conversation(4, title="old"), cursor(4))
    assert replica.rows == {("conversation", "c"): conversation(5)}
    assert replica.cursor == "e.5"


def test_a_message_raises_the_time_of_its_conversation_however_it_comes_and_goes() -> None:
    gone = {key: message(2)[key] for key in ("id", "conversation_id", "timestamp")} | {"revision": 3}
    for change in (("message:created", message(2)), ("message:deleted", gone)):
        replica = holding(("conversation:created", conversation(1)), change)
        assert replica.rows["conversation", "c"]["updated_at"] == message(2)["timestamp"]


def test_an_older_message_does_not_lower_it() -> None:
    replica = holding(("conversation:updated", conversation(4)))
    old = message(5, timestamp="2025-01-01T00:00:00.000Z")
    assert replica.receive("message:updated", old, cursor(5))
    assert replica.rows["conversation", "c"] == conversation(4)


def test_a_deleted_conversation_takes_its_messages_and_its_context_along() -> None:
    context = {"id": "x", "conversation_id": "c", "revision": 3}
    other = message(4, id="other", conversation_id="d")
    replica = holding(
        ("conversation:created", conversation(1)),
        ("message:created", message(2)),
        ("context:created", context),
        ("message:created", other),
        ("conversation:deleted", {"id": "c", "revision": 5}),
    )
    assert replica.rows == {("message", "other"): other}


def test_a_message_that_comes_before_its_conversation_is_kept() -> None:
    replica = holding(("message:created", message(2)), ("conversation:updated", conversation(3)))
    assert set(replica.rows) == {("message", "m"), ("conversation", "c")}


def test_synced_moves_the_cursor_and_nothing_else() -> None:
    replica = holding(("conversation:created", conversation(1)))
    assert replica.receive("synced", {"revision": 7}, cursor(7))
    assert (replica.revision, replica.cursor) == (7, "e.7")
    assert len(replica.rows) == 1


def test_a_reset_leaves_nothing_and_goes_on_from_where_it_says() -> None:
    replica = holding(("conversation:created", conversation(1)))
    assert replica.receive("sync:reset", {"reason": "epoch", "cursor": "f.9"})
    assert replica == Replica(base=9, revision=9, cursor="f.9")


def test_what_has_no_revision_changes_nothing() -> None:
    replica = holding(("conversation:created", conversation(1)))
    assert not replica.receive("typing", {"conversation_id": "c"})
    assert len(replica.rows) == 1
