"""The operations of catching up: two doors to the same pages, of which one can be held."""

from bitworks.core.errors import CursorGone, RateLimited
from bitworks.core.operations import READ, Operation, changes
from bitworks.features.sync.inputs import ChangesSince, ChangesWait
from bitworks.features.sync.sync import ChangesPage, Sync

OPERATIONS = (
    Operation(
        "sync", "What changed after a cursor",
        Sync.since, ChangesSince, changes(ChangesPage),
        event=True, errors=(CursorGone,), scopes=READ,
    ),
    Operation(
        "change:since", "What changed after a cursor; with `wait`, held until there is something",
        Sync.wait, ChangesWait, changes(ChangesPage),
        rest="GET /changes", errors=(CursorGone, RateLimited), scopes=READ,
    ),
)  # fmt: skip
