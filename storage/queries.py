"""Loads the named queries of a `.sql` file.

A file is a sequence of `-- name: some_name` lines, each followed by comments and one statement.
"""

import re
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def load(noun: str) -> dict[str, str]:
    """The statements of `storage/sql/{noun}.sql` by name."""
    text = files("storage").joinpath("sql", f"{noun}.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    return {name: statement.strip() for name, statement in zip(parts[::2], parts[1::2], strict=True)}
