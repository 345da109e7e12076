"""What guards the house bites in every room: a guard that names rooms could go dead in a move without a sound."""

import ast
import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import CodeType

import pytest
from blockbuster import BlockingError

LINKED = ("rest", "realtime", "storage")
# Each contract, broken by a line in a module: `{contract: (module, line)}`.
VIOLATIONS = {
    "Every import points down": ("core/bad.py", "import bitworks.hosting.settings"),
    "Features are layered among themselves": (
        "features/sync/bad.py",
        "import bitworks.features.history.kinds",
    ),
    "In the socket's room delivery knows no door, and the engine and forwarding know neither": (
        "realtime/delivery/bad.py",
        "import bitworks.realtime.socket.door",
    ),
    "The engine knows nothing of ours": ("realtime/engine/bad.py", "import bitworks.core.ids"),
    "The player is a client like any other": ("play/bad.py", "import bitworks.core.ids"),
    "Only the program knows the player": ("features/models/bad.py", "import bitworks.play.plan"),
    "PostgreSQL's driver only in storage and in the stores of features": ("rest/bad.py", "import asyncpg"),
    "Redis only in fanout": ("storage/bad.py", "import redis"),
    "RabbitMQ only in amqp": ("features/sync/worse.py", "import aio_pika"),
    "The core is pure: no I/O, no clock, no environment": ("core/worse.py", "import time"),
}


def rooms(repository: Path) -> list[Path]:
    """Every folder of the package that has modules, as they are imported."""
    found = {path.parent for path in (repository / "bitworks").rglob("*.py")}
    for name in LINKED:
        real = (repository / name).resolve()
        found |= {
            repository / "bitworks" / name / path.parent.relative_to(real) for path in real.rglob("*.py")
        }
    return sorted(found)


@pytest.fixture
def copy(repository: Path, tmp_path: Path) -> Path:
    """The package and what it is checked by, to be spoiled."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in ("bitworks", *LINKED, "migrations"):
        shutil.copytree(repository / name, tmp_path / name, symlinks=True, ignore=ignored)
    shutil.copy(repository / "pyproject.toml", tmp_path)
    return tmp_path


def check(copy: Path, *command: str) -> str:
    """What a checker prints that finds fault."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", *command],
        cwd=copy,
        env={"PYTHONPATH": str(copy), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.servers
def test_every_contract_of_the_layers_is_broken_by_an_import_against_it(copy: Path) -> None:
    for module, line in VIOLATIONS.values():
        (copy / "bitworks" / module).write_text(line + "\n")
    lint = "import sys; from importlinter.cli import lint_imports_command as run; sys.argv = ['lint-imports']; run()"
    said = subprocess.run(
        [sys.executable, "-P", "-c", lint],
        cwd=copy,
        env={"PYTHONPATH": str(copy), "PATH": "/usr/bin:/bin", "COLUMNS": "300"},
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    said = re.sub(r"\s+", " ", said)
    for contract in VIOLATIONS:
        assert f"{contract} BROKEN" in said, said


@pytest.mark.servers
def test_every_contract_is_tried(repository: Path) -> None:
    names = re.findall(r'^name = "(.*)"$', (repository / "pyproject.toml").read_text(), re.MULTILINE)
    assert set(names) - {"bitworks-message"} == set(VIOLATIONS)


@pytest.mark.servers
def test_a_wrong_type_is_found_in_every_room(repository: Path, copy: Path) -> None:
    here = [room.relative_to(repository) for room in rooms(repository)]
    for room in here:
        (copy / room / "wrong_type.py").write_text('number: int = "text"\n')
    said = check(copy, "mypy", "--cache-dir", str(copy / "cache"))
    for room in here:
        assert f"{room}/wrong_type.py:1: error" in said, room


def test_a_blocking_call_is_found_in_every_room(repository: Path) -> None:
    async def run(code: CodeType) -> None:
        exec(code)  # noqa: S102 - a line of our own

    for room in rooms(repository):
        code = compile("import time; time.sleep(0.001)", str(room / "blocking.py"), "exec")
        with pytest.raises(BlockingError):
            asyncio.run(run(code))


@pytest.mark.parametrize("name", [*LINKED, "migrations"])
@pytest.mark.servers
def test_the_bare_name_of_a_linked_folder_is_refused(repository: Path, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--stdin-filename", "bitworks/hosting/bare.py", "-"],
        input=f"import {name}\n",
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "TID251" in done.stdout


def test_the_core_awaits_nothing(repository: Path) -> None:
    waiting = (ast.Await, ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith)
    for path in (repository / "bitworks" / "core").glob("*.py"):
        assert not [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, waiting)], path


def test_sql_stands_in_sql_files_only(repository: Path) -> None:
    """But for the two lines that put the statements of all kinds together."""
    statement = re.compile(
        r"^\s*\(?(select\b.+\bfrom\b|insert into|update \w+ set|delete from)", re.IGNORECASE | re.DOTALL
    )
    found = {
        path.relative_to(repository).as_posix()
        for path in _modules(repository)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and statement.search(node.value)
    }
    assert found <= {"storage/kinds.py", "storage/migrations.py"}


def _modules(repository: Path) -> list[Path]:
    folders: list[Callable[[], list[Path]]] = [
        lambda name=name: sorted((repository / name).rglob("*.py")) for name in ("bitworks", *LINKED)
    ]
    return [path for folder in folders for path in folder()]
