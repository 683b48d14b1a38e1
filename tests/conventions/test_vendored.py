"""Other people's scripts are kept unchanged, with their version and licence (VENDORED.json)."""

import hashlib
import json
from typing import Any

import pytest

from .places import STATIC

VENDOR = STATIC / "vendor"
RECORDS = json.loads((VENDOR / "VENDORED.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["name"])
def test_vendored_file_is_the_published_one(record: dict[str, Any]) -> None:
    content = (VENDOR / record["file"]).read_bytes()
    assert len(content) == record["size"]
    assert hashlib.sha256(content).hexdigest() == record["sha256"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record["name"])
def test_vendored_file_comes_with_its_licence(record: dict[str, Any]) -> None:
    assert record["licence"] in {"0BSD", "MIT"}
    assert "THE SOFTWARE IS PROVIDED" in (VENDOR / record["licence_file"]).read_text(encoding="utf-8")


def test_nothing_in_the_folder_is_unrecorded() -> None:
    recorded = {name for record in RECORDS for name in (record["file"], record["licence_file"])}
    assert {path.name for path in VENDOR.iterdir()} == recorded | {"VENDORED.json"}
