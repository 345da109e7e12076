"""Two trees are measured in turn, each with its own code and database, and judged by neighbouring turns."""

import subprocess
from math import inf
from pathlib import Path

import pytest
from rich.console import Console

from bench.__main__ import chosen
from bench.against.comparison import compare, measure
from bench.against.judgement import Measured, cost_ratio, judge, median_interval, turns
from bench.against.report import Comparison, show
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
from bench.faults.cluster import PROGRAM, ROOT, PostgreSQL, Valkey
from bench.rows import ROWS
from bench.rows.row import FULL, SHORT, Figures, Form, Judged, Row
from bench.stage import people

COST, RATE = Judged("cost", "ms"), Judged("rate", "1/s", "more")
quiet = Console(quiet=True)


def measured_of(this: list[float], that: list[float]) -> Measured:
    return {"this": [{"cost": one} for one in this], "that": [{"cost": one} for one in that]}


# The plan of turns


def test_neighbouring_turns_change_who_is_first() -> None:
    assert list(turns(3)) == [("this", "that"), ("that", "this"), ("this", "that")]


def test_a_drift_raises_one_ratio_as_it_lowers_the_next() -> None:
    measured: Measured = {"this": [], "that": []}
    cost = 1.0
    for order in turns(16):
        for side in order:
            measured[side].append({"cost": cost})
            cost *= 1.05
    assert judge(COST, measured).ratio == pytest.approx(1.0, abs=0.01)


# The interval


def test_the_interval_of_fifteen_goes_from_the_fourth_to_the_twelfth() -> None:
    assert median_interval(list(range(15, 0, -1))) == (4, 12)


def test_the_interval_of_an_even_number_is_between_measured_values_too() -> None:
    assert median_interval(list(range(1, 17))) == (4, 13)
    assert median_interval(list(range(1, 21))) == (6, 15)


def test_six_values_hold_the_median_between_the_least_and_the_most_and_five_do_not() -> None:
    assert median_interval([3, 1, 2, 6, 5, 4]) == (1, 6)
    assert median_interval([1, 2, 3, 4, 5]) is None
    assert median_interval([]) is None


def test_ties_are_an_interval_of_one_point() -> None:
    assert median_interval([1.0] * 15) == (1.0, 1.0)
    assert median_interval([1.0] * 12 + [9.0] * 3) == (1.0, 1.0)


def test_the_outermost_values_of_fifteen_do_not_move_the_interval() -> None:
    calm = [1.0] * 9
    assert median_interval([*calm, 0.1, 0.1, 0.1, 90.0, 90.0, 90.0]) == (1.0, 1.0)


# The verdict


def test_more_of_a_rate_is_less_of_a_cost() -> None:
    assert cost_ratio(COST, 3.0, 2.0) == 1.5
    assert cost_ratio(RATE, 3.0, 2.0) == pytest.approx(2 / 3)


def test_what_cost_nothing_is_not_divided_by() -> None:
    assert cost_ratio(COST, 0.0, 0.0) == 1.0
    assert cost_ratio(COST, 1.0, 0.0) == inf
    assert cost_ratio(RATE, 0.0, 1.0) == inf


def test_ratios_are_of_the_turns_of_a_round_and_not_of_medians() -> None:
    judged = judge(COST, measured_of([1.0, 20.0, 300.0], [2.0, 10.0, 600.0]))
    assert judged.ratios == [0.5, 2.0, 0.5]
    assert (judged.ratio, judged.this, judged.that) == (0.5, 20.0, 10.0)


def test_the_median_of_an_even_number_of_ratios_is_between_the_two_in_the_middle() -> None:
    judged = judge(COST, measured_of([1.0] * 8 + [1.5] * 8, [1.0] * 16))
    assert judged.ratio == 1.25
    assert judged.interval == (1.0, 1.5)


@pytest.mark.parametrize(
    ("ratios", "verdict"),
    [
        ([1.0] * 15, "holds"),
        ([1.03] * 15, "holds"),
        ([1.04] * 15, "costs more than 3 %"),
        # The median is above what is allowed, but the interval begins below it.
        ([1.02] * 4 + [1.2] * 11, "holds"),
        ([1.02] * 3 + [1.2] * 12, "costs more than 3 %"),
        ([0.5] * 15, "holds"),
    ],
)
def test_a_cost_is_found_where_the_whole_interval_is_above_what_is_allowed(
    ratios: list[float], verdict: str
) -> None:
    assert judge(COST, measured_of(ratios, [1.0] * 15)).verdict == verdict


def test_fourteen_pairs_judge_nothing() -> None:
    assert judge(COST, measured_of([1.0] * 14, [1.0] * 14)).verdict == "judges nothing"


# The rows


def test_every_row_that_the_issues_name_is_judged() -> None:
    judged = {row.name for row in ROWS if row.judged}
    assert judged == {"write-64", "fan-out", "catch-up", "pages", "memory"}


def test_a_figure_that_the_table_shows_has_the_same_unit_where_it_is_judged() -> None:
    for row in ROWS:
        for one in row.judged:
            assert row.units.get(one.figure, one.unit) == one.unit, row.name


def comparison(directory: Path, form: Form = FULL) -> Comparison:
    return Comparison("abc", "def", form, directory)


async def test_each_round_is_written_once_both_have_had_their_turn(tmp_path: Path) -> None:
    asked: list[str] = []

    async def fail_in_the_sixth_turn(on: Machines, contender: Contender, form: Form) -> Figures:
        asked.append(contender.name)
        if len(asked) == 6:
            raise ConnectionError
        return {"cost": 1.0}

    row = Row("one", "one", ("ours",), fail_in_the_sixth_turn, {"cost": "ms"}, judged=(COST,))
    nowhere = Machines(tmp_path, PostgreSQL(tmp_path), Valkey(tmp_path, 1), "")
    written = comparison(tmp_path)
    with pytest.raises(ConnectionError):
        await measure(
            row, nowhere, {"this": Contender("A", ()), "that": Contender("B", ())}, FULL, 15, written
        )
    assert asked == ["A", "B", "B", "A", "A", "B"]
    assert written.rows["one"][0].ratios == [1.0, 1.0]
    assert not written.holds([row])


def test_every_judged_row_is_written_with_its_plot_and_shown(tmp_path: Path) -> None:
    written = comparison(tmp_path)
    rows = [row for row in chosen(None) if row.judged]
    for row in rows:
        figures = [{one.figure: 2.0 for one in row.judged}] * 15
        written.add(row, {"this": figures, "that": figures})
        assert (tmp_path / "def" / f"{row.name}.png").stat().st_size > 0
        assert (tmp_path / "def" / f"{row.name}.json").stat().st_size > 0
    show(written, quiet)
    assert written.holds(rows)


def test_a_row_that_was_not_measured_does_not_hold(tmp_path: Path) -> None:
    assert not comparison(tmp_path).holds(ROWS[:1])


def test_a_short_run_judges_nothing_however_often_it_measures(tmp_path: Path) -> None:
    row = next(row for row in ROWS if row.name == "memory")
    short = comparison(tmp_path, SHORT)
    short.add(row, {"this": [{"memory": 9.0}] * 15, "that": [{"memory": 1.0}] * 15})
    assert [one.verdict for one in short.rows["memory"]] == ["judges nothing"]
    assert short.holds([row])


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
