"""What ./run and ./test do to .venv (tools/prepare.py): once, after a change, and after an accident."""

import importlib.util
import re
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from .places import ROOT


class Checkout:
    """A checkout with locks and nothing else; pip is not really run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checked = 0
        (folder / "tools").mkdir(parents=True)
        shutil.copy(ROOT / "tools" / "prepare.py", folder / "tools")
        (folder / "crm" / "web").mkdir(parents=True)
        shutil.copy(ROOT / "crm" / "web" / "bundle.py", folder / "crm" / "web")
        (folder / "crm" / "static" / "js" / "app").mkdir(parents=True)
        (folder / "crm" / "static" / "js" / "app" / "00-first.js").write_text("first();\n", encoding="utf-8")
        for name in ("requirements.lock", "requirements-dev.lock", "requirements-postgres.lock"):
            (folder / name).write_text("flask==3.1.3", encoding="utf-8")

    def start(self, *arguments: str, interrupted: bool = False) -> list[str]:
        """What was done: "venv" for a new .venv, and the locks that were installed."""
        spec = importlib.util.spec_from_file_location("prepare", self.folder / "tools" / "prepare.py")
        assert spec is not None
        assert spec.loader is not None
        prepare = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(prepare)
        done: list[str] = []

        def run(command: list[str | Path]) -> None:
            words = [str(word) for word in command]
            if words[-1] == "check":
                self.checked += 1
                return
            if "--require-hashes" not in words:
                done.append("venv")
                subprocess.run([*words[:3], "--without-pip", words[-1]], check=True)
                return
            if interrupted:
                raise KeyboardInterrupt
            assert "--no-deps" in words
            done.append(Path(words[-1]).name)

        vars(prepare)["run"] = run
        prepare.main(list(arguments))
        return done


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    monkeypatch.delenv("CRM_DATABASE_URL", raising=False)
    monkeypatch.delenv("CRM_INSTANCE", raising=False)
    return Checkout(tmp_path / "shuke")


def test_first_start_installs_and_the_second_has_nothing_to_do(checkout: Checkout) -> None:
    assert checkout.start() == ["venv", "requirements.lock"]
    assert checkout.start() == []
    assert checkout.checked == 1
    assert (checkout.folder / "crm" / "static" / "js" / "app.js").read_text(encoding="utf-8") == "first();\n"


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-postgres.lock"])
def test_lock_holds_the_extras_that_its_packages_ask_for(lock: str) -> None:
    """Where an extra is left out, pip looks for the newest release that has it, and finds no hash for that one."""
    written = (ROOT / lock).read_text(encoding="utf-8")
    pinned = {found[0].lower(): found[1] for found in re.findall(r"^([\w.-]+)(?:\[([\w,-]+)\])?==", written, re.M)}
    for name in pinned:
        try:
            asked = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # of another platform, or of a lock that is not installed here
            continue
        for requirement in map(Requirement, asked):
            if requirement.name.lower() in pinned and (not requirement.marker or requirement.marker.evaluate()):
                held = pinned[requirement.name.lower()].split(",")
                assert requirement.extras <= set(held), f"{name} asks for {requirement}"


def test_tests_install_their_own_lock_once(checkout: Checkout) -> None:
    checkout.start()
    assert checkout.start("--dev") == ["requirements-dev.lock"]
    assert checkout.start("--dev") == []
    assert checkout.start() == []


def test_changed_lock_is_installed_again(checkout: Checkout) -> None:
    checkout.start()
    checkout.start("--dev")
    (checkout.folder / "requirements.lock").write_text("flask==3.1.4", encoding="utf-8")
    assert checkout.start() == ["requirements.lock"]
    assert checkout.start("--dev") == ["requirements-dev.lock"]


def test_interrupted_installation_begins_anew(checkout: Checkout) -> None:
    with pytest.raises(KeyboardInterrupt):
        checkout.start(interrupted=True)
    assert checkout.start() == ["venv", "requirements.lock"]


def test_moved_checkout_gets_a_new_venv(checkout: Checkout) -> None:
    checkout.start()
    checkout.folder = checkout.folder.rename(checkout.folder.with_name("elsewhere"))
    assert checkout.start() == ["venv", "requirements.lock"]


def test_python_that_is_gone_gets_a_new_venv(checkout: Checkout) -> None:
    checkout.start()
    python = checkout.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python3")
    assert checkout.start() == ["venv", "requirements.lock"]


def test_firm_on_postgresql_gets_its_driver(checkout: Checkout) -> None:
    (checkout.folder / "instance").mkdir()
    config = checkout.folder / "instance" / "config.toml"
    config.write_text('database_url = "postgresql+psycopg:///shuke"', encoding="utf-8")
    assert checkout.start() == ["venv", "requirements.lock", "requirements-postgres.lock"]
