"""Finds the build of the web client that this program serves."""

from importlib.resources import files
from pathlib import Path


def built_client() -> Path:
    """The folder of the build: inside the package in a wheel (`setup.py`), else where Vite writes it in a checkout.

    In a checkout it may not exist yet.
    """
    package = Path(str(files("bitworks")))
    installed = package / "web_client"
    return installed if installed.is_dir() else package.parent / "client" / "app" / "dist"
