"""Signing in, and whether somebody still is."""

from typing import Any

import aiohttp

from tests.support.instances import Instance
from tests.support.people import PASSWORD, Answer, Person, request


async def post(instance: Instance, http: aiohttp.ClientSession, path: str, **body: Any) -> Answer:
    """A request of somebody who is not signed in."""
    return await request(http, "POST", f"{instance.url}/auth/{path}", json=body)


async def login(person: Person, password: str = PASSWORD) -> Answer:
    email = person.tokens["user"]["email"]
    return await post(person.instance, person.http, "login", email=email, password=password)


async def another_session(person: Person) -> Person:
    """The same person, signed in once more."""
    answer = await login(person)
    assert answer.status == 200
    return Person(person.instance, person.http, answer.body)


async def is_signed_in(person: Person) -> bool:
    """Whether both tokens still open the door."""
    access = await person.rest("GET", "/auth/verify")
    renewal = await post(
        person.instance, person.http, "refresh", refresh_token=person.tokens["refresh_token"]
    )
    assert (access.status, renewal.status) in ((200, 200), (401, 401))
    return access.status == 200
