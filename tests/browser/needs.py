"""What the browser tests need from the machine; they are left out in plain words where it is not there."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def missing(what: str) -> None:
    """Leave the test out, saying why. Where CI=true a missing tool is a failure: nothing may pass by not running."""
    message = f"browser test not run: {what}"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def chromium() -> str:
    """The path of the browser: CRM_CHROMIUM, or Debian's."""
    path = os.environ.get("CRM_CHROMIUM") or "/usr/bin/chromium"
    if not Path(path).exists():
        missing(f"no Chromium at {path} (apt-get install chromium, or name another one in CRM_CHROMIUM)")
    return path


def node() -> str:
    """The path of node, with the packages of package.json beside it."""
    path = shutil.which("node")
    if path is None:
        missing("node is not installed, and the IE 11 mask needs it")
    node_package("acorn/package.json")
    node_package("postcss/package.json")
    return str(path)


def node_package(inside: str) -> Path:
    """A file of the packages of package.json, such as `axe-core/axe.min.js`."""
    path = ROOT / "node_modules" / inside
    if not path.exists():
        missing(f"node_modules/{inside} is not there (npm ci)")
    return path
