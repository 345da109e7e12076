"""Names for the identifiers that everything passes around.

All are UUIDs in their canonical text form: they are compared only for equality, and travel as text on
every wire, so text is what the program holds.
"""

from typing import NewType
from uuid import UUID

UserId = NewType("UserId", str)
SessionId = NewType("SessionId", str)
ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)
ContextId = NewType("ContextId", str)

Revision = NewType("Revision", int)


def uuid7(unix_ms: int, random: bytes) -> str:
    """The UUIDv7 (RFC 9562) of a time in milliseconds and 10 random bytes."""
    bits = unix_ms << 80 | int.from_bytes(random, "big")
    bits = bits & ~(0xF << 76) | 0x7 << 76
    bits = bits & ~(0x3 << 62) | 0x2 << 62
    return str(UUID(int=bits))
