"""Accounts: signing up, signing in, and leaving."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import asyncpg
import bcrypt
import pytest

from tests.support.instances import Instance, running
from tests.support.people import PASSWORD, PATIENCE, Json, Person, register, request
from tests.support.signing_in import another_session, is_signed_in, login, post

EMAIL = "ana@example.org"


# Registration


async def test_whoever_registers_is_signed_in(instance: Instance, http: aiohttp.ClientSession) -> None:
    answer = await post(instance, http, "register", email=EMAIL, password=PASSWORD)
    user = answer.body["user"]
    assert answer.status == 201
    assert answer.body == {
        "access_token": answer.body["access_token"],
        "token_type": "bearer",
        "expires_in": 900,
        "refresh_token": answer.body["refresh_token"],
        "user": {"id": user["id"], "email": EMAIL, "created_at": user["created_at"]},
    }
    assert await is_signed_in(Person(instance, http, answer.body))


@pytest.mark.parametrize("same", [EMAIL, "ANA@Example.ORG", f"  {EMAIL}\n"])
async def test_an_email_is_taken_once_without_case_and_trimmed(
    same: str, instance: Instance, http: aiohttp.ClientSession
) -> None:
    await post(instance, http, "register", email=EMAIL, password=PASSWORD)
    answer = await post(instance, http, "register", email=same, password=PASSWORD)
    assert (answer.status, answer.code) == (409, "email_taken")
    assert (await post(instance, http, "login", email=same, password=PASSWORD)).status == 200


async def test_what_is_no_email_is_refused(instance: Instance, http: aiohttp.ClientSession) -> None:
    for email in (
        "",
        "ana",
        "@example.org",
        "ana@",
        "a@b@c",
        "a b@c",
        "a\x00@c",
        "x" * 250 + "@c.de",
        1,
        None,
    ):
        answer = await post(instance, http, "register", email=email, password=PASSWORD)
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "email"), email


async def test_a_password_has_eight_characters_to_72_bytes(
    instance: Instance, http: aiohttp.ClientSession
) -> None:
    for password in ("x" * 7, "x" * 73, "ñ" * 37, "€" * 7, "longenough\x00", "long\ud800enough", 12345678):
        answer = await post(instance, http, "register", email=EMAIL, password=password)
        assert (answer.status, answer.body["errors"][0]["field"]) == (422, "password"), password
    for n, password in enumerate(("xyxyxy x", "xy" * 36, "ñé" * 18, "€uro €uro", "  .     ")):
        email = f"ana{n}@example.org"
        assert (await post(instance, http, "register", email=email, password=password)).status == 201
        assert (await post(instance, http, "login", email=email, password=password)).status == 200


@pytest.mark.parametrize(
    "password",
    ["password", "Password1", "12345678", "        ", "zzzzzzzzzz", "ana-maria@example.org", "Ana-Maria"],
)
async def test_a_password_that_is_guessed_first_is_refused(
    password: str, instance: Instance, http: aiohttp.ClientSession
) -> None:
    email = "ana-maria@example.org"
    refused = await post(instance, http, "register", email=email, password=password)
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "password")
    made = await post(instance, http, "register", email=email, password=PASSWORD)
    changed = await Person(instance, http, made.body).rest(
        "POST", "/auth/password", {"old": PASSWORD, "new": password}
    )
    assert (changed.status, changed.body["errors"][0]["field"]) == (422, "new")


ACCENTS = {"email": "josé@bücher.example", "password": "contraseña segura"}
APART = {"email": "jose\u0301@xn--bcher-kva.example", "password": "contrasen\u0303a segura"}


async def test_accents_at_the_door_are_the_same_composed_or_apart(
    instance: Instance, http: aiohttp.ClientSession
) -> None:
    made = await post(instance, http, "register", **APART)
    assert made.body["user"]["email"] == ACCENTS["email"]
    assert (await post(instance, http, "register", **ACCENTS)).code == "email_taken"
    for given in (ACCENTS, APART):
        assert (await post(instance, http, "login", **given)).status == 200


async def test_an_account_that_was_made_with_accents_apart_still_signs_in(
    instance: Instance, http: aiohttp.ClientSession, connection: asyncpg.Connection
) -> None:
    """As accounts were kept before addresses and passwords were composed."""
    await post(instance, http, "register", **ACCENTS)
    hashed = bcrypt.hashpw(APART["password"].encode(), bcrypt.gensalt(4)).decode()
    await connection.execute("update logins set email = $1", APART["email"])
    await connection.execute("update users set email = $1, password_hash = $2", APART["email"], hashed)
    for given in (ACCENTS, APART):
        assert (await post(instance, http, "login", **given)).status == 200
        assert (await post(instance, http, "register", **given)).code == "email_taken"


async def test_one_of_two_who_register_at_once_is_first(
    instance: Instance, http: aiohttp.ClientSession
) -> None:
    both = [post(instance, http, "register", email=EMAIL, password=PASSWORD) for _ in range(2)]
    assert sorted([one.status for one in await asyncio.gather(*both)]) == [201, 409]


async def test_where_registration_is_closed_nobody_registers(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, registration="closed") as instance:
        answer = await post(instance, http, "register", email=EMAIL, password=PASSWORD)
        assert (answer.status, answer.code) == (403, "registration_closed")
        assert (await post(instance, http, "login", email=EMAIL, password=PASSWORD)).status == 401


# Signing in


async def test_a_wrong_password_and_an_unknown_account_are_answered_alike(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[bytes] = []

    def compare(password: bytes, hashed: bytes) -> bool:
        compared.append(password)
        return compares(password, hashed)

    compares = bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", compare)
    wrong = await login(person, "wrong password")
    unknown = await post(
        person.instance, person.http, "login", email="nobody@example.org", password="wrong password"
    )
    assert (wrong.status, wrong.code) == (401, "invalid_credentials")
    assert (unknown.status, unknown.body) == (wrong.status, wrong.body)
    assert compared == [b"wrong password"] * 2


async def test_no_password_that_cannot_be_right_is_right(person: Person) -> None:
    for wrong in ("", PASSWORD.upper(), PASSWORD + " ", PASSWORD + "\x00", "\x00", "x" * 1024):
        assert (await login(person, wrong)).code == "invalid_credentials", wrong


async def test_a_password_is_compared_beyond_what_bcrypt_reads(
    instance: Instance, http: aiohttp.ClientSession
) -> None:
    await post(instance, http, "register", email=EMAIL, password="x" * 72)
    answer = await post(instance, http, "login", email=EMAIL, password="x" * 73)
    assert answer.code == "invalid_credentials"


async def test_no_email_harms(instance: Instance, http: aiohttp.ClientSession) -> None:
    for email in ("", "\x00", "\ud800", "a\u202e@b", "x" * 1024, "' or 1=1 --"):
        answer = await post(instance, http, "login", email=email, password=PASSWORD)
        assert answer.code in ("invalid_credentials", "invalid_input"), email


async def test_a_token_says_who_and_until_when(person: Person) -> None:
    verified = await person.must("GET", "/auth/verify")
    sessions = await person.must("GET", "/auth/sessions")
    assert verified == {
        "user_id": person.id,
        "email": person.tokens["user"]["email"],
        "session_id": sessions[0]["id"],
        "expires_at": verified["expires_at"],
    }


async def test_the_scheme_is_compared_without_case(person: Person) -> None:
    for scheme in ("bearer", "BEARER"):
        headers = {"Authorization": f"{scheme} {person.token}"}
        assert (await person.rest("GET", "/auth/verify", headers=headers)).status == 200


async def test_whoever_is_not_signed_in_is_told_how(instance: Instance, http: aiohttp.ClientSession) -> None:
    answer = await request(http, "GET", f"{instance.url}/auth/verify")
    assert (answer.status, answer.code) == (401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


# Changing the password, and leaving


async def test_a_new_password_replaces_the_old_and_ends_the_other_sessions(person: Person) -> None:
    other = await another_session(person)
    answer = await person.rest("POST", "/auth/password", {"old": PASSWORD, "new": "a new password"})
    assert answer.status == 204
    assert await is_signed_in(person)
    assert not await is_signed_in(other)
    assert (await login(person)).code == "invalid_credentials"
    assert (await login(person, "a new password")).status == 200


async def test_a_password_is_not_changed_without_the_old_one(person: Person) -> None:
    other = await another_session(person)
    for body, status, code in [
        ({"old": "wrong password", "new": "a new password"}, 401, "invalid_credentials"),
        ({"old": PASSWORD, "new": "short"}, 422, "invalid_input"),
        ({"new": "a new password"}, 422, "invalid_input"),
    ]:
        answer = await person.rest("POST", "/auth/password", body)
        assert (answer.status, answer.code) == (status, code)
    assert await is_signed_in(other)
    assert (await login(person)).status == 200


async def test_an_account_is_not_deleted_without_its_password(person: Person) -> None:
    for body in ({"password": "wrong password"}, {}):
        assert (await person.rest("DELETE", "/auth/account", body)).status in (401, 422)
    assert await is_signed_in(person)


async def rows_of(connection: asyncpg.Connection, user_id: str) -> Json:
    """How many rows each table keeps of a user."""
    tables = await connection.fetch(
        "select table_name, column_name from information_schema.columns join information_schema.tables"
        " using (table_schema, table_name) where table_schema = 'public' and table_type = 'BASE TABLE'"
        " and (column_name = 'user_id' or (table_name, column_name) = ('users', 'id'))"
        # Of users whose changes are followed, until their end was told: `tests/features/relay`.
        " and table_name not in ('followed', 'followers_due', 'deleted_users')"
    )
    return {
        table: await connection.fetchval(f"select count(*) from {table} where {column} = $1", user_id)
        for table, column in tables
    }


async def ask_for_an_answer(connection: asyncpg.Connection, person: Person, answer: Json) -> None:
    """As if a producer had been asked for this message; nobody answers on this instance."""
    await connection.execute(
        "insert into replies (user_id, message_id, conversation_id, question_id, question_position, state,"
        " delivery_id) values ($1, $2, $3, $2, 1, 'done', gen_random_uuid())",
        person.id,
        answer["id"],
        answer["conversation_id"],
    )


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def test_a_deleted_account_leaves_nothing(connection: asyncpg.Connection, person: Person) -> None:
    conversation, gone = await person.conversation(), await person.conversation()
    await person.message(conversation)
    summarised = {"conversation_id": conversation["id"], "context_window": {"strategy": "summary"}}
    await person.must("POST", "/context", summarised)
    await person.must("DELETE", f"/conversations/{gone['id']}")
    growing = await person.message(conversation, "", role="assistant", status="streaming")
    await person.must("POST", f"/messages/{growing['id']}/append", {"text": "so far"})
    await ask_for_an_answer(connection, person, growing)
    async with asyncio.timeout(PATIENCE):
        while not all((await rows_of(connection, person.id)).values()):
            pass  # what grows is kept soon, not at once
    assert (await person.rest("DELETE", "/auth/account", {"password": PASSWORD})).status == 204
    assert not any((await rows_of(connection, person.id)).values())
    assert not await is_signed_in(person)
    assert (await login(person)).code == "invalid_credentials"


async def test_the_email_of_a_deleted_account_is_free(person: Person) -> None:
    conversation = await person.conversation()
    await person.must("DELETE", "/auth/account", {"password": PASSWORD})
    again = await register(person.instance, person.http, person.tokens["user"]["email"])
    assert again.id != person.id
    assert await again.must("GET", "/conversations/me") == []
    assert (await again.rest("GET", f"/conversations/detail/{conversation['id']}")).status == 404
    assert not await is_signed_in(person)
