"""The locks name every package with its hash and no place to fetch it from."""

import json
import re
from pathlib import Path

import pytest

from .places import ROOT

LOCKS = sorted(ROOT.glob("requirements*.lock"))
PIN = re.compile(r"^([a-z0-9.\[\]-]+==[^\s;]+)(.*?)(?=^[a-z]|\Z)", re.MULTILINE | re.DOTALL)


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / name).read_text(encoding="utf-8")))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_has_a_hash(lock: Path) -> None:
    assert pins(lock.name)
    assert [pin for pin, rest in pins(lock.name).items() if "--hash=sha256:" not in rest] == []


def test_tests_run_with_the_versions_that_are_served() -> None:
    assert pins("requirements.lock").keys() <= pins("requirements-dev.lock").keys()


def test_npm_lock_has_hashes_and_no_addresses() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert [name for name, record in packages.items() if name and "integrity" not in record] == []
    assert [name for name, record in packages.items() if "://" in json.dumps(record)] == []
