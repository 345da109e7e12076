"""Passwords that are guessed first, and so are refused when one is set.

The list is the beginning of the one that Royce Williams made of leaked passwords and that Django brings (copyright
Django Software Foundation and contributors, BSD-3-Clause): the 3,000 commonest of at least 8 characters, in lower case.
"""

from importlib.resources import files

# Read with the module, as SQL is: a request must not wait for a disk.
_COMMON = frozenset(
    files(__package__).joinpath("common_passwords.txt").read_text(encoding="utf-8").split(),
)


def is_common(password: str) -> bool:
    """Returns whether the password is one of the commonest, in any case."""
    return password.casefold() in _COMMON
