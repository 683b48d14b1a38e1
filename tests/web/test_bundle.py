"""The files of scripts that browsers get are made of the sources beside them."""

import gzip
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crm.app import CRM
from crm.web.bundle import BUNDLES, STATIC, bundle, stale_bundles, write_bundles
from tests.conventions.places import ROOT


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sources, with no files made of them."""
    for name in BUNDLES:
        shutil.copytree(STATIC / name, tmp_path / name)
    monkeypatch.setattr("crm.web.bundle.STATIC", tmp_path)
    return tmp_path


def test_what_is_missing_or_of_other_sources_is_made(scripts: Path) -> None:
    assert stale_bundles() == list(BUNDLES)
    write_bundles()
    assert stale_bundles() == []
    assert (scripts / "app.js").read_text(encoding="utf-8") == bundle("app")
    (scripts / "documents" / "99-more.js").write_text("more();\n", encoding="utf-8")
    assert stale_bundles() == ["documents"]
    write_bundles()
    assert (scripts / "documents.js").read_text(encoding="utf-8").endswith("more();\n")
    assert sorted(path.name for path in scripts.iterdir() if path.is_file()) == ["app.js", "documents.js"]


@pytest.mark.parametrize("command", ["serve", "start"])
def test_a_start_without_them_says_how_to_make_them(app: CRM, scripts: Path, command: str) -> None:
    result = app.test_cli_runner().invoke(args=[command])
    assert (result.exit_code, result.output) == (
        1,
        "Error: The browser scripts app.js and documents.js are not those of this version: "
        "./run makes them, or tools/prepare alone.\n",
    )


def test_the_standard_library_is_enough(scripts: Path) -> None:
    """They are made before anything is installed."""
    here = scripts / "checkout" / "crm"
    shutil.copytree(scripts / "app", here / "static" / "js" / "app")
    (here / "web").mkdir()
    shutil.copy(ROOT / "crm" / "web" / "bundle.py", here / "web")
    subprocess.run([sys.executable, "-I", "-S", here / "web" / "bundle.py"], check=True)
    assert (here / "static" / "js" / "app.js").read_text(encoding="utf-8") == bundle("app")


def test_the_scripts_stay_light() -> None:
    """Scripts and styles count in what a first visit may weigh."""
    assert len(gzip.compress(bundle("app").encode())) <= 16_400
    assert len(gzip.compress(bundle("documents").encode())) <= 5_000
    assert len(gzip.compress((STATIC.parent / "css" / "app.css").read_bytes())) <= 10_600
