"""Finds the row of headings and which column is which (I-3, I-5)."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from crm.spreadsheets.cleaning.texts import as_text
from crm.spreadsheets.sheet import Cell
from crm.text import fold
from crm.text.folding import MAX_CACHED_LENGTH

_HINT = re.compile(r"[(\[{【〔〈][^()\[\]{}【】〔〕〈〉]*[)\]}】〕〉]")
_BRACKETS = re.compile(r"[()\[\]{}【】〔〕〈〉]")
_MARKS = re.compile(r"[\s*※★☆•·:_\-]+")


@dataclass(frozen=True)
class HeadingMatch:
    """`columns`: wanted heading → column index (from 0). `duplicated`: found twice, the first is taken."""

    row_index: int
    columns: dict[str, int]
    missing: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)


def normalize_heading(text: str) -> str:
    """What headings are compared by: 「* 客户 名称（必填）」 and 「客戶名稱」 are one."""
    return _normalized(text) if len(text) <= MAX_CACHED_LENGTH else _normalized.__wrapped__(text)


@lru_cache(maxsize=4_096)
def _normalized(text: str) -> str:
    folded = fold(text)
    without_hint = _HINT.sub("", folded)
    return _MARKS.sub("", without_hint) or _MARKS.sub("", _BRACKETS.sub("", folded))


def find_heading_row(
    rows: Sequence[Sequence[Cell]],
    wanted_headings: Sequence[str],
    scan: int = 20,
    required: Iterable[str] = (),
    only: int | None = None,
) -> HeadingMatch | None:
    """The row among the first `scan` that has most of the wanted headings, the required ones counting first.

    Title rows above, other columns and any order are allowed. None if no row has any of them. `only`: the one row
    (from 0) that is looked at.
    """
    needed = set(required)
    best: HeadingMatch | None = None
    for index in range(min(scan, len(rows))) if only is None else range(only, min(only + 1, len(rows))):
        match = _match(index, rows[index], wanted_headings)
        if match.columns and (best is None or _merit(match, needed) > _merit(best, needed)):
            best = match
    return best


def _merit(match: HeadingMatch, needed: set[str]) -> tuple[int, int]:
    return len(needed & match.columns.keys()), len(match.columns)


def _match(index: int, row: Sequence[Cell], wanted_headings: Sequence[str]) -> HeadingMatch:
    places = _places(row, exact=True)
    loose = _places(row, exact=False)
    columns: dict[str, int] = {}
    duplicated = []
    for heading in wanted_headings:
        columns_found = places.get(fold(heading)) or loose.get(normalize_heading(heading), [])
        if columns_found:
            columns[heading] = columns_found[0]
        if len(columns_found) > 1:
            duplicated.append(heading)
    return HeadingMatch(index, columns, [heading for heading in wanted_headings if heading not in columns], duplicated)


def _places(row: Sequence[Cell], exact: bool) -> dict[str, list[int]]:
    """Exact headings go first, so that 電話 and 電話（公司） can stand side by side."""
    places: dict[str, list[int]] = {}
    for column, cell in enumerate(row):
        written = as_text(cell)
        key = fold(written) if exact else normalize_heading(written)
        if key:
            places.setdefault(key, []).append(column)
    return places
