"""Signed Engine.IO session ids, each with the name of the worker that owns the session.

An id is `random.owner.mac`. The MAC, under the secret, proves that a worker of this service made it, so no
client can have an instance connect to an address of the client's choice.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

MAC_BYTES = 16
"""Bytes of the MAC in an id: HMAC-SHA256, cut."""
KEY_LABEL = b"bitworks engine.io session id"
"""What the key is derived for: the secret signs other things too, under other keys."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The worker that owns a session."""

    host: str
    """The URL at which other instances reach its instance, or a random name if there is none."""
    worker: int
    """The number of the worker in its instance, from 0."""


def sign_session_id(secret: str, owner: Owner, randomness: bytes) -> str:
    """Makes a session id that names `owner`. `randomness` must not be guessed, and never repeat."""
    body = f"{_text(randomness)}.{_text(f'{owner.worker} {owner.host}'.encode())}"
    return f"{body}.{_mac(secret, body)}"


def owner_of(secret: str, session_id: str) -> Owner | None:
    """Returns the owner that a signed id names; None for any other text."""
    body, _, mac = session_id.rpartition(".")
    if not hmac.compare_digest(mac.encode("utf-8", "replace"), _mac(secret, body).encode()):
        return None
    named = body.partition(".")[2]
    worker, _, host = urlsafe_b64decode(named + "=" * (-len(named) % 4)).decode().partition(" ")
    return Owner(host, int(worker))


def _mac(secret: str, body: str) -> str:
    key = hmac.digest(secret.encode(), KEY_LABEL, "sha256")
    return _text(hmac.digest(key, body.encode("utf-8", "replace"), "sha256")[:MAC_BYTES])


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
