"""AMQP_URL as operators write it."""

from pathlib import Path

import pytest

from bitworks.amqp.amqp_url import BadAmqpUrl, read_amqp_url
from bitworks.core.server_urls import Host


@pytest.mark.parametrize(
    ("url", "hosts", "virtual_host", "credentials"),
    [
        ("amqp://localhost", [("localhost", 5672)], "/", ("guest", "guest")),
        ("amqp://", [("localhost", 5672)], "/", ("guest", "guest")),
        ("amqps://mq.example.org", [("mq.example.org", 5671)], "/", ("guest", "guest")),
        (
            "amqp://ada:secret@one:1,two:2,three/",
            [("one", 1), ("two", 2), ("three", 5672)],
            "/",
            ("ada", "secret"),
        ),
        ("amqp://ada:s%2Fe%40c@one/%2Fchat", [("one", 5672)], "/chat", ("ada", "s/e@c")),
        ("amqp://ada:s#?ec@one/chat?heartbeat=5", [("one", 5672)], "chat", ("ada", "s#?ec")),
        ("amqp://ada@[::1]:5673/chat", [("::1", 5673)], "chat", ("ada", "")),
    ],
)
def test_a_url_names_brokers_a_virtual_host_and_who_one_is(
    url: str, hosts: list[tuple[str, int]], virtual_host: str, credentials: tuple[str, str]
) -> None:
    read = read_amqp_url(url)
    assert read.hosts == tuple(Host(*host) for host in hosts)
    assert read.virtual_host == virtual_host
    assert (read.user, read.password) == credentials


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://one", "must begin with amqp://, amqps://"),
        ("amqp://one:99999/", "port"),
        ("amqp://one/?heartbeat=soon", "heartbeat must be a number of seconds, at most 600"),
        ("amqps://one/?verify=maybe", "verify must be one of verify_peer, verify_none"),
        ("amqps://one/?cacertfile=/nowhere.pem", "cacertfile names a file that cannot be read"),
    ],
)
def test_a_url_that_cannot_be_used_says_why_and_shows_no_password(url: str, said: str) -> None:
    with pytest.raises(BadAmqpUrl) as raised:
        read_amqp_url(url.replace("//one", "//ada:hidden@one"))
    assert said in str(raised.value)
    assert "hidden" not in str(raised.value)


def test_the_files_of_tls_are_named_as_the_brokers_documents_name_them(tmp_path: Path) -> None:
    file = tmp_path / "some.pem"
    file.write_text("")
    tls = read_amqp_url(
        f"amqps://one/?cacertfile={file}&certfile={file}&keyfile={file}&verify=verify_none"
    ).tls
    assert tls is not None
    assert (tls.authorities, tls.certificate, tls.key, tls.verify) == (str(file), str(file), str(file), False)


def test_a_url_shows_no_password_in_a_traceback() -> None:
    assert "hidden" not in repr(read_amqp_url("amqp://ada:hidden@one/"))
