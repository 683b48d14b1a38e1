"""No pattern of the program is slow on any text: one person's string would stop everybody (issue 10, number 1)."""

import re

import pytest

from .patterns import BUDGET, patterns, slowest, uncovered, uses

OUR_OWN = {
    "crm.web.bundle": "it reads our own scripts, and nobody else's text",
    "crm.domain.prints.choices": "it reads our own sheets, before anything of the firm's stands in them",
}
LONGEST = {
    "crm.domain.prints.grammar": 300_000,
    "crm.domain.prints.cleaning": 300_000,
    "crm.text.numbers:_WRITTEN": 60,
    "crm.text.dates:_CLOCK": 200,
}
"""Modules whose patterns see longer texts than a field's 10,000 characters; a pattern that sees shorter ones only."""
PATTERNS = {name: found for name, found in patterns().items() if name.partition(":")[0] not in OUR_OWN}


def test_each_pattern_is_compiled_under_a_name_where_it_is_tried() -> None:
    assert uncovered() == []


def test_all_are_found() -> None:
    assert len(PATTERNS) > 50
    assert {"crm.fields.text_types:_EMAIL", "crm.text.dates:_CLOCK"} <= set(PATTERNS)


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_no_string_makes_it_slow(name: str) -> None:
    module, _colon, called = name.partition("#")[0].partition(":")
    methods = uses().get(f"{module}:{called}" if called.startswith("_") else called, set())
    longest = LONGEST.get(name) or LONGEST.get(module, 10_000)
    taken, shape = slowest(PATTERNS[name], methods, longest)
    assert taken <= BUDGET, f"{PATTERNS[name].pattern!r} takes {taken:.3f} s for {shape}"


SLOW = {
    r"(a+)+$": "match",
    r"[\W_]+$": "search",
    r"^(.*\S)[ T]+(\d{1,2})[:：](\d{2})(?::\d{2})?$": "match",
    r"\s*@\s*": "sub",
    r"(?:[^\s/@:]+\.)+[^\s/@:.]{2,}(?::[0-9]{1,5})?(?:[/?#]\S*)?x": "search",
    r"[a-z]+(?:-?[a-z]+)*@": "match",
    r"<!--.*?-->": "finditer",
}


@pytest.mark.parametrize("pattern", SLOW)
def test_what_is_slow_is_found(pattern: str) -> None:
    assert slowest(re.compile(pattern), {SLOW[pattern]}, 5_000)[0] > BUDGET
