"""The kinds of revisioned rows of all features."""

from bitworks.features.history.kinds import KINDS as HISTORY_KINDS

KINDS = (*HISTORY_KINDS,)
