"""Lock files say what is installed, not from where."""

import json
from typing import Any

import pytest

from tests.support.program import ROOT

NPM = ("client/package-lock.json", "bench/peers/node/package-lock.json")
PYTHON = tuple(sorted(path.name for path in ROOT.glob("requirements*.lock")))


@pytest.mark.parametrize("name", [*NPM, *PYTHON])
def test_a_lock_file_names_no_host(name: str) -> None:
    """npm writes `funding` back with every install: take it out again, and the rest stays as it is."""
    assert "://" not in (ROOT / name).read_text()


@pytest.mark.parametrize("name", NPM)
def test_what_a_lock_file_names_can_be_checked(name: str) -> None:
    packages: dict[str, Any] = json.loads((ROOT / name).read_text())["packages"]
    installed = {key: one for key, one in packages.items() if "node_modules/" in key and not one.get("link")}
    assert installed
    assert [key for key, one in installed.items() if "integrity" not in one] == []
