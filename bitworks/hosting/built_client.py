"""Where the build of the web client is that this program serves."""

from importlib.resources import files
from pathlib import Path


def built_client() -> Path:
    """A wheel brings it inside the package (`setup.py`); in a checkout it is where Vite has put it.

    There may be none yet in a checkout.
    """
    package = Path(str(files("bitworks")))
    installed = package / "web_client"
    return installed if installed.is_dir() else package.parent / "client" / "app" / "dist"
