"""REST as HTTP: bodies, methods, paths, origins, health and the description of it all."""

import json
import re
import uuid

import aiohttp
import pytest
from jsonschema import Draft202012Validator

from bitworks.core.errors import Unavailable
from bitworks.hosting.settings import Settings
from bitworks.rest.routes import Route
from bitworks.storage.revisions import Revisions
from tests.support.instances import Instance, running
from tests.support.operations import ROUTES
from tests.support.people import Answer, Json, Person, register, request
from tests.support.streaming import start_writing

APP = "https://app.example"
JSON = {"Content-Type": "application/json"}


def filled(route: Route) -> str:
    """The path of a route, with an id wherever there is one."""
    return re.sub(r"\{\w+\}", str(uuid.uuid4()), route.path)


def assert_problem(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.code) == (status, code)
    assert str(answer.headers["Content-Type"]).startswith("application/problem+json")
    assert answer.body.keys() >= {"type", "title", "status", "detail", "code", "retryable"}
    assert answer.body["status"] == status


# Bodies


async def test_a_body_that_is_no_json_is_malformed(person: Person) -> None:
    for body in (b"", b"{", b"{'title': 1}", b'{"title": "x"} {}', b"\xff", b"nul", b'{"a": NaN}'):
        answer = await person.rest("POST", "/conversations", data=body, headers=JSON)
        assert_problem(answer, 400, "malformed_json")


async def test_a_body_that_is_no_object_is_invalid(person: Person) -> None:
    for body in ("[]", "1", "null", '"title"', "true"):
        answer = await person.rest("POST", "/conversations", data=body, headers=JSON)
        assert_problem(answer, 422, "invalid_input")


async def test_a_body_of_another_media_type_is_refused(person: Person) -> None:
    for media in ("text/plain", "application/x-www-form-urlencoded", "application/xml", ""):
        answer = await person.rest("POST", "/conversations", data="{}", headers={"Content-Type": media})
        assert_problem(answer, 415, "unsupported_media_type")


async def test_no_body_is_an_empty_object(person: Person) -> None:
    assert (await person.rest("POST", "/conversations")).status == 201
    writer = await start_writing(person)
    assert (await person.rest("POST", f"/messages/{writer.id}/append")).body["errors"][0]["field"] == "text"
    finished = await person.rest("POST", f"/messages/{writer.id}/finish")
    assert (finished.status, finished.body["status"]) == (200, "complete")
    stopped = await person.rest("POST", f"/messages/{(await start_writing(person)).id}/stop")
    assert (stopped.status, stopped.body["status"]) == (200, "stopped")
    assert_problem(await person.rest("POST", f"/messages/{writer.id}/reply"), 409, "no_producer")


async def test_the_media_type_of_no_body_matters_as_little(person: Person) -> None:
    for media in ("text/plain", "application/x-www-form-urlencoded"):
        id_ = (await start_writing(person)).id
        headers = {"Content-Type": media}
        answer = await person.rest("POST", f"/messages/{id_}/finish", data="", headers=headers)
        assert answer.status == 200


async def test_the_media_type_may_name_its_encoding(person: Person) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    assert (await person.rest("POST", "/conversations", data="{}", headers=headers)).status == 201


async def test_a_field_of_the_path_is_not_taken_from_the_body(person: Person) -> None:
    id_ = (await person.conversation())["id"]
    answer = await person.rest("PUT", f"/conversations/{id_}", {"id": id_, "title": "x"})
    assert_problem(answer, 422, "invalid_input")


async def test_what_is_given_twice_in_a_query_is_refused(person: Person) -> None:
    answer = await person.rest("GET", "/conversations/me?limit=1&limit=2")
    assert answer.body["errors"] == [{"field": "limit", "message": "is given twice"}]


async def test_of_the_unknown_fields_of_a_query_twenty_are_named(person: Person) -> None:
    names = [f"field{n}" for n in range(50)]
    answer = await person.rest("GET", "/config?" + "&".join(names))
    assert answer.body["errors"] == [
        {"field": name, "message": "is not a known field"} for name in names[:20]
    ]


# Paths and methods


async def test_an_unknown_path_is_not_found_whatever_the_method(person: Person) -> None:
    for path in ("/nothing", "/conversations/", "/messages/detail/x/y", "/%00", "/../settings.py", "//"):
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH"):
            assert_problem(await person.rest(method, path), 404, "not_found")


async def test_a_method_that_is_not_allowed_is_told_which_are(person: Person) -> None:
    for path in {filled(route) for route in ROUTES}:
        answer = await person.rest("PATCH", path)
        assert_problem(answer, 405, "method_not_allowed")
        assert answer.headers["Allow"]


async def test_routes_that_share_a_path_are_allowed_together(person: Person) -> None:
    answer = await person.rest("POST", f"/messages/{uuid.uuid4()}")
    assert set(answer.headers["Allow"].split(",")) - {"OPTIONS"} == {"GET", "PUT", "DELETE"}


# Origins


async def test_an_allowed_origin_may_read_every_answer(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, cors_origins=f"https://other.example,{APP}") as instance:
        person = await register(instance, http)
        for path, status in [
            ("/conversations/me", 200),
            ("/conversations/x", 404),
            ("/changes?since=x", 422),
        ]:
            answer = await person.rest("GET", path, headers={"Origin": APP})
            assert answer.status == status
            assert answer.headers["Access-Control-Allow-Origin"] == APP
            exposed = set(answer.headers["Access-Control-Expose-Headers"].split(","))
            assert exposed >= {"Link", "X-Cursor", "Retry-After"}


async def preflight(instance: Instance, http: aiohttp.ClientSession, route: Route, origin: str) -> Answer:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": route.method,
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return await request(http, "OPTIONS", instance.url + filled(route), headers=asked)


async def test_an_allowed_origin_may_use_every_route(database_url: str, http: aiohttp.ClientSession) -> None:
    async with running(database_url, cors_origins=APP) as instance:
        for route in ROUTES:
            answer = await preflight(instance, http, route, APP)
            assert answer.status == 200, (route.method, route.path, answer.body)
            assert answer.headers["Access-Control-Allow-Origin"] == APP
            assert route.method in answer.headers["Access-Control-Allow-Methods"]
            assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()


async def test_an_origin_may_be_allowed_with_any_port(database_url: str, http: aiohttp.ClientSession) -> None:
    async with running(database_url, cors_origins="http://localhost:*,https://other.example") as instance:
        person = await register(instance, http)
        for origin, may in {
            "http://localhost:5173": True,
            "http://localhost": True,
            "https://other.example": True,
            "https://localhost:5173": False,
            "http://localhost.example.org:5173": False,
            "https://other.example:8443": False,
            APP: False,
        }.items():
            answer = await person.rest("GET", "/conversations/me", headers={"Origin": origin})
            assert answer.headers.get("Access-Control-Allow-Origin") == (origin if may else None)
            answer = await preflight(instance, http, ROUTES[0], origin)
            assert answer.headers.get("Access-Control-Allow-Origin") == (origin if may else None)


def test_pages_of_this_machine_may_use_an_embedded_server_where_nothing_else_is_said() -> None:
    here = ("http://localhost:*", "http://127.0.0.1:*")
    assert Settings(database_url=None).page_origins == here
    assert Settings(database_url=None, cors_origins=APP).page_origins == (APP,)  # type: ignore[arg-type]
    there = Settings(database_url="postgresql://one/two", secret_key="x" * 32)
    assert there.page_origins == ()


@pytest.mark.parametrize("allowed", ["", "https://other.example"])
async def test_any_other_origin_may_use_none(
    allowed: str, database_url: str, http: aiohttp.ClientSession
) -> None:
    async with running(database_url, cors_origins=allowed) as instance:
        person = await register(instance, http)
        answer = await person.rest("GET", "/conversations/me", headers={"Origin": APP})
        assert "Access-Control-Allow-Origin" not in answer.headers
        for route in ROUTES:
            answer = await preflight(instance, http, route, APP)
            assert "Access-Control-Allow-Origin" not in answer.headers
            assert answer.status >= 400


# Health and description


async def test_a_healthy_server_says_so(instance: Instance, http: aiohttp.ClientSession) -> None:
    for path in ("/healthz", "/readyz"):
        assert (await request(http, "GET", instance.url + path)).status == 200


async def test_a_server_without_its_database_lives_but_is_not_ready(
    instance: Instance, http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: Revisions) -> str:
        raise Unavailable

    monkeypatch.setattr(Revisions, "epoch", away)
    assert (await request(http, "GET", f"{instance.url}/healthz")).status == 200
    answer = await request(http, "GET", f"{instance.url}/readyz")
    assert_problem(answer, 503, "unavailable")
    assert answer.body["retryable"]


async def test_every_route_is_described_once(instance: Instance, http: aiohttp.ClientSession) -> None:
    described: Json = (await request(http, "GET", f"{instance.url}/openapi.json")).body
    assert described["openapi"].startswith("3.1")
    operations = [(m.upper(), path) for path, some in described["paths"].items() for m in some]
    assert sorted(operations) == sorted((route.method, route.path) for route in ROUTES)
    names = [one["operationId"] for some in described["paths"].values() for one in some.values()]
    assert len(set(names)) == len(names)


async def test_every_schema_of_the_description_is_one(
    instance: Instance, http: aiohttp.ClientSession
) -> None:
    described: Json = (await request(http, "GET", f"{instance.url}/openapi.json")).body
    schemas = described["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    references = re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(described))
    assert set(references) <= set(schemas)


async def test_there_is_a_page_to_try_it(instance: Instance, http: aiohttp.ClientSession) -> None:
    page = await request(http, "GET", f"{instance.url}/docs")
    assert page.status == 200
    assert "/docs/start.js" in page.body
    assert "/openapi.json" in (await request(http, "GET", f"{instance.url}/docs/start.js")).body
