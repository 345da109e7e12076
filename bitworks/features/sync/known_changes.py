"""What was just committed in this process, so that who follows it need not read it from PostgreSQL. Pure."""

from bitworks.core.changes import Change
from bitworks.core.ids import Revision, UserId

MOST = 500
"""Changes that are known at once; beyond them the user whose first came first is forgotten."""
LARGEST = 16 * 1024
"""Characters of content above which a change is rather read."""


class KnownChanges:
    """Changes by user, each until it is taken. What is not here is no less true: it is read."""

    def __init__(self) -> None:
        self._by_user: dict[UserId, dict[Revision, Change]] = {}
        self._count = 0

    def note(self, user_id: UserId, change: Change) -> None:
        """Knows a change that was committed; they may come in any order."""
        if len(getattr(change.data, "content", "")) > LARGEST:
            return
        if change.revision in self._by_user.get(user_id, ()):
            return
        while self._count >= MOST:
            self.forget(next(iter(self._by_user)))
        self._by_user.setdefault(user_id, {})[change.revision] = change
        self._count += 1

    def after(self, user_id: UserId, revision: Revision) -> list[Change]:
        """Takes those that go on from a revision without a gap, in order; and forgets those before it."""
        known = self.forget(user_id)
        found: list[Change] = []
        while (change := known.get(Revision(revision + len(found) + 1))) is not None:
            found.append(change)
        for change in known.values():
            if change.revision > revision + len(found):
                self.note(user_id, change)
        return found

    def forget(self, user_id: UserId) -> dict[Revision, Change]:
        """Knows nothing of a user any more; gives what it knew."""
        known = self._by_user.pop(user_id, {})
        self._count -= len(known)
        return known
