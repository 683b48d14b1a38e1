"""docs/security.md speaks of every requirement of ASVS 5.0 at level 1, and of tests and figures that are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from crm.domain.accounts import login_limits, password_links, passwords, sign_in
from crm.domain.platform.settings import FirmSettings
from crm.domain.platform.stored_files import MAX_BYTES

from .places import ROOT

PAGE = ROOT / "docs" / "security.md"
LEVEL_1 = """
    1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.5.1
    2.1.1 2.2.1 2.2.2 2.3.1
    3.2.1 3.2.2 3.3.1 3.4.1 3.4.2 3.5.1 3.5.2 3.5.3
    4.1.1 4.4.1
    5.2.1 5.2.2 5.3.1 5.3.2
    6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5 6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2
    7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2
    8.1.1 8.2.1 8.2.2 8.3.1
    9.1.1 9.1.2 9.1.3 9.2.1
    10.4.1 10.4.2 10.4.3 10.4.4 10.4.5
    11.3.1 11.3.2 11.4.1
    12.1.1 12.2.1 12.2.2
    13.4.1
    14.2.1 14.3.1
    15.1.1 15.2.1 15.3.1
""".split()
"""Of version 5.0.0: 70 of its 345 requirements."""
TEST = re.compile(r"`(tests/[\w/]+\.py)::([\w:]+)`")


def rows() -> dict[str, list[str]]:
    """Number → the other cells of its row."""
    found: dict[str, list[str]] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"\d+\.\d+\.\d+", cells[0]):
            assert cells[0] not in found, f"{cells[0]} has two rows"
            found[cells[0]] = cells[1:]
    return found


@cache
def names_in(file: Path) -> frozenset[str]:
    """The tests of a file: `test_x`, and `TestY::test_x` of a class."""
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return frozenset(name for name in found if name.rpartition("::")[2].startswith("test_"))


def test_every_requirement_of_level_1_has_its_row() -> None:
    assert len(LEVEL_1) == len(set(LEVEL_1)) == 70
    assert list(rows()) == LEVEL_1


def test_every_row_says_whether_it_applies_how_and_by_which_test() -> None:
    for number, cells in rows().items():
        assert len(cells) == 4, number
        words, applies, how, held_by = cells
        assert words and how and applies in ("yes", "no"), number
        assert applies == "no" or TEST.search(held_by), f"{number} applies, and no test holds it"


@pytest.mark.parametrize("number", LEVEL_1)
def test_the_named_tests_exist(number: str) -> None:
    held_by = rows()[number][3]
    named = TEST.findall(held_by)
    assert len(named) == held_by.count("::") - sum(name.count("::") for _file, name in named), held_by
    missing = [f"{file}::{name}" for file, name in named if name not in names_in(ROOT / file)]
    assert missing == []


def test_the_rules_that_must_be_written_down_are() -> None:
    """Input, guessing, components; their figures are the program's."""
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    for rule in ("**Input.**", "**Guessing.**", "**Components.**"):
        assert rule in text
    minutes = int(login_limits.WINDOW.total_seconds()) // 60
    figures = [
        f"{login_limits.MAX_PER_NAME} wrong tries in {minutes} minutes",
        f"an address has {login_limits.MAX_PER_ADDRESS},",
        f"within {login_limits.KNOWN_FOR.days} days",
        f"{password_links.MAX_RESETS} emails in an hour",
        f"{password_links.MAX_REQUESTS} requests in {int(password_links.ASKED_WITHIN.total_seconds()) // 60} minutes",
        f"{FirmSettings().idle_minutes} minutes without a click",
        f"after {sign_in.MAX_SESSION_AGE.days} days",
        f"{passwords.MIN_LENGTH} to {passwords.MAX_LENGTH}",
        f"{MAX_BYTES // 1024 // 1024} MB a file",
    ]
    assert [figure for figure in figures if figure not in text] == []
    assert (login_limits.CAPTCHA_FROM, login_limits.ADDRESS_PAUSE.seconds) == (3, 60)


def test_the_readme_leads_there() -> None:
    assert "docs/security.md" in (ROOT / "README.md").read_text(encoding="utf-8")
