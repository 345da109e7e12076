"""The wheel is the whole product: one package, which serves where there is no checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp
import pytest

from bitworks import __version__
from tests.support.program import ROOT, a_person_at, processes_on, serving_with, stop

pytestmark = pytest.mark.servers

BUILD = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
HERE = "import bitworks, sys; print(bitworks.__file__, *sys.path, sep='\\n')"


def run(*command: str | Path, cwd: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Without what would show it the checkout."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return subprocess.run(
        command,
        cwd=cwd,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def build(source: Path, folder: Path, *options: str) -> Path:
    built = run(*BUILD, *options, "--wheel-dir", folder, source, cwd=folder)
    assert built.returncode == 0, built.stdout + built.stderr
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by what the lock file names, from this checkout and the client that was built in it."""
    return build(ROOT, tmp_path_factory.mktemp("wheel"), "--no-build-isolation")


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder with nothing of ours above it. What still runs there at the end is killed."""
    # Not below pytest's own folder: another run, starting, would close that to the database's user.
    with TemporaryDirectory(prefix="bitworks-test-") as folder:
        yield Path(folder)
        for process in processes_on(Path(folder)):
            process.kill()
            process.wait()


def empty_environment(folder: Path) -> Path:
    """Its folder of programs."""
    venv.create(folder, symlinks=True)
    return folder / "bin"


def lend_dependencies(programs: Path) -> None:
    """What the wheel depends on, from the environment of this test: installing it would take a minute.

    A folder that a `.pth` file names is not searched for more of them: that of this checkout has no effect.
    """
    [packages] = programs.parent.glob("lib/python*/site-packages")
    ours = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (packages / "lent.pth").write_text("\n".join(sorted(ours)))
    (programs / "dbmate").symlink_to(Path(sys.executable).parent / "dbmate")


def install(wheel: Path, programs: Path, *options: str) -> None:
    command = [sys.executable, "-m", "pip", "--python", programs / "python", "install", "--quiet"]
    installed = run(*command, *options, wheel, cwd=programs)
    assert installed.returncode == 0, installed.stderr


def assert_it_is_the_installed_one(programs: Path) -> None:
    told = run(programs / "python", "-c", HERE, cwd=programs)
    module, *path = told.stdout.splitlines()
    assert Path(module).is_relative_to(programs.parent), told
    assert str(ROOT) not in path


async def assert_it_serves(programs: Path, data: Path, http: aiohttp.ClientSession) -> None:
    """All of it: two workers, so that a PostgreSQL and a Valkey of its own are needed."""
    settings = {
        "PATH": "/usr/bin:/bin",
        "PORT": "0",
        "DATA_DIR": str(data / "data"),
        "WEB_CONCURRENCY": "2",
        "DATABASE_CONNECTIONS": "2",
        "BCRYPT_ROUNDS": "4",
    }
    with serving_with([programs / "bitworks", "serve"], settings, cwd=data) as (process, url):
        person = await a_person_at(url, http)
        conversation = await person.conversation()
        message = await person.message(conversation, "from a wheel")
        assert message["content"] == "from a wheel"
        for path in ("/", "/docs"):
            await assert_page_is_whole(http, url, path)
        async with http.get(f"{url}/openapi.json") as answer:
            assert (await answer.json())["info"]["version"] == __version__
        stop(process)
    assert processes_on(data) == []


async def assert_page_is_whole(http: aiohttp.ClientSession, url: str, path: str) -> None:
    """The page, and each file of ours that it names."""
    async with http.get(url + path) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        page = await answer.text()
    named = [part.split('"')[0] for part in page.replace('src="', 'href="').split('href="')[1:]]
    assert any(name.endswith(".js") for name in named)
    for name in named:
        async with http.get(url + name) as answer:
            assert (answer.status, await answer.read() != b"") == (200, True), name


def test_a_wheel_brings_one_top_level_name_and_in_it_the_migrations_and_the_client(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    about = f"bitworks_message-{__version__}.dist-info"
    assert {name.split("/")[0] for name in names} == {"bitworks", about}
    assert f"{about}/licenses/LICENSE" in names
    inside = {name.removeprefix("bitworks/") for name in names}
    assert {f"migrations/{path.name}" for path in (ROOT / "migrations").glob("*.sql")} <= inside
    assert {"web_client/index.html", "web_client/docs-assets/swagger-ui-bundle.js"} <= inside
    assert {"rest/openapi.py", "realtime/__init__.py", "storage/revisions.sql"} <= inside
    assert [name for name in names if "test" in name or "/." in name] == []


async def test_an_installed_wheel_serves_the_whole_product_where_there_is_no_checkout(
    wheel: Path, elsewhere: Path, http: aiohttp.ClientSession
) -> None:
    programs = empty_environment(elsewhere / "environment")
    lend_dependencies(programs)
    install(wheel, programs, "--no-deps", "--no-index")
    assert_it_is_the_installed_one(programs)
    said = run(programs / "bitworks", "--version", cwd=elsewhere)
    assert said.stdout == f"bitworks {__version__}\n"
    await assert_it_serves(programs, elsewhere, http)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_a_wheel_brings_what_it_needs_from_a_registry(
    elsewhere: Path, http: aiohttp.ClientSession
) -> None:
    """As anybody does it: `pip wheel .` with what builds it fetched too, and `pip install`."""
    (elsewhere / "wheel").mkdir()
    wheel = build(ROOT, elsewhere / "wheel")
    programs = empty_environment(elsewhere / "environment")
    install(wheel, programs)
    assert_it_is_the_installed_one(programs)
    await assert_it_serves(programs, elsewhere, http)


def test_without_a_built_client_a_wheel_is_refused_in_one_line(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bitworks").mkdir()
    shutil.copy(ROOT / "bitworks" / "__init__.py", tmp_path / "bitworks")
    refused = run(*BUILD, "--no-build-isolation", "--wheel-dir", tmp_path, tmp_path, cwd=tmp_path)
    assert refused.returncode != 0
    assert (
        "The web client is not built: run `make wheel`, or `npm run build` in client/."
        in refused.stdout + refused.stderr
    )
    assert "Traceback" not in refused.stdout + refused.stderr
    assert list(tmp_path.glob("*.whl")) == []
