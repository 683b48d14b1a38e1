"""One policy (crm/entities/policy.py): the names of rights, and older ways to ask, stand nowhere else."""

import re
from pathlib import Path

import pytest

from crm.entities.registry import entities

ROOT = Path(__file__).resolve().parents[2] / "crm"
SHOWN_IN_ROWS = ("table.py", "bulk.py", "panel.py", "cells.py", "paid.py", "due.py", "recent.py", "warnings.py")
NO_KIND = (
    # functions of the menu that are no kind of record: what they are called stands where they are used
    "POOL PLAN LOOKUP POLICY RECEIVABLES TARGETS TARGET CATEGORIES DICTIONARIES NUMBERING SETTINGS ORGANISATION ROLES"
    " GRANTS PRINTS JOBS BIN LOGS BACKUP RESTORE IMPORT"
)
OF_NO_KIND = frozenset(NO_KIND.split())
NAMED = re.compile(r"\b[Pp]ermissions?\.([A-Z]+)_[A-Z_]+")
OLD = re.compile(
    r"\b(check_reach|may_correct|why_not_deletable|visible_or_404|savable_or_403|within_reach_or_403|own_or_403"
    r"|delete_(contact|opportunity|quote|order|receipt|product))\b"
)


def shown() -> list[Path]:
    rows = [path for path in ROOT.rglob("*.py") if path.name in SHOWN_IN_ROWS and "models" not in path.parts]
    return sorted([*rows, *(ROOT / "templates").rglob("*.html")])


def test_what_is_no_kind_is_no_kind() -> None:
    assert not {kind.key.upper() for kind in entities()} & OF_NO_KIND


def test_no_table_row_or_template_names_a_right_of_a_kind() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in shown()
        for match in NAMED.finditer(path.read_text(encoding="utf-8"))
        if match[1] not in OF_NO_KIND
    ]
    assert found == [], "ask the kind: kind.permission('view'), can(action, record), can_add(kind), may_do(kind, verb)"


@pytest.mark.parametrize("line", ["Permission.QUOTES_SAVE", "may(permissions.ORDERS_SAVE)"])
def test_it_finds_them(line: str) -> None:
    match = NAMED.search(line)
    assert match and match[1] not in OF_NO_KIND


def test_nobody_asks_in_an_older_way() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in sorted(ROOT.rglob("*.py"))
        for match in OLD.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
