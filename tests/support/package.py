"""The names under which the package may not be loaded."""

from collections.abc import Iterable

# `bitworks/` links to these folders of the top level.
LINKED = {"rest", "realtime", "storage", "migrations"}


def bare_names(modules: Iterable[str]) -> list[str]:
    """Those of these modules that were loaded as if a linked folder were a package of its own."""
    return sorted(name for name in modules if name.partition(".")[0] in LINKED)
