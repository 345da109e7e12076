"""The package has one name, and tells one version."""

import subprocess
import sys
from pathlib import Path

import pytest

from bitworks import __version__
from tests.support.package import LINKED, bare_names
from tests.support.program import ROOT, bitworks

IMPORT_ALL = """
import pkgutil, sys, bitworks
for module in pkgutil.walk_packages(bitworks.__path__, "bitworks."):
    __import__(module.name)
print(*sys.modules)
"""


@pytest.mark.servers
def test_no_module_of_ours_loads_a_linked_folder_by_its_bare_name() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], cwd=ROOT, capture_output=True, text=True, check=True
    )
    modules = done.stdout.split()
    assert {f"bitworks.{name}" for name in LINKED - {"migrations"}} <= set(modules)
    assert "bitworks.hosting.cli" in modules
    assert bare_names(modules) == []


def test_a_bare_name_would_be_found() -> None:
    assert bare_names(["bitworks.rest", "rest.door", "restful"]) == ["rest.door"]


def test_what_is_linked_stands_at_the_top_level() -> None:
    links = {path.name: path.readlink() for path in (ROOT / "bitworks").iterdir() if path.is_symlink()}
    assert links == {name: Path("..", name) for name in LINKED}


@pytest.mark.servers
def test_the_program_says_its_version() -> None:
    assert bitworks("--version").stdout == f"bitworks {__version__}\n"
