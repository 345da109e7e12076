"""What a server tells of itself before anybody has signed in."""

from typing import Any

import aiohttp
import pytest

from bitworks import __version__
from tests.support.instances import Instance, running

HOOK = {"webhook_url": "http://127.0.0.1:9/hook", "webhook_secret": "whsec_" + "c2VjcmV0" * 5}
MODEL = {"reply_base_url": "http://127.0.0.1:9/v1", "reply_model": "some-model"}


async def config_of(instance: Instance, http: aiohttp.ClientSession) -> Any:
    async with http.get(f"{instance.url}/config") as answer:
        assert (answer.status, answer.content_type) == (200, "application/json")
        return await answer.json()


async def test_a_stranger_is_told_the_name_and_the_ways_in(
    database_url: str, http: aiohttp.ClientSession
) -> None:
    settings = {"site_name": "Notas de Ana", "registration": "closed"}
    async with running(database_url, **settings) as instance:
        assert await config_of(instance, http) == {
            "version": __version__,
            "site_name": "Notas de Ana",
            "registration": "closed",
            "password_login": True,
            "replies": "none",
        }


async def test_a_server_without_a_name_of_its_own_has_that_of_the_product(
    instance: Instance, http: aiohttp.ClientSession
) -> None:
    config = await config_of(instance, http)
    assert (config["site_name"], config["registration"]) == ("Bitworks Message", "open")


@pytest.mark.parametrize(
    ("settings", "replies"),
    [
        ({"reply_producer": "none"}, "none"),
        ({"reply_producer": "demo"}, "demo"),
        (MODEL, "model"),
        (HOOK, "model"),
    ],
)
async def test_it_says_who_answers_and_not_where(
    database_url: str, http: aiohttp.ClientSession, settings: dict[str, str], replies: str
) -> None:
    async with running(database_url, **settings) as instance:
        config = await config_of(instance, http)
        assert config["replies"] == replies
        assert "127.0.0.1" not in str(config)


async def test_a_token_changes_nothing_of_it(instance: Instance, http: aiohttp.ClientSession) -> None:
    headers = {"Authorization": "Bearer nonsense"}
    async with http.get(f"{instance.url}/config", headers=headers) as answer:
        assert await answer.json() == await config_of(instance, http)
