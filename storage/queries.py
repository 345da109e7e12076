"""Loads the named queries of a `.sql` file.

A file is a sequence of `-- name: some_name` lines, each followed by comments and one statement.
"""

import re
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def load(module: str, noun: str) -> dict[str, str]:
    """Returns the statements of `{noun}.sql` by name. The file lies beside the module whose `__name__` is given."""
    package = module.rpartition(".")[0]
    text = files(package).joinpath(f"{noun}.sql").read_text(encoding="utf-8")
    # `split` returns the names and the texts between them in turn, after what is before the first name.
    _, *parts = _NAME.split(text)
    return {name: statement.strip() for name, statement in zip(parts[::2], parts[1::2], strict=True)}
