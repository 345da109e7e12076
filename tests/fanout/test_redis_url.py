"""REDIS_URL, as providers and clients write it."""

from pathlib import Path
from typing import Any

import pytest

from bitworks.core.server_urls import Host
from bitworks.fanout.redis_url import BadRedisUrl, RedisUrl, read_redis_url

SECRET = "hunter"


def credentials(url: RedisUrl) -> tuple[Any, Any]:
    return url.options.get("username"), url.options.get("password")


@pytest.mark.parametrize(
    ("provider", "url", "host", "port", "named", "tls"),
    [
        ("Upstash", "rediss://default:hunter@e.upstash.io:6379", "e.upstash.io", 6379, "default", True),
        ("Fly.io", "redis://default:hunter@f.upstash.io:6379", "f.upstash.io", 6379, "default", False),
        ("ElastiCache", "rediss://m.cache.amazonaws.com:6379/0", "m.cache.amazonaws.com", 6379, None, True),
        ("ElastiCache", "rediss://app:hunter@c.amazonaws.com:6379", "c.amazonaws.com", 6379, "app", True),
        ("Redis Cloud", "redis://default:hunter@r.redis.com:16379", "r.redis.com", 16379, "default", False),
        ("Heroku", "rediss://:hunter@e.amazonaws.com:7170?ssl_cert_reqs=none", "e.amazonaws.com", 7170, None, True),
        ("Celery", "rediss://:hunter@e.aws.com:7170?ssl_cert_reqs=CERT_NONE", "e.aws.com", 7170, None, True),
        ("Render", "redis://red-abc:6379", "red-abc", 6379, None, False),
        ("Railway", "redis://default:hunter@r.internal:6379?family=0", "r.internal", 6379, "default", False),
        ("DigitalOcean", "rediss://default:hunter@d.ocean.com:25061", "d.ocean.com", 25061, "default", True),
        ("Aiven", "rediss://default:hunter@a.aiven.com:28697", "a.aiven.com", 28697, "default", True),
        ("Azure", "rediss://:hunter@n.windows.net:6380/0", "n.windows.net", 6380, None, True),
        ("Azure", "redis://:hunter@n.windows.net:6380?ssl=True", "n.windows.net", 6380, None, True),
        ("Memorystore", "redis://10.0.0.3:6379/1", "10.0.0.3", 6379, None, False),
        ("IPv6", "redis://[::1]/0", "::1", None, None, False),
        ("a line break of the environment", "redis://localhost:6379\n", "localhost", 6379, None, False),
    ],
)  # fmt: skip
def test_what_providers_write_is_read(
    provider: str, url: str, host: str, port: int | None, named: str | None, tls: bool
) -> None:
    read = read_redis_url(url)
    assert read.hosts == (Host(host, port),)
    assert credentials(read) == (named, SECRET if SECRET in url else None)
    assert read.options.get("ssl", False) is tls
    read.client()  # the library takes all of it


def test_certificates_that_nobody_signed_are_taken_where_the_url_says_so() -> None:
    options = read_redis_url("rediss://h:1?ssl_cert_reqs=CERT_NONE").options
    assert (options["ssl_cert_reqs"], options["ssl_check_hostname"]) == ("none", False)
    options = read_redis_url("rediss://h:1").options
    assert (options["ssl_cert_reqs"], options["ssl_check_hostname"]) == ("required", True)


@pytest.mark.parametrize("password", ["a#b", "a?b", "a@b", "p%40ss", "50%25", "a+b", "a:b", "key="])
def test_a_password_may_have_any_character_but_a_slash(password: str) -> None:
    meant = {"p%40ss": "p@ss", "50%25": "50%"}.get(password, password)
    for scheme, rest in (
        ("redis", "h:1/0"),
        ("redis+cluster", "h:1"),
        ("redis+sentinel", "h:1,[::1]:2/name"),
    ):
        read = read_redis_url(f"{scheme}://:{password}@{rest}")
        assert credentials(read) == (None, meant)
        assert read.hosts[0] == Host("h", 1)


def test_parameters_that_mean_nothing_here_are_left_out() -> None:
    read = read_redis_url(
        "redis://h/0?ssl_cert_reqs=none&family=6&socket_timeout=x&max_connections=9&foo=bar"
    )
    assert read.options.keys() == read_redis_url("redis://h/0").options.keys()


def test_sentinels_may_have_an_ipv6_address_and_no_port() -> None:
    read = read_redis_url("redis+sentinel://[::1]:26380,[::2],one/bitworks")
    assert read.hosts == (Host("::1", 26380), Host("::2", None), Host("one", None))
    assert read.primary == "bitworks"
    _, sentinels = read.client()
    ports = [one.connection_pool.connection_kwargs["port"] for one in sentinels]
    assert ports == [26380, 26379, 26379]


def test_a_cluster_and_sentinels_can_be_reached_over_tls() -> None:
    for url in ("rediss+cluster://:p@h:1", "rediss+sentinel://:p@h:1/name"):
        read = read_redis_url(url)
        assert read.options["ssl"] is True
        read.client()


def test_a_unix_socket_is_read() -> None:
    read = read_redis_url("unix://user:p%40ss@/run/a%20folder/redis.sock?db=2")
    assert read.socket == "/run/a folder/redis.sock"
    assert (read.options["db"], credentials(read)) == (2, ("user", "p@ss"))
    read.client()


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("redis://:hunter@h:port/0", "port that is no number"),
        ("redis://:hunter@h:99999/0", "port that is no number"),
        ("redis://:hun/ter@h:6379/0", "/ is written %2F"),
        ("redis://:hunter@h/name", "database that is no number"),
        ("redis://:hunter@h,i/0", "redis+cluster:// or redis+sentinel:// is wanted"),
        ("redis+cluster://:hunter@h/3", "which a cluster has not"),
        ("redis+sentinel://:hunter@h:26379", "what the sentinels call the primary"),
        ("rediss://:hunter@h?ssl_cert_reqs=maybe", "one of none, optional, required"),
        ("rediss://:hunter@h?ssl_check_hostname=maybe", "true or false"),
        ("rediss://:hunter@h?ssl_ca_certs=/nowhere", "cannot be read: /nowhere"),
        ("redis://:hunter@[::1/0", "IPv6 address is written in brackets"),
        ("memcached://:hunter@h", "must begin with redis://"),
        (":hunter@h:6379", "must begin with redis://"),
    ],
)
def test_what_cannot_be_used_is_refused_without_a_piece_of_the_password(url: str, line: str) -> None:
    with pytest.raises(BadRedisUrl) as refused:
        read_redis_url(url)
    assert line in str(refused.value)
    assert "hun" not in str(refused.value)
    assert "ter@" not in str(refused.value)


def test_nothing_that_is_logged_of_it_shows_the_password(tmp_path: Path) -> None:
    assert SECRET not in repr(read_redis_url("redis+sentinel://:hunter@h/name"))
