"""What remains of a failure, and what happens where the tools are missing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from .. import needs
from ..person import Person


@pytest.mark.ways("chromium", "nojs")
def test_a_failure_leaves_a_picture_and_the_page(enter: Callable[[str], Person], way: str) -> None:
    told = enter("li").leave_traces("self-test")
    picture = Path(told.split(": ")[1])
    assert picture.name == f"self-test-{way}.png"
    assert picture.stat().st_size > 0
    assert "昌隆貿易" in picture.with_suffix(".html").read_text(encoding="utf-8")


def test_a_missing_tool_leaves_the_test_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("CRM_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(pytest.skip.Exception, match="no Chromium"):
        needs.chromium()


def test_a_missing_tool_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="npm ci"):
        needs.node_package("no-such-package/index.js")
