"""Bodies of REST: how large they may be, in which encoding, and what becomes of those that are broken off."""

import asyncio
import gzip
import re
import uuid
import zlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import aiohttp
import pytest
from structlog.testing import capture_logs

from bitworks.rest.routes import Route
from tests.support.instances import Instance
from tests.support.operations import ROUTES
from tests.support.people import Person, request

JSON = {"Content-Type": "application/json"}
WITH_BODY = [route for route in ROUTES if route.takes_body]
PAGES = ("/healthz", "/readyz", "/openapi.json", "/docs", "/nothing", "/socket.io/?EIO=4&transport=polling")


def path_of(route: Route) -> str:
    """The path of a route, with an id wherever there is one."""
    return re.sub(r"\{\w+\}", str(uuid.uuid4()), route.path)


def named(route: Route) -> str:
    return route.operation.name


@pytest.mark.parametrize("route", WITH_BODY, ids=named)
async def test_a_body_above_the_bound_of_its_operation_is_too_large(route: Route, person: Person) -> None:
    bound = route.operation.bound
    too_long = b'{"x": "' + b"x" * bound.size + b'"}'
    too_many = b'{"x": [' + b"1," * bound.nodes + b"1]}"
    for body in (too_long, too_many):
        answer = await person.rest(route.method, path_of(route), data=body, headers=JSON)
        assert (answer.status, answer.code) == (413, "too_large")
    within = await person.rest(route.method, path_of(route), data=b"{}".ljust(bound.size), headers=JSON)
    assert within.code != "too_large"


async def test_a_body_of_unknown_length_is_refused_once_it_is_too_large(person: Person) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 4096

    url, headers = f"{person.instance.url}/auth/login", JSON
    async with person.http.post(url, data=endless(), headers=headers) as answer:
        assert answer.status == 413
        assert (await answer.json())["detail"] == "The body is larger than 8 KiB."


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
async def test_a_compressed_body_is_refused_whatever_the_route(encoding: str, person: Person) -> None:
    body = {"gzip": gzip.compress, "deflate": zlib.compress}.get(encoding, bytes)(b" " * 100_000)
    headers = {**JSON, "Content-Encoding": encoding}
    for method, path in [(route.method, path_of(route)) for route in ROUTES] + [("POST", p) for p in PAGES]:
        answer = await person.rest(method, path, data=body, headers=headers)
        assert (answer.status, answer.code) == (415, "unsupported_media_type"), path
        assert "Content-Encoding" in answer.body["detail"]


async def test_a_body_that_is_said_to_be_as_it_is_is_taken(person: Person) -> None:
    headers = {**JSON, "Content-Encoding": "identity"}
    assert (await person.rest("POST", "/conversations", data=b"{}", headers=headers)).status == 201


async def test_a_body_is_not_read_before_its_sender_is_known(person: Person) -> None:
    for route in WITH_BODY:
        if route.operation.public:
            continue
        answer = await person.rest(
            route.method, path_of(route), data=b"x" * 300_000, headers=JSON, token="none"
        )
        assert answer.code == "unauthorized"


async def test_an_upload_that_is_broken_off_writes_nothing_into_the_log(
    instance: Instance, http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    address = urlsplit(instance.url)
    head = "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    with capture_logs() as logs:
        for framing in ("Content-Length: 900\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"):
            _, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write((head + framing).encode())
            await writer.drain()
            # Another request behind it: by its answer the first one is being read.
            assert (await request(http, "GET", f"{instance.url}/healthz")).status == 200
            writer.transport.abort()
            assert (await request(http, "GET", f"{instance.url}/healthz")).status == 200
    assert logs == []
    assert caplog.records == []
