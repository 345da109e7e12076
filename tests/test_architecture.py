"""ARCHITECTURE.md names what is there, and all of it; the other documents name files that exist."""

import re
from pathlib import Path

import pytest

# Where a path of the page may begin: at the top, in the package, in its features.
ROOTS = ("", "bitworks", "bitworks/features", "realtime/delivery", "bitworks/features/streaming")
ROOMS = ("bitworks", "rest", "realtime", "storage", "client")


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "ARCHITECTURE.md").read_text(encoding="utf-8")


def test_every_path_that_it_names_exists(repository: Path, page: str) -> None:
    named = set(re.findall(r"`([\w./-]+(?:/|\.(?:py|sql|ts|tsx|toml|md|json)))`", page))
    assert len(named) > 40
    inside = {"records.py", "inputs.py", "operations.py", "store.py", "store/", "worker.py", ".sql"}
    missing = {
        name
        for name in named - inside
        if not name.startswith("/")  # an address
        and not any((repository / root / name).exists() or _anywhere(repository, name) for root in ROOTS)
    }
    assert missing == set()


def test_every_class_that_it_names_exists(repository: Path, page: str) -> None:
    named = set(re.findall(r"`(?:[a-z_]+\.)?([A-Z][a-z]+[A-Za-z]*)(?:\.[a-z_]+)?`", page))
    sources = (path for room in ROOMS[:-1] for path in (repository / room).rglob("*.py"))
    classes = {
        name for path in sources for name in re.findall(r"^class (\w+)", path.read_text("utf-8"), re.M)
    }
    assert len(named) > 8
    assert named - classes == set()


def _anywhere(repository: Path, name: str) -> bool:
    """A bare file name stands for one in the room that the sentence is about."""
    if "/" in name:
        return False
    found = (path for room in ROOMS for path in (repository / room).rglob(name))
    return any("node_modules" not in path.parts for path in found)


def test_every_room_is_in_its_drawing(repository: Path, page: str) -> None:
    drawing = page.split("```")[1]
    rooms = {
        path.name
        for parent in ("bitworks", "bitworks/features", "bitworks/hosting", "realtime")
        for path in (repository / parent).iterdir()
        if path.is_dir() and not path.is_symlink() and path.name not in ("__pycache__", "play")
    } | {"rest", "storage", "realtime"}
    assert {room for room in rooms if f"{room}/" not in drawing} == set()


def test_every_file_in_its_drawing_exists(repository: Path, page: str) -> None:
    named = set(re.findall(r"\b\w+\.py\b", page.split("```")[1]))
    assert len(named) > 2
    assert {name for name in named if not (repository / "bitworks/hosting" / name).exists()} - {
        "tasks.py"
    } == set()


def test_the_protocols_that_point_up_are_those_that_it_lists(repository: Path, page: str) -> None:
    paragraph = page.split("## Protocols that point up")[1].split("## ")[0]
    listed = set(re.findall(r"`(?:history|sync)\.(\w+)`", paragraph))
    sources = [
        path
        for feature in ("history", "sync")
        for path in (repository / "bitworks/features" / feature).rglob("*.py")
    ]
    declared = {
        name
        for path in sources
        for name in re.findall(r"^class (\w+)\(Protocol\)", path.read_text("utf-8"), re.M)
    }
    assert listed == declared
    assert len(listed) <= 5


def test_every_path_that_the_other_documents_name_exists(repository: Path) -> None:
    documents = [
        *(repository / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
        *(repository / "docs").glob("*.md"),
        *(repository / "client").glob("README.md"),
        *(repository / "client").glob("*/README.md"),
    ]
    missing = {
        (document.name, name)
        for document in documents
        for name in re.findall(
            r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|sql|tsx?|toml|json|md))`", document.read_text(encoding="utf-8")
        )
        if not any((root / name).exists() for root in (repository, document.parent))
    }
    assert missing == set()


def test_its_glossary_stays_short(page: str) -> None:
    glossary = page.split("## Words")[1].split("## ")[0]
    assert len([line for line in glossary.splitlines() if line.startswith("|")]) - 2 <= 40
