"""The operations of synchronisation: pages of changes, for sockets at once, for REST also held until there is one."""

from bitworks.core.bounds import TINY
from bitworks.core.errors import CursorGone, RateLimited
from bitworks.core.operations import READ, Operation, changes
from bitworks.features.sync.inputs import ChangesSince, ChangesWait
from bitworks.features.sync.sync import ChangesPage, Sync

OPERATIONS = (
    Operation(
        "sync", "What changed after a cursor",
        Sync.since, ChangesSince, changes(ChangesPage),
        event=True, errors=(CursorGone, RateLimited), scopes=READ, bound=TINY, heavy=True,
    ),
    Operation(
        "change:since", "What changed after a cursor; with `wait`, held until there is something",
        Sync.since, ChangesWait, changes(ChangesPage),
        rest="GET /changes", errors=(CursorGone, RateLimited), scopes=READ, bound=TINY, heavy=True,
        before=Sync.until_changed,
    ),
)  # fmt: skip
