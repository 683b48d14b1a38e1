"""Imports go one way: blueprints → web → domain → entities → models → fields; the rules know no web framework."""

import re
from pathlib import Path

import pytest

from .places import CRM, ROOT, imports

WEB_FRAMEWORK = r"(flask|flask_\w+|wtforms|werkzeug(?!\.security\b))(\.|$)|crm\.extensions\b"
UPPER_FLOORS = r"crm\.(web|blueprints)\b"
ENTITIES = r"crm\.(entities|catalogue|domain|spreadsheets|jobs)\b"
DOMAIN = r"crm\.(catalogue|domain|spreadsheets|jobs)\b"
FORBIDDEN = {
    "text": rf"{WEB_FRAMEWORK}|crm\.(?!(text|errors|i18n)\b)",
    "fields": rf"{WEB_FRAMEWORK}|{UPPER_FLOORS}|crm\.models\b|{ENTITIES}",
    "models": rf"{WEB_FRAMEWORK}|{UPPER_FLOORS}|crm\.fields\b|{ENTITIES}",
    "charts": rf"{WEB_FRAMEWORK}|crm\.(?!(charts|processes)\b)",
    "entities": rf"{WEB_FRAMEWORK}|{UPPER_FLOORS}|{DOMAIN}",
    "spreadsheets": rf"{WEB_FRAMEWORK}|{UPPER_FLOORS}|crm\.models\b|{ENTITIES.replace('spreadsheets|', '')}",
    "domain": rf"{WEB_FRAMEWORK}|{UPPER_FLOORS}|crm\.(catalogue|jobs)\b",
    "catalogue": rf"{WEB_FRAMEWORK}|{UPPER_FLOORS}|crm\.jobs\b",
    "jobs": rf"{WEB_FRAMEWORK}|{UPPER_FLOORS}|crm\.catalogue\b",
    "web": r"crm\.blueprints\b",
}


def trespasses(package: Path, forbidden: str) -> list[str]:
    return [
        f"{source.relative_to(ROOT).as_posix()} imports {name}"
        for source in sorted(package.rglob("*.py"))
        for name in sorted(imports(source))
        if re.match(forbidden, name)
    ]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_package_imports_nothing_from_above(package: str) -> None:
    assert trespasses(CRM / package, FORBIDDEN[package]) == []


def test_the_program_needs_neither_its_tests_nor_the_demonstration() -> None:
    """The bench and the demonstration firm are loaded by their commands alone (and by the set-up page's offer)."""
    assert trespasses(CRM, r"tests\b") == []
    demo = CRM / "domain" / "demo"
    named = {path for path in CRM.rglob("*.py") if demo not in path.parents and "crm.domain.demo" in imports(path)}
    assert {path.relative_to(CRM).as_posix() for path in named} <= {"web/server/startup.py"}
    at_the_start = (CRM / "web" / "server" / "startup.py").read_text(encoding="utf-8").partition("\ndef ")[0]
    assert "demo" not in {name for line in at_the_start.splitlines() if "import" in line for name in line.split(".")}


OF_ANOTHER = {"pool": {"customers"}, "orders": {"receipts"}}
"""The pools are lists of customers; an order's tab is the list of receipts."""


def test_blueprints_do_not_import_each_other() -> None:
    found = {
        (package.name, name.split(".")[2])
        for package in sorted((CRM / "blueprints").iterdir())
        if package.is_dir()
        for source in package.rglob("*.py")
        for name in imports(source)
        if name.startswith("crm.blueprints.")
    }
    others = {(here, there) for here, there in found if here != there and there not in OF_ANOTHER.get(here, ())}
    assert others == set()


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"}
    assert [str(path) for path in CRM.rglob("*.py") if drawers & {path.stem, path.parent.name}] == []


def test_words_are_said_by_the_short_way() -> None:
    """`crm.web.translation.gettext`: Flask-Babel's own takes four times as long, and nobody sees the difference."""
    own = CRM / "web" / "translation.py"
    assert [path.name for path in CRM.rglob("*.py") if "flask_babel.gettext" in imports(path) and path != own] == []
