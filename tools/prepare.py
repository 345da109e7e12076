"""Makes a checkout ready to run, test or pack, with nothing but Python and what the lock files name.

First it checks what it needs and prints, for each thing missing, one line with the command that mends it.
Every step leaves a stamp of what it was made from, so a second run does only what changed. It needs no
root, and it runs on any Python 3, so that an old one can be told so.
"""

import hashlib
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
CLIENT = ROOT / "client"
MIN_PYTHON = (3, 11)
MIN_NODE = 20
MIN_DISK_BYTES = 1_500_000_000
EMBEDDED = {("Linux", "x86_64"), ("Linux", "aarch64"), ("Darwin", "arm64")}
LOCKS = {
    "run": "requirements.lock",
    "test": "requirements-test.lock",
    "bench": "requirements-bench.lock",
    "wheel": "requirements-wheel.lock",  # what builds it, and nothing of what it needs
}
NOT_SOURCE = {"node_modules", "dist", "test-results", "playwright-report"}


def main() -> None:
    purpose = sys.argv[1]
    problems = list(missing(purpose))
    if problems:
        sys.exit("\n".join(problems))
    prepare_python(LOCKS[purpose])
    prepare_client()
    if purpose in ("test", "bench"):
        prepare_browser()


def missing(purpose):
    """One line for each thing that is missing, with the command that mends it."""
    if sys.version_info < MIN_PYTHON:
        yield "Python 3.11 or later is needed; this is %s. Run: make %s PYTHON=python3.11" % (
            platform.python_version(),
            purpose,
        )
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian ships it apart
    except ImportError:
        yield "Python's venv module is incomplete. Run: sudo apt-get install python3-venv"
    if shutil.disk_usage(str(ROOT)).free < MIN_DISK_BYTES:
        yield "1.5 GB of free disk are needed in %s. Free some, or clone elsewhere." % ROOT
    here = (platform.system(), platform.machine())
    elsewhere = purpose == "run" and os.environ.get("DATABASE_URL")
    if purpose != "wheel" and here not in EMBEDDED and not elsewhere:
        yield (
            "No embedded PostgreSQL for %s %s. Run: make run DATABASE_URL=postgresql://… SECRET_KEY=…" % here
        )
    if purpose == "run" and not port_is_free(int(os.environ.get("PORT", "8000"))):
        yield "Port %s is in use. Run: make run PORT=8001" % os.environ.get("PORT", "8000")


def port_is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((os.environ.get("HOST", "127.0.0.1"), port))
        except OSError:
            return False
    return True


def prepare_python(lock):
    """The virtual environment: what the lock file says, and this checkout where that is enough to run it."""
    stamp = VENV / (".stamp-" + lock)
    wanted = digest([ROOT / lock])
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("Installing Python packages (once)")
    if not (VENV / "bin" / "python").exists():
        venv.create(str(VENV), with_pip=True)
    run([VENV / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--no-warn-script-location", "--require-hashes", "-r", ROOT / lock])  # fmt: skip
    if lock != LOCKS["wheel"]:
        link_checkout()
    stamp.write_text(wanted)


def link_checkout():
    """Puts this checkout on the environment's path, and its program beside the environment's Python."""
    python = VENV / "bin" / "python"
    folder = subprocess.check_output(
        [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    ).strip()
    (Path(folder) / "bitworks.pth").write_text(str(ROOT) + "\n")
    program = VENV / "bin" / "bitworks"
    program.write_text("#!%s\nfrom bitworks.hosting.cli import main\n\nmain()\n" % python)
    program.chmod(0o755)


def prepare_client():
    """The web client's packages and its build."""
    installed, built = CLIENT / "node_modules" / ".stamp", CLIENT / "app" / "dist" / ".stamp"
    lock = digest([CLIENT / "package-lock.json"])
    source = digest(sources(CLIENT))
    if (
        built.exists()
        and built.read_text() == source
        and installed.exists()
        and installed.read_text() == lock
    ):
        return
    npm = find_npm()
    if not (installed.exists() and installed.read_text() == lock):
        say("Installing the web client's packages (once)")
        run([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=CLIENT)
        installed.write_text(lock)
    say("Building the web client")
    run([*npm, "run", "--silent", "build"], cwd=CLIENT)
    built.write_text(source)


def prepare_browser():
    """Once for all the programs that test in it."""
    if not (Path(tempfile.gettempdir()) / "chromium").exists():
        say("Unpacking a browser (once)")
        find_npm()
        run(["node", "scripts/unpack-browser.mjs"], cwd=CLIENT)


def find_npm():
    """npm of this machine if it is recent enough, else that of a wheel."""
    if shutil.which("npm") and node_version() >= MIN_NODE:
        return ["npm"]
    python = VENV / "bin" / "python"
    if not (VENV / "bin" / "npm").exists():
        say("Installing Node (none of version %d or later was found)" % MIN_NODE)
        run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             "--require-hashes", "-r", ROOT / "requirements-node.lock"])  # fmt: skip
    os.environ["PATH"] = "%s%s%s" % (VENV / "bin", os.pathsep, os.environ["PATH"])
    return [str(VENV / "bin" / "npm")]


def node_version():
    try:
        text = subprocess.check_output(["node", "--version"], text=True)
    except (OSError, subprocess.CalledProcessError):
        return 0
    return int(text.lstrip("v").split(".")[0])


def sources(folder):
    """Every file of ours below the folder."""
    for parent, folders, files in os.walk(str(folder)):
        folders[:] = sorted(name for name in folders if name not in NOT_SOURCE)
        for name in sorted(files):
            yield Path(parent) / name


def digest(paths):
    found = hashlib.sha256()
    for path in paths:
        found.update(str(path.relative_to(ROOT)).encode())
        found.update(path.read_bytes())
    return found.hexdigest()


def say(text):
    print("•", text, flush=True)


def run(command, cwd=ROOT):
    done = subprocess.run([str(part) for part in command], cwd=str(cwd), check=False)
    if done.returncode != 0:
        sys.exit("Failed: " + " ".join(str(part) for part in command[:4]))


if __name__ == "__main__":
    main()
