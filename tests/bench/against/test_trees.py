"""The other tree: its worktree, its environment, and its server beside ours."""

import subprocess
from pathlib import Path

import pytest
from rich.console import Console

from bench.against.comparison import compare
from bench.against.trees import (
    LOCK,
    NotComparable,
    Tree,
    check_out,
    check_own_code,
    commit_of,
    last_lines,
    prepare_environment,
    prune,
)
from bench.contenders import Contender, Machines
from bench.faults.cluster import PROGRAM, ROOT
from bench.rows.row import SHORT, Figures, Form, Judged, Row
from bench.stage import people
from tests.support.comparisons import comparison

COST = Judged("cost", "ms")
quiet = Console(quiet=True)
pytestmark = pytest.mark.servers


# The other tree


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits of a tree whose program says nothing."""
    root = tmp_path / "repository"
    (root / "tools").mkdir(parents=True)
    (root / "tools" / "prepare.py").write_text(PREPARE)
    (root / "ours.py").write_text("def main():\n    pass\n")
    (root / ".gitignore").write_text(".venv\n__pycache__\n")
    (root / LOCK).write_bytes((ROOT / LOCK).read_bytes())
    run_git(root, "init", "--quiet")
    commit(root)
    commit(root)
    return root


# As ours, without the packages.
PREPARE = """
import pathlib, venv
ROOT = pathlib.Path(__file__).parent.parent
LOCKS = {"bench": "requirements-bench.lock"}

def prepare_python(lock):
    venv.create(ROOT / ".venv")
    link_checkout()
    (ROOT / ".venv" / "installed").write_text((ROOT / lock).read_text())

def link_checkout():
    (ROOT / ".venv" / "bin" / "bitworks").write_text("from ours import main; main()")
"""


def run_git(root: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.org", "-C", str(root), *words],
        check=True,
    )


def commit(root: Path) -> None:
    run_git(root, "add", "--all")
    run_git(root, "commit", "--quiet", "--allow-empty", "--message", "A commit.")


def checked_out(repository: Path, name: str = "HEAD") -> Path:
    return check_out(commit_of(name, repository), repository.parent / "trees", repository)


def test_a_commit_that_is_not_there_is_named(repository: Path) -> None:
    with pytest.raises(NotComparable, match="There is no commit nowhere here"):
        commit_of("nowhere", repository)


def test_what_looks_like_an_option_is_a_commit_that_is_not_there(repository: Path) -> None:
    with pytest.raises(NotComparable, match="There is no commit --all here"):
        commit_of("--all", repository)


def test_a_clean_worktree_is_taken_again(repository: Path) -> None:
    first = checked_out(repository)
    (first / ".venv").mkdir()
    assert checked_out(repository) == first
    assert (first / ".venv").exists()


def test_a_worktree_that_was_changed_is_refused(repository: Path) -> None:
    (checked_out(repository) / "ours.py").write_text("def main():\n    print()\n")
    with pytest.raises(NotComparable, match="has been changed"):
        checked_out(repository)


def test_a_worktree_that_stands_at_another_commit_is_refused(repository: Path) -> None:
    run_git(checked_out(repository), "checkout", "--quiet", "HEAD~1")
    with pytest.raises(NotComparable, match="has been changed"):
        checked_out(repository)


def test_a_folder_that_is_no_worktree_is_not_taken_for_the_checkout_around_it(repository: Path) -> None:
    (repository.parent / "trees" / commit_of("HEAD", repository)[:12]).mkdir(parents=True)
    with pytest.raises(NotComparable, match="is no worktree"):
        checked_out(repository)


def test_a_worktree_whose_folder_was_removed_by_hand_is_made_anew(repository: Path) -> None:
    first = checked_out(repository)
    subprocess.run(["rm", "-r", str(first)], check=True)
    assert (checked_out(repository) / "ours.py").exists()


def test_the_worktrees_that_were_not_used_last_are_removed_with_their_environments(repository: Path) -> None:
    earlier = checked_out(repository, "HEAD~1")
    (earlier / ".venv").mkdir()
    later = checked_out(repository)
    prune(later.parent, repository, keep=1)
    assert list(later.parent.iterdir()) == [later]


def test_a_worktree_that_was_changed_is_not_removed(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = checked_out(repository, "HEAD~1")
    (earlier / "note").write_text("mine")
    prune(earlier.parent, repository, keep=0)
    assert (earlier / "note").exists()
    assert "was not removed" in capsys.readouterr().err


# Its environment


def test_a_tree_with_the_same_lock_file_shares_the_packages_and_runs_its_own_code(repository: Path) -> None:
    tree = checked_out(repository)
    prepare_environment(tree)
    check_own_code(tree)
    assert not (tree / ".venv" / "installed").exists()
    python = str(tree / ".venv" / "bin" / "python")
    found = subprocess.check_output([python, "-c", "import asyncpg; print(asyncpg.__file__)"], text=True)
    assert "site-packages" in found


def test_a_tree_with_another_lock_file_installs_what_it_says(repository: Path) -> None:
    (repository / LOCK).write_text("other==1\n")
    commit(repository)
    tree = checked_out(repository)
    prepare_environment(tree)
    check_own_code(tree)
    assert (tree / ".venv" / "installed").read_text() == "other==1\n"


def test_an_environment_is_made_once(repository: Path) -> None:
    tree = checked_out(repository)
    prepare_environment(tree)
    (tree / ".venv" / "here").touch()
    prepare_environment(tree)
    assert (tree / ".venv" / "here").exists()


def test_an_environment_that_was_not_finished_is_made_anew(repository: Path) -> None:
    tree = checked_out(repository)
    (tree / ".venv" / "bin").mkdir(parents=True)
    prepare_environment(tree)
    check_own_code(tree)


def test_a_program_that_runs_the_code_of_this_checkout_is_refused(repository: Path) -> None:
    (repository / "ours.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nimport bench\ndef main():\n    pass\n"
    )
    commit(repository)
    tree = checked_out(repository)
    prepare_environment(tree)
    with pytest.raises(NotComparable, match="does not run the code of its tree"):
        check_own_code(tree)


def test_a_program_that_does_not_start_says_why(repository: Path) -> None:
    (repository / "ours.py").write_text("import nothing_of_this_name\n")
    commit(repository)
    tree = checked_out(repository)
    prepare_environment(tree)
    with pytest.raises(NotComparable, match="No module named 'nothing_of_this_name'"):
        check_own_code(tree)


def test_a_tree_that_cannot_be_prepared_says_why(repository: Path) -> None:
    (repository / "tools" / "prepare.py").unlink()
    commit(repository)
    with pytest.raises(NotComparable, match="No module named 'prepare'"):
        prepare_environment(checked_out(repository))


def test_of_a_long_log_the_last_lines_are_told() -> None:
    said = last_lines("\n".join(f"line {number}" for number in range(100)) + "\n")
    assert said.startswith("line 80\n")
    assert said.endswith("line 99")


# Both, served


async def users_of(on: Machines, contender: Contender, form: Form) -> Figures:
    """Adds one to the database of the tree, and counts them while it is served."""
    await people(on, contender, 1)
    async with on.serving(contender), on.database(contender) as connection:
        return {"cost": float(await connection.fetchval("select count(*) from users"))}


@pytest.mark.timeout(240)
async def test_each_tree_is_served_from_a_database_of_its_own(tmp_path: Path) -> None:
    row = Row("users", "users", ("ours",), users_of, {"cost": "users"}, judged=(COST,))
    trees = [Tree("this", "abc", ROOT, tuple(PROGRAM)), Tree("that", "def", ROOT, tuple(PROGRAM))]
    written = comparison(tmp_path, SHORT)
    assert await compare([row], trees, SHORT, 2, written, quiet)
    [judged] = written.rows["users"]
    assert (judged.this, judged.that, judged.ratios) == (1.5, 1.5, [1.0, 1.0])


@pytest.mark.timeout(240)
async def test_a_tree_that_is_not_served_ends_the_comparison_with_the_end_of_its_log(tmp_path: Path) -> None:
    refusing = ("sh", "-c", "test $0 = migrate || { echo lost my configuration; exit 1; }")
    with pytest.raises(NotComparable, match="lost my configuration"):
        await compare([], [Tree("that", "def", ROOT, refusing)], SHORT, 2, comparison(tmp_path), quiet)


@pytest.mark.timeout(240)
async def test_a_tree_that_does_not_migrate_ends_the_comparison_with_what_it_said(tmp_path: Path) -> None:
    refusing = ("sh", "-c", "echo lost my migrations; exit 1")
    with pytest.raises(NotComparable, match="lost my migrations"):
        await compare([], [Tree("that", "def", ROOT, refusing)], SHORT, 2, comparison(tmp_path), quiet)
