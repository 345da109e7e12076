"""What must hold of every world that has gone quiet."""

import json
from collections import Counter

from bitworks.features.history.titles import first_title
from tests.laws.devices import Device, Life, Received
from tests.laws.world import Call, Someone, World
from tests.support.doors import Outcome
from tests.support.people import Json
from tests.support.replica import Replica, Rows

History = dict[int, Received]

REFUSALS = {"not_found", "id_conflict", "deleted", "stale", "context_exists"}
# Of those who write messages that grow. The last only where the owner of one was lost.
REFUSALS |= {"closed", "out_of_order", "unavailable"}
ENDINGS = {"message:finish": "complete", "message:stop": "stopped"}


async def assert_all_laws(world: World) -> None:
    for number, someone in enumerate(world.people):
        history = await assert_every_revision_is_carried_once(world, someone)
        snapshots = [await world.snapshot(someone, instance) for instance in range(len(world.places))]
        assert snapshots[0] == snapshots[1]
        assert_published_changes_make_the_snapshot(history, snapshots[0])
        assert_snapshot_law(await world.fresh_device(someone, number), snapshots[0])
        for device in someone.devices:
            assert_snapshot_law(device, snapshots[0])
            assert_was_never_sent_away(device)
        assert_devices_agree(someone)
        for life in someone.lives:
            assert_each_change_once_in_order(life)
            assert_received_is_what_was_published(life, history)
            assert_only_what_was_superseded_is_missing(life, history)
        assert_acknowledged_writes_stand(someone, history, snapshots[0])
        assert_refused_writes_left_no_trace(someone, history)
        assert_nobody_overwrote_what_they_had_not_seen(someone, history)
        assert_nothing_of_another(someone, world, snapshots[0])


# The snapshot law


def assert_snapshot_law(device: Device, snapshot: Rows) -> None:
    """What it held and everything it was sent is what is there: all of it, if it began at the beginning."""
    replica = device.replica
    assert replica.rows == _changed_after(replica.base, snapshot)


def assert_devices_agree(someone: Someone) -> None:
    """Whatever way each of them went, where they hold the same rows they hold them alike."""
    last = max((device.replica.base for device in someone.devices), default=0)
    held = [_changed_after(last, device.replica.rows) for device in someone.devices]
    assert all(one == held[0] for one in held)
    assert len({device.replica.revision for device in someone.devices}) == 1


def assert_published_changes_make_the_snapshot(history: History, snapshot: Rows) -> None:
    replica = Replica()
    for revision, change in history.items():
        assert replica.apply(change.event, change.data, f"published.{revision}")
    assert replica.rows == snapshot


def _changed_after(revision: int, rows: Rows) -> Rows:
    return {key: row for key, row in rows.items() if row["revision"] > revision}


# Once, in order, with no hole


def assert_each_change_once_in_order(life: Life) -> None:
    """Within each connection and across them all, and nothing that a cursor said was there already."""
    revisions = [one.revision for one in life.received]
    assert revisions == sorted(set(revisions))
    for cursor, received in life.claimed:
        assert all(revision > cursor for revision in revisions[received:])
    assert all(revision > life.replica.base for revision in revisions)


def assert_only_what_was_superseded_is_missing(life: Life, history: History) -> None:
    """A revision may be skipped only if its row was changed again, or what it buried was never here."""
    received = {one.revision for one in life.received}
    held = {_row(one) for one in life.received}
    for revision in range(life.replica.base + 1, life.replica.revision + 1):
        change = history[revision]
        assert (
            revision in received
            or _superseded(change, history)
            or (change.event.endswith(":deleted") and _row(change) not in held)
        ), change


def _superseded(change: Received, history: History) -> bool:
    later = [one for revision, one in history.items() if revision > change.revision]
    conversation_id = change.data.get("conversation_id")
    return any(
        _row(one) == _row(change) or (one.event, one.data["id"]) == ("conversation:deleted", conversation_id)
        for one in later
    )


def _row(change: Received) -> tuple[str, str]:
    return change.event.partition(":")[0], change.data["id"]


def assert_was_never_sent_away(device: Device) -> None:
    """No fault here is one for which a device must go, or may not come back."""
    assert device.turned_away == []
    assert device.dropped == 0


# Every revision once


async def assert_every_revision_is_carried_once(world: World, someone: Someone) -> History:
    """What was counted in PostgreSQL and what was published are the same numbers. Gives the changes."""
    published = sorted(notice.revision for notice in world.said(someone))
    assert published == list(range(1, await world.drawn(someone) + 1))
    return world.history(someone)


def assert_received_is_what_was_published(life: Life, history: History) -> None:
    """Live or from PostgreSQL, on whichever instance; a conversation may show messages that came since."""
    for one in life.received:
        assert _is_record_of(one.data, history[one.revision]), (one, history[one.revision])
        assert one.event == history[one.revision].event


def assert_live_devices_got_the_published_bytes(devices: list[Device], history: History) -> None:
    """Encoded once: what was published is what each of them read, to the letter."""
    for device in devices:
        assert [one.packet for one in device.life.received] == [one.packet for one in history.values()]


def _is_record_of(data: Json, change: Received) -> bool:
    if data.get("status") == change.data.get("status") == "streaming":
        return data | {"content": ""} == change.data | {"content": ""} and data["content"].startswith(
            change.data["content"]
        )
    if "updated_at" not in data or "updated_at" not in change.data:
        return data == change.data
    return (
        data | {"updated_at": ""} == change.data | {"updated_at": ""}
        and data["updated_at"] >= change.data["updated_at"]
    )


# What was acknowledged and what was refused


def assert_acknowledged_writes_stand(someone: Someone, history: History, snapshot: Rows) -> None:
    """Each answer is a change that was published, and is there still or was changed or deleted since."""
    for call in someone.calls:
        data = _record_answered(call)
        if data is None:
            continue
        change = history[data["revision"]]
        assert _is_record_of(data, change), (call, change)
        noun = call.event.partition(":")[0]
        stands = snapshot.get((noun, data["id"]), {}).get("revision") == data["revision"]
        assert stands or _superseded(change, history), call
    for call in someone.calls:
        if call.event.endswith(":delete") and call.outcome is not None and call.outcome.ok:
            assert _deletions(history)[_target(call)] > 0


def assert_refused_writes_left_no_trace(someone: Someone, history: History) -> None:
    """Every change is what somebody asked for, and was told of; and no change changes nothing."""
    refused = {call.outcome.code for call in someone.calls if call.outcome and not call.outcome.ok}
    assert refused <= REFUSALS
    for change in history.values():
        unasked = _was_silent(change) or _was_named(change, someone)
        assert unasked or any(_explains(call, change) for call in someone.calls), change
    asked = Counter(
        _target(call) for call in someone.calls if call.event.endswith(":delete") and _may_be(call)
    )
    assert all(count <= asked[target] for target, count in _deletions(history).items())
    _assert_states_differ(history)


def _explains(call: Call, change: Received) -> bool:
    noun, _, verb = change.event.partition(":")
    if call.event in ENDINGS:
        return _ended(call, change)
    if call.event != f"{noun}:{verb.removesuffix('d')}" or not _may_be(call):
        return False
    if verb == "deleted":
        return _target(call) == _buried(change)
    if call.outcome is not None and call.outcome.data["revision"] != change.revision:
        return False
    asked = {key: value for key, value in call.payload.items() if key != "if_revision"}
    return all(_as_asked(change.data[key]) == value for key, value in asked.items())


def _ended(call: Call, change: Received) -> bool:
    return (
        _may_be(call)
        and change.event == "message:updated"
        and _target(call) == _row(change)
        and change.data["status"] == ENDINGS[call.event]
    )


def _was_silent(change: Received) -> bool:
    """Nobody has to ask that a message be interrupted."""
    return change.event == "message:updated" and change.data["status"] == "interrupted"


def _was_named(change: Received, someone: Someone) -> bool:
    """A conversation without a title takes that of a question in it."""
    said = {first_title(call.payload["content"]) for call in someone.calls if call.payload.get("content")}
    return change.event == "conversation:updated" and change.data["title"] in said


def _as_asked(value: object) -> object:
    """Without what the server itself writes into metadata."""
    return {k: v for k, v in value.items() if k != "vocabulary"} if isinstance(value, dict) else value


def _may_be(call: Call) -> bool:
    return call.outcome is None or call.outcome.ok


def _assert_states_differ(history: History) -> None:
    last: dict[tuple[str, str], Json] = {}
    for change in history.values():
        own = {
            key: change.data.get(key)
            for key in (
                "conversation_id", "title", "metadata", "content", "status", "context_window", "parameters",
            )
        }  # fmt: skip
        if change.event == "conversation:deleted":
            # What stood in it is gone without a tombstone of its own, so its ids may be used again.
            last = {row: held for row, held in last.items() if held["conversation_id"] != change.data["id"]}
        if change.event.endswith(":created"):
            assert _row(change) not in last, change
            assert change.data["position"] == change.revision
        if change.event.endswith(":updated"):
            assert last[_row(change)] != own, change
        last[_row(change)] = own


def assert_nobody_overwrote_what_they_had_not_seen(someone: Someone, history: History) -> None:
    for call in someone.calls:
        seen = call.payload.get("if_revision")
        if seen is None or call.outcome is None:
            continue
        if call.outcome.code == "stale":
            assert call.outcome.current["revision"] != seen
        if call.outcome.ok and call.outcome.data["revision"] != seen:
            change = history[call.outcome.data["revision"]]
            before = [r for r, one in history.items() if r < change.revision and _row(one) == _row(change)]
            assert before[-1] == seen, call


def _record_answered(call: Call) -> Json | None:
    outcome: Outcome | None = call.outcome
    if outcome is None or not outcome.ok or call.event.endswith((":delete", ":append")):
        return None
    assert isinstance(outcome.data, dict)
    return outcome.data


def _target(call: Call) -> tuple[str, str]:
    """What a deletion names; a context goes by its conversation."""
    noun = call.event.partition(":")[0]
    return noun, call.payload["conversation_id" if noun == "context" else "id"]


def _buried(change: Received) -> tuple[str, str]:
    noun = change.event.partition(":")[0]
    return noun, change.data["conversation_id" if noun == "context" else "id"]


def _deletions(history: History) -> Counter[tuple[str, str]]:
    return Counter(_buried(change) for change in history.values() if change.event.endswith(":deleted"))


# Nobody else's


def assert_nothing_of_another(someone: Someone, world: World, snapshot: Rows) -> None:
    """In nothing that was sent, answered or listed is there a mark of somebody else's."""
    told = [one.packet for life in someone.lives for one in life.received]
    told += [json.dumps([call.outcome.data, call.outcome.current]) for call in someone.calls if call.outcome]
    told += [json.dumps(list(snapshot.values()))]
    for other in world.people:
        if other is not someone:
            assert not any(other.mark in text or other.person.id in text for text in told)
