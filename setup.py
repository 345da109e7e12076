"""What pyproject.toml cannot say: a wheel holds the built web client, and nothing of an earlier build."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

BUILT = Path("client/app/dist")
MISSING = "The web client is not built: run `make wheel`, or `npm run build` in client/."


class BuildWithClient(build_py):
    """Puts the web client beside the modules, where `bitworks.hosting.built_client` looks first.

    An editable installation has its checkout, and serves what is built there.
    """

    def run(self) -> None:
        if self.editable_mode:
            super().run()
            return
        if not (BUILT / "index.html").is_file():
            raise SetupError(MISSING)
        super().run()
        # `.stamp` says from which sources it was built, here.
        hidden = shutil.ignore_patterns(".*")
        shutil.copytree(BUILT, Path(self.build_lib, "bitworks", "web_client"), ignore=hidden)


# A folder of its own each time: setuptools would put into the wheel what it finds there of an earlier build.
with TemporaryDirectory(prefix="bitworks-wheel-") as scratch:
    setup(
        cmdclass={"build_py": BuildWithClient},
        options={"build": {"build_base": scratch}, "egg_info": {"egg_base": scratch}},
    )
