"""One policy (crm/entities/policy.py): the names of rights, and older ways to ask, stand nowhere else."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm.entities.registry import entities

ROOT = Path(__file__).resolve().parents[2] / "crm"
NAMED = re.compile(
    r"\b[Pp]ermissions?\.([A-Z_]+)_[A-Z]+\b|[\"']([a-z_]+):(?:view|save|export|approve|assign|cost)[\"']"
)
OLD = re.compile(
    r"\b(check_reach|may_correct|why_not_deletable|visible_or_404|savable_or_403|within_reach_or_403|own_or_403"
    r"|delete_(contact|opportunity|quote|order|receipt|product|target)|may_change|_?changeable_or_403|is_payable|payable_by)"
    r"(?=\()"
)


def named_kind(line: str) -> str:
    """The kind of record whose right a line names; empty where it names none."""
    keys = {kind.key for kind in entities()}
    found = (match[1].lower() if match[1] else match[2] for match in NAMED.finditer(line))
    return next((key for key in found if key in keys), "")


def lines_beside_decorators(path: Path) -> Iterator[str]:
    """The lines of a file, without what declares who may ask for an address."""
    text = path.read_text(encoding="utf-8")
    left_out: set[int] = set()
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(text)):
            for decorator in getattr(node, "decorator_list", ()):
                left_out.update(range(decorator.lineno, (decorator.end_lineno or 0) + 1))
    yield from (line for number, line in enumerate(text.splitlines(), 1) if number not in left_out)


def test_no_page_table_row_or_template_names_a_right_of_a_kind() -> None:
    """Beside the decorators of views; `CONTACTS_NAMED_BY` is what one of them names."""
    looked_at = [
        *(ROOT / "blueprints").rglob("*.py"),
        *(ROOT / "web").rglob("*.py"),
        *(ROOT / "templates").rglob("*.html"),
    ]
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sorted(looked_at)
        for line in lines_beside_decorators(path)
        if named_kind(line)
    ]
    assert found == [], "ask the kind: kind.permission('view'), can(action, record), can_add(kind), may_do(kind, verb)"


@pytest.mark.parametrize(
    "line",
    ["Permission.QUOTES_SAVE", "may(permissions.ORDERS_SAVE)", "p.TARGET_SETTING_VIEW", 'may("receipts:approve")'],
)
def test_it_finds_them(line: str) -> None:
    assert named_kind(line.replace("p.T", "Permission.T"))


@pytest.mark.parametrize("line", ["Permission.POOL_VIEW", "Permission.ORGANISATION_SAVE", '"customers-changed"'])
def test_it_leaves_others_alone(line: str) -> None:
    assert not named_kind(line)


def test_nobody_asks_in_an_older_way() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in sorted(ROOT.rglob("*.py"))
        for match in OLD.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
