"""The types of identifiers and revisions.

An identifier is a UUID in its canonical text form: identifiers are only compared for equality, and are text on every
wire, so text is what the program holds.
"""

from typing import NewType
from uuid import UUID

UserId = NewType("UserId", str)
"""An account."""
SessionId = NewType("SessionId", str)
"""A sign-in of a user."""
ConversationId = NewType("ConversationId", str)
"""A conversation, within its user."""
MessageId = NewType("MessageId", str)
"""A message, within its user."""
ContextId = NewType("ContextId", str)
"""A context, within its user."""

Revision = NewType("Revision", int)
"""The number of a change among the changes of one user: 1 for the first, without gaps; 0 is before all of them."""


def uuid7(unix_ms: int, random: bytes) -> str:
    """Returns the UUIDv7 (RFC 9562) of a time, in milliseconds since 1970, and 10 random bytes."""
    bits = unix_ms << 80 | int.from_bytes(random, "big")
    bits = bits & ~(0xF << 76) | 0x7 << 76  # the version
    bits = bits & ~(0x3 << 62) | 0x2 << 62  # the variant
    return str(UUID(int=bits))
