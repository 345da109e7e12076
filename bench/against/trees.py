"""The other tree: a worktree of its commit, with an environment of its own.

Worktrees are kept in `.data/against` of this checkout, which Git ignores, for when they are asked for again:
the last three.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

from bench.against.judgement import Side
from bench.contenders import Contender
from bench.faults.cluster import PROGRAM, ROOT

WORKTREES = ROOT / ".data" / "against"
KEPT = 3
DIGITS = 12  # of a commit's hash, in the name of its folder
LOCK = "requirements-bench.lock"
STAMP = ".stamp-against"
LAST_LINES = 20

# Both in a process of the other tree, which knows how it is laid out.
INSTALL = "import prepare; prepare.prepare_python(prepare.LOCKS['bench'])"
LINK = "import prepare; prepare.link_checkout()"
# Starts the program, and tells last which files it was loaded from.
LOADED = """
import json, runpy, sys
sys.argv = [sys.argv[1], "--help"]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit:
    pass
print(json.dumps([one.__file__ for one in [*sys.modules.values()] if getattr(one, "__file__", None)]))
"""


class NotComparable(Exception):
    """Nothing was measured. Told with what a person can mend."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A checkout, the program that serves it, and what people call it."""

    side: Side
    name: str
    root: Path
    program: tuple[str, ...]

    @property
    def contender(self) -> Contender:
        """It has a database of its own, which this does not make."""
        return Contender(self.side, (*self.program, "serve"), ours=True, database=self.side, root=self.root)


def this_tree() -> Tree:
    """As it is, with what has not been committed."""
    return Tree(
        "this",
        git("describe", "--always", "--dirty", f"--abbrev={DIGITS}", "--exclude=*"),
        ROOT,
        tuple(PROGRAM),
    )


def that_tree(name: str) -> Tree:
    """The tree of a commit, ready to be served. Raises `NotComparable`."""
    commit = commit_of(name)
    root = check_out(commit, WORKTREES)
    prune(WORKTREES, keep=KEPT)
    prepare_environment(root)
    check_own_code(root)
    return Tree("that", commit[:DIGITS], root, (str(_program(root)),))


def _program(root: Path) -> Path:
    return root / ".venv" / "bin" / "bitworks"


# The worktree


def git(*words: str, at: Path = ROOT) -> str:
    """What it says. Raises `NotComparable` with its complaint."""
    done = subprocess.run(["git", "-C", str(at), *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotComparable(done.stderr.strip() or f"git {words[0]} failed")
    return done.stdout.strip()


def commit_of(name: str, repository: Path = ROOT) -> str:
    """The hash of a commit that is given in any form which Git knows. Raises `NotComparable`."""
    try:
        return git("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}", at=repository)
    except NotComparable:
        raise NotComparable(f"There is no commit {name} here.") from None


def check_out(commit: str, folder: Path, repository: Path = ROOT) -> Path:
    """The worktree of a commit below `folder`: that of an earlier run if it is clean, else a new one. Raises
    `NotComparable` for one that has been changed.
    """
    root = folder / commit[:DIGITS]
    if root.exists():
        _check_clean(root, commit)
    else:
        # By force: Git may still know of one whose folder was removed by hand.
        git("worktree", "add", "--force", "--detach", str(root), commit, at=repository)
    os.utime(root)
    return root


def _check_clean(root: Path, commit: str) -> None:
    if not (root / ".git").is_file():  # else Git would answer for the checkout around it
        raise NotComparable(f"{root} is no worktree. Remove it: rm -r {root}")
    if git("status", "--porcelain", at=root) or git("rev-parse", "HEAD", at=root) != commit:
        raise NotComparable(
            f"The worktree {root} has been changed. Remove it: git worktree remove --force {root}"
        )


def prune(folder: Path, repository: Path = ROOT, *, keep: int) -> None:
    """Removes worktrees but for those used last. One that has been changed stays, for who changed it."""
    latest_first = sorted(folder.iterdir(), key=lambda root: root.stat().st_mtime, reverse=True)
    for root in latest_first[keep:]:
        try:
            git("worktree", "remove", str(root), at=repository)
        except NotComparable as refused:
            print(f"{root} was not removed: {refused}", file=sys.stderr)


# Its environment


def prepare_environment(root: Path) -> None:
    """`.venv` with the packages that the tree has locked, and the tree's own program. Where its lock file is
    that of this checkout, the packages are those that this process runs with, so nothing is installed.
    Raises `NotComparable`.
    """
    shared = (root / LOCK).exists() and (root / LOCK).read_bytes() == (ROOT / LOCK).read_bytes()
    packages = sysconfig.get_path("purelib")
    wanted = f"those of {packages}" if shared else f"its own, for Python {platform.python_version()}"
    stamp = root / ".venv" / STAMP
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(root / ".venv", ignore_errors=True)
    if shared:
        _share_packages(root, packages)
    else:
        _run_in(root, sys.executable, "-c", INSTALL, paths="tools")
    stamp.write_text(wanted)


def _share_packages(root: Path, packages: str) -> None:
    """What `.pth` files there are among the packages, such as that of this checkout, has no effect there."""
    environment = root / ".venv"
    venv.create(environment)
    own = sysconfig.get_path("purelib", "venv", {"base": str(environment)})
    (Path(own) / "shared.pth").write_text(f"{packages}\n")
    _run_in(root, sys.executable, "-c", LINK, paths="tools")
    # It is looked for beside Python.
    (environment / "bin" / "dbmate").symlink_to(Path(sysconfig.get_path("scripts")) / "dbmate")


def check_own_code(root: Path) -> None:
    """That the program starts, from the tree's own code and none of this checkout's. Raises `NotComparable`.

    Only what starts the program is asked to: where the modules are, is another matter in each tree.
    """
    said = _run_in(root, str(root / ".venv" / "bin" / "python"), "-c", LOADED, str(_program(root)))
    files = [Path(name).resolve() for name in json.loads(said.splitlines()[-1])]
    own = [file for file in files if _is_code_of(root, file)]
    strange = [file for file in files if file not in own and _is_code_of(ROOT, file)]
    if strange or not own:
        raise NotComparable(f"{_program(root)} does not run the code of its tree, but {strange or files}")


def _is_code_of(root: Path, file: Path) -> bool:
    """Of the tree itself, and not of the packages in its environment."""
    return file.is_relative_to(root.resolve()) and "site-packages" not in file.parts


def _run_in(root: Path, *command: str, paths: str = "") -> str:
    """What a program says that runs in the tree, with modules from there. Raises `NotComparable`."""
    environment = {**os.environ, "PYTHONPATH": str(root / paths)}
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    if done.returncode:
        raise NotComparable(f"{root} cannot be run:\n{last_lines(done.stdout + done.stderr)}")
    return done.stdout


def last_lines(said: str) -> str:
    return "\n".join(said.rstrip().splitlines()[-LAST_LINES:])
