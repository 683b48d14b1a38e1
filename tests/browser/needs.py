"""What the browser tests need from the machine; they are left out in plain words where it is not there."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

# The same browser twice: without a window it starts and opens pages two to three times as fast.
BROWSERS = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"]
ROOT = Path(__file__).resolve().parents[2]


def missing(what: str) -> NoReturn:
    """Leave the test out, saying why. Where CI=true it fails: there nothing may pass by not running."""
    message = f"browser test not run: {what}"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def chromium() -> str:
    """The path of the browser: CRM_CHROMIUM, or the first of Debian's two that is installed."""
    named = os.environ.get("CRM_CHROMIUM")
    for path in [named] if named else BROWSERS:
        if Path(path).exists():
            return path
    missing("no Chromium (apt-get install chromium-headless-shell, or name one in CRM_CHROMIUM)")


def node() -> str:
    """The path of node, with the packages of package.json beside it."""
    path = shutil.which("node")
    if path is None:
        missing("node is not installed, and the IE 11 mask needs it")
    node_package("acorn/package.json")
    node_package("postcss/package.json")
    return path


def node_package(inside: str) -> Path:
    """A file of the packages of package.json, such as `axe-core/axe.min.js`."""
    path = ROOT / "node_modules" / inside
    if not path.exists():
        missing(f"node_modules/{inside} is not there (npm ci)")
    return path
