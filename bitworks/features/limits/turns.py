"""Batches of what many users have waiting, in turn by user and by size: one user's much waits behind another's little.

Only for what is large: small writes need no turns, since a batch holds many of them.
"""

from collections.abc import Callable, Iterable
from typing import TypeVar

from bitworks.core.ids import UserId

BATCH_CHARACTERS = 1_000_000
"""Characters of text in one commit, at most, unless a single text has more. PostgreSQL writes some 14 million a second
(two shared cores), so whoever comes waits for less than a tenth of a second.
"""
SHARE_CHARACTERS = BATCH_CHARACTERS // 4
"""Characters of one user in one batch, at most, unless a single text has more."""
LARGE = 4_000
"""Characters from which on a text takes turns. A few thousand smaller ones, the most that a user may have under way,
are written within a second; most questions and answers are smaller.
"""

ItemT = TypeVar("ItemT")


def take_in_turn(
    waiting: Iterable[ItemT], user_of: Callable[[ItemT], UserId], size_of: Callable[[ItemT], int]
) -> tuple[list[ItemT], list[ItemT]]:
    """Returns the next batch and what goes on waiting, in which users who had no turn now come first.

    The first that waits is always in the batch. The items of each user keep their order.
    """
    batch: list[ItemT] = []
    left: list[ItemT] = []
    taken = 0
    shares: dict[UserId, int] = {}
    over: set[UserId] = set()  # of whom something is left
    for item in waiting:
        user_id, size = user_of(item), size_of(item)
        share = shares.get(user_id, 0) + size
        fits = not batch or taken + size <= BATCH_CHARACTERS
        if user_id in over or not fits or (user_id in shares and share > SHARE_CHARACTERS):
            over.add(user_id)
            left.append(item)
        else:
            shares[user_id] = share
            taken += size
            batch.append(item)
    left.sort(key=lambda item: user_of(item) in shares)
    return batch, left
