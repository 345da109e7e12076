"""Who owns an Engine.IO session: the worker that its id names.

An id is `random.owner.mac`, with a MAC under the secret: an owner that is read from a valid id is one of
ours, so connecting to it takes nobody to a place that a client chose.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

MAC_BYTES = 16
KEY_LABEL = b"bitworks engine.io session id"


@dataclass(frozen=True, slots=True)
class Owner:
    """One worker. `host` is where its instance is reached from others, or a name that only tells it apart."""

    host: str
    worker: int


def sign_session_id(secret: str, owner: Owner, randomness: bytes) -> str:
    """A session id that names this owner."""
    body = f"{_text(randomness)}.{_text(f'{owner.worker} {owner.host}'.encode())}"
    return f"{body}.{_mac(secret, body)}"


def owner_of(secret: str, session_id: str) -> Owner | None:
    """The owner that an id of ours names; None for any other text."""
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
