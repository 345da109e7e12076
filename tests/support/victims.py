"""Somebody with something to hide, and what a stranger would send to get at it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import aiohttp

from tests.support.instances import Instance
from tests.support.people import PASSWORD, Json, Person, register

# What names something that belongs to somebody.
NAMING = {"id", "conversation_id", "user_id"}
# What need not be sent.
OPTIONAL = {"if_revision", "max_tokens", "limit", "cursor", "before", "after", "wait", "offset"}
OPTIONAL |= {"reply", "on_busy"}


@dataclass(frozen=True, slots=True)
class Victim:
    """A person, the ids of what they have by its noun, and a cursor of theirs."""

    person: Person
    ids: dict[str, str]
    cursor: str

    async def belongings(self) -> object:
        """Everything that is theirs: it must not change."""
        person = self.person
        sessions = await person.must("GET", "/auth/sessions")
        verified = await person.must("GET", "/auth/verify")
        return await person.must("GET", "/changes?limit=1000"), sessions, verified

    def assert_kept_secret(self, body: object) -> None:
        """Nothing of what they have is told."""
        assert "secret" not in json.dumps(body), body


async def a_victim(instance: Instance, http: aiohttp.ClientSession) -> Victim:
    person = await register(instance, http, "secret@example.org")
    secret = {"metadata": {"a": "secret"}}
    conversation = await person.conversation(title="secret", **secret)
    message = await person.message(conversation, "secret", **secret)
    context = await person.must(
        "POST", "/context", {"conversation_id": conversation["id"], "parameters": {"system": "secret"}}
    )
    verified = await person.must("GET", "/auth/verify")
    ids = {
        "conversation": conversation["id"],
        "message": message["id"],
        "context": context["id"],
        "session": verified["session_id"],
        "user": person.id,
    }
    return Victim(person, ids, (await person.must("GET", "/changes"))["cursor"])


def sent_by_a_stranger(
    noun: str, fields: Iterable[str], ids: dict[str, str], stranger: Person, cursor: str
) -> Json:
    """Input with these fields that names the victim's things wherever something can be named."""
    known = {
        "id": ids[noun],
        "conversation_id": ids["conversation"],
        "user_id": ids["user"],
        "title": "taken",
        "content": "taken",
        "metadata": {},
        "role": "user",
        "status": "complete",
        "text": "taken",
        "context_window": {"pinned": [ids["message"]]},
        "parameters": {},
        "since": cursor,
        "email": "stranger@example.org",
        "password": PASSWORD,
        "old": PASSWORD,
        "new": PASSWORD,
        "refresh_token": stranger.tokens["refresh_token"],
    }
    # A field that is not known here is a new one: say above what a stranger would send as it.
    return {name: known[name] for name in fields if name not in OPTIONAL}
