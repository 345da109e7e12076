"""DATABASE_URL, as providers and other drivers write it."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from bitworks.storage.connection_url import BadDatabaseUrl, ConnectionUrl, read_connection_url


@pytest.fixture(autouse=True)
def _nothing_from_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PGSSLMODE", "PGSSLROOTCERT", "PGPORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def read(url: str) -> dict[str, Any]:
    return dict(read_connection_url(url).arguments)


@pytest.mark.parametrize(
    ("provider", "url", "host", "port", "dsn"),
    [
        ("Neon", "postgresql://u:hunter@ep-x-pooler.eu.neon.tech/db?sslmode=require&channel_binding=require",
         "ep-x-pooler.eu.neon.tech", None, "sslmode=require"),
        ("Neon, an old client", "postgres://u:hunter@ep-x.neon.tech/db?options=endpoint%3Dep-x&sslmode=require",
         "ep-x.neon.tech", None, "options=endpoint%3Dep-x&sslmode=require"),
        ("Supabase", "postgresql://u:hunter@db.x.supabase.co:5432/db", "db.x.supabase.co", 5432, None),
        ("Supabase, Supavisor", "postgres://u:hunter@aws-0-eu.pooler.supabase.com:6543/db?pgbouncer=true&connection_limit=1",
         "aws-0-eu.pooler.supabase.com", 6543, None),
        ("Vercel", "postgres://u:hunter@aws-0.pooler.supabase.com:6543/db?sslmode=require&supa=base-pooler.x",
         "aws-0.pooler.supabase.com", 6543, "sslmode=require"),
        ("RDS", "postgresql://u:hunter@x.abc.eu-west-1.rds.amazonaws.com:5432/db", "x.abc.eu-west-1.rds.amazonaws.com",
         5432, None),
        ("Cloud SQL", "postgresql://u:hunter@/db?host=/cloudsql/project:region:name", "/cloudsql/project:region:name",
         None, None),
        ("Cloud SQL, Prisma", "postgresql://u:hunter@localhost/db?host=/cloudsql/project:region:name",
         "/cloudsql/project:region:name", None, None),
        ("Azure", "postgres://u%40server:hunter@x.postgres.database.azure.com:5432/db?sslmode=require",
         "x.postgres.database.azure.com", 5432, "sslmode=require"),
        ("Heroku", "postgres://u:hunter@ec2-1.amazonaws.com:5432/db", "ec2-1.amazonaws.com", 5432, None),
        ("Heroku, Node", "postgres://u:hunter@ec2-1.amazonaws.com:5432/db?sslmode=no-verify", "ec2-1.amazonaws.com",
         5432, "sslmode=require"),
        ("Render", "postgresql://u:hunter@dpg-x-a.frankfurt-postgres.render.com/db",
         "dpg-x-a.frankfurt-postgres.render.com", None, None),
        ("Railway", "postgresql://postgres:hunter@postgres.railway.internal:5432/db", "postgres.railway.internal", 5432,
         None),
        ("Fly.io", "postgres://u:hunter@app-db.flycast:5432/db?sslmode=disable", "app-db.flycast", 5432,
         "sslmode=disable"),
        ("DigitalOcean", "postgresql://doadmin:hunter@x.k.db.ondigitalocean.com:25060/db?sslmode=require",
         "x.k.db.ondigitalocean.com", 25060, "sslmode=require"),
        ("Aiven", "postgres://avnadmin:hunter@x.aivencloud.com:12691/db?sslmode=require", "x.aivencloud.com", 12691,
         "sslmode=require"),
        ("Timescale", "postgres://tsdbadmin:hunter@x.tsdb.cloud.timescale.com:37177/tsdb?sslmode=require",
         "x.tsdb.cloud.timescale.com", 37177, "sslmode=require"),
        ("Crunchy Bridge", "postgres://application:hunter@p.x.db.postgresbridge.com:5432/postgres",
         "p.x.db.postgresbridge.com", 5432, None),
        ("JDBC's words", "postgresql://u:hunter@h/db?ssl=true&prepareThreshold=0", "h", None, "sslmode=require"),
        ("keepalives", "postgresql://u:hunter@h/db?connect_timeout=10&keepalives=1&keepalives_idle=30&gssencmode=disable",
         "h", None, None),
        ("IPv6", "postgresql://u:hunter@[2001:db8::1]:5433/db", "2001:db8::1", 5433, None),
        ("an encoded folder", "postgresql://u:hunter@%2Fvar%2Frun%2Fpostgresql/db", "/var/run/postgresql", None, None),
        ("a line break of the environment", "postgresql://u:hunter@h/db\n", "h", None, None),
    ],
)  # fmt: skip
def test_what_providers_write_is_read(
    provider: str, url: str, host: str, port: int | None, dsn: str | None
) -> None:
    arguments = read(url)
    assert arguments["host"] == [host]
    assert arguments.get("port") == (port and [port])
    assert arguments.get("dsn") == (dsn and f"postgresql://?{dsn}")
    assert arguments["password"] == "hunter"
    assert arguments["database"]


def test_a_url_that_names_nothing_leaves_it_to_the_environment() -> None:
    assert {name: value for name, value in read("postgresql://").items() if value} == {}
    assert read("postgresql:///db") == {"user": None, "password": None, "database": "db"}


@pytest.mark.parametrize(
    "written", ["a#b", "a?b", "a@b", "a:b", "a+b", "a%40b", "a%2Fb", "50%25", "100%", "ñ%C3%B1"]
)
def test_a_password_may_have_any_character_but_a_slash(written: str) -> None:
    meant = {"a%40b": "a@b", "a%2Fb": "a/b", "50%25": "50%", "ñ%C3%B1": "ññ"}.get(written, written)
    arguments = read(f"postgresql://u:{written}@h:5433/db?sslmode=require")
    assert (arguments["user"], arguments["password"], arguments["host"]) == ("u", meant, ["h"])


@pytest.mark.parametrize("folder", ["/data/R&D", "/data/a+b", "/data/50%25", "/data/a b", "/data/é#?"])
def test_the_folder_of_a_socket_may_have_any_character(folder: str) -> None:
    encoded = "".join(f"%{byte:02X}" for byte in folder.encode())
    assert read(f"postgresql://postgres@/postgres?host={encoded}")["host"] == [folder]


def test_several_servers_may_share_a_port_or_have_each_their_own() -> None:
    assert read("postgresql://one:1,two:2/db")["port"] == [1, 2]
    assert read("postgresql:///db?host=one,two&port=5544")["port"] == [5544, 5544]
    arguments = read("postgresql:///db?host=one,two&port=5544,5545&target_session_attrs=primary")
    assert (arguments["host"], arguments["port"]) == (["one", "two"], [5544, 5545])
    assert arguments["dsn"] == "postgresql://?target_session_attrs=primary"


@pytest.mark.parametrize(
    "rest", ["sslrootcert=system", "sslrootcert=system&sslmode=verify-full", "sslmode=verify-full"]
)
def test_the_certificates_that_the_machine_trusts_prove_the_server(rest: str) -> None:
    arguments = read(f"postgresql://u@h/db?{rest}")
    context: ssl.SSLContext = arguments["ssl"]
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert "dsn" not in arguments


def test_the_authority_alone_is_checked_where_the_url_says_so() -> None:
    context: ssl.SSLContext = read("postgresql://u@h/db?sslmode=verify-ca")["ssl"]
    assert (context.check_hostname, context.verify_mode) == (False, ssl.CERT_REQUIRED)


def test_a_pooler_may_be_named() -> None:
    assert read_connection_url("postgresql://h/db?pgbouncer=true").through_pooler
    assert not read_connection_url("postgresql://h/db?pgbouncer=false").through_pooler
    assert not read_connection_url("postgresql://h/db").through_pooler


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("mysql://u:hunter@h/db", "must begin with postgresql://, postgres://"),
        ("postgresql://u:hunter@h:port/db", "port that is no number"),
        ("postgresql://u:hunter@h:99999/db", "port that is no number"),
        ("postgresql://u:hunter@h:0/db", "port that is no number"),
        ("postgresql://u:hun/ter@h/db", "/ is written %2F"),
        ("postgresql://u:hunter@h/db?port=x", "port that is no number"),
        ("postgresql://u:hunter@/db?host=a,b&port=1,2,3", "has 2 hosts, but 3 ports"),
        (
            "postgresql://u:hunter@h/db?sslmode=maybe",
            "sslmode must be one of disable, allow, prefer, require",
        ),
        (
            "postgresql://u:hunter@h/db?sslrootcert=/nowhere",
            "sslrootcert names a file that cannot be read: /nowhere",
        ),
        ("postgresql://u:hunter@[::1/db", "an IPv6 address is written in brackets"),
        ("u:hunter@h/db", "must begin with postgresql://"),
    ],
)
def test_what_cannot_be_used_is_refused_without_a_piece_of_the_password(url: str, line: str) -> None:
    with pytest.raises(BadDatabaseUrl) as refused:
        read_connection_url(url)
    assert line in str(refused.value)
    assert "hun" not in str(refused.value)
    assert "ter@" not in str(refused.value)


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "root.crt"
    file.write_text("nothing")
    with pytest.raises(BadDatabaseUrl, match="sslrootcert names a file without certificates"):
        read_connection_url(f"postgresql://h/db?sslrootcert={file}")


def test_nothing_that_is_logged_of_it_shows_the_password() -> None:
    url: ConnectionUrl = read_connection_url("postgresql://u:hunter@h/db")
    assert "hunter" not in repr(url)
