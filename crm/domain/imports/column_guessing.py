"""Guessing which column is which: a file's headings, samples, and the likely field of each (I-9).

A guess goes by what was chosen for the heading before, then by the firm's templates, the field's own names and what
people call it, then by what the cells look like. Each field is guessed once.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.imports.declaration import ImportKind
from crm.domain.imports.start_templates import HEADINGS
from crm.domain.imports.synonyms import SYNONYMS
from crm.domain.imports.templates import LONGEST_HEADING, columns_of, templates_of
from crm.errors import DomainError
from crm.fields.types import Email, Phone, Website
from crm.i18n import LANGUAGES, say
from crm.models import ImportRun
from crm.spreadsheets import cleaning
from crm.spreadsheets.cleaning import as_text
from crm.spreadsheets.headings import normalize_heading
from crm.spreadsheets.sheet import Cell, Sheet

SCANNED = 20
"""The headings are in one of the first so many rows."""
SAMPLES, LONGEST_SAMPLE = 2, 40
LOOKED_AT = 50
REMEMBERED = 30
LEFT_OUT = ""
_MOST_ALIKE = 0.8
_PHONE = re.compile(
    r"(?:\+?886|\+?86|[(（]?0)[-()（） 0-9]{7,16}(?: ?(?:#|轉|转|分機|分机) ?[0-9]{1,6})?|1[3-9][0-9]{9}"
)

Known = Mapping[str, str]
"""Heading, as headings are compared → field; LEFT_OUT for one that was not to be imported."""
FoundColumn = list[Any]
"""A heading, its samples, and the guessed field."""


def _key(heading: str) -> str:
    """What headings are compared by here; Tel. and Tel are one."""
    return normalize_heading(heading).rstrip(".?")


def known_headings(session: Session, kind: ImportKind, by_id: int) -> dict[str, str]:
    """What a heading means: the later sources count more."""
    known: dict[str, str] = {}
    for key, heading in _usual_names(kind):
        known.setdefault(_key(heading), key)
    for template in templates_of(session, kind):
        known.update({_key(c.heading): c.field for c in columns_of(template) if c.heading})
    mine = select(ImportRun.choices).where(ImportRun.kind == kind.key, ImportRun.by_id == by_id)
    for choices in reversed(list(session.scalars(mine.order_by(ImportRun.id.desc()).limit(REMEMBERED)))):
        known.update({_key(heading): LEFT_OUT for heading in choices.get("left", ())})
        known.update({_key(c[1]): c[0] for c in choices.get("columns", ()) if c[1]})
    return {heading: key for heading, key in known.items() if not key or kind.field(key) is not None}


def _usual_names(kind: ImportKind) -> Iterator[tuple[str, str]]:
    """Each field's labels in every language, the headings of the first templates, and what people call it."""
    for field in kind.fields():
        yield from ((field.key, say(language, kind.label(field.key))) for language in LANGUAGES)
    yield from HEADINGS.get(kind.key, {}).items()
    for key, words in SYNONYMS.get(kind.key, {}).items():
        yield from ((key, word) for word in words.split())


def heading_row_of(rows: Sequence[Sequence[Cell]], known: Known) -> int:
    """The row (from 0) with most headings that are known; else the first with most texts."""

    def merit(index: int) -> tuple[int, int, int]:
        texts = [cell for cell in rows[index] if isinstance(cell, str) and cell.strip()]
        meant = {known.get(_key(text)) for text in texts} - {None, LEFT_OUT}
        return len(meant), len(set(texts)), -index

    return max(range(min(SCANNED, len(rows))), key=merit, default=0)


def inspect_sheet(kind: ImportKind, sheet: Sheet, known: Known, heading_row: int | None = None) -> dict[str, Any]:
    """The row of the headings (from 0) and the columns that hold something."""
    row = heading_row_of(sheet.rows, known) if heading_row is None else min(heading_row, len(sheet.rows) - 1)
    columns: dict[str, FoundColumn] = {}
    cells_of: dict[str, list[Cell]] = {}
    for place, cell in enumerate(sheet.rows[row] if sheet.rows else ()):
        heading = as_text(cell).strip()
        if heading and heading not in columns and len(heading) <= LONGEST_HEADING:
            cells_of[heading] = _cells(sheet.rows, row, place)
            columns[heading] = [heading, _samples(cells_of[heading]), LEFT_OUT]
    _guess(kind, columns, cells_of, known)
    return {"heading_row": row, "columns": list(columns.values())}


def inspect_sheets(
    kind: ImportKind, sheets: Sequence[Sheet], known: Known, heading_row: int | None = None
) -> dict[str, Any]:
    """The columns of several sheets, each heading once."""
    looks = [inspect_sheet(kind, sheet, known, heading_row) for sheet in sheets]
    columns: dict[str, FoundColumn] = {}
    taken: set[str] = set()
    for column in (column for look in looks for column in look["columns"]):
        if column[0] not in columns:
            columns[column[0]] = [column[0], column[1], column[2] if column[2] not in taken else LEFT_OUT]
            taken.add(column[2])
    return {"heading_row": looks[0]["heading_row"] if looks else 0, "columns": list(columns.values())}


def best_sheets(sheets: Sequence[Sheet], known: Known) -> list[int]:
    """The places of those open to view whose headings are known best; several where they are equal."""
    merits: dict[int, int] = {}
    for place, sheet in enumerate(sheets):
        if not sheet.hidden:
            row = sheet.rows[heading_row_of(sheet.rows, known)] if sheet.rows else []
            merits[place] = len({known.get(_key(as_text(cell))) for cell in row} - {None, LEFT_OUT})
    most = max(merits.values(), default=0)
    return [place for place, merit in merits.items() if merit == most]


def _cells(rows: Sequence[Sequence[Cell]], heading_row: int, place: int) -> list[Cell]:
    found: list[Cell] = []
    for index in range(heading_row + 1, len(rows)):
        cell = rows[index][place]
        if cell not in (None, ""):
            found.append(cell)
            if len(found) == LOOKED_AT:
                break
    return found


def _samples(cells: Sequence[Cell]) -> list[str]:
    texts = dict.fromkeys(as_text(cell).strip()[:LONGEST_SAMPLE] for cell in cells)
    return [text for text in texts if text][:SAMPLES]


def _guess(
    kind: ImportKind, columns: dict[str, FoundColumn], cells_of: Mapping[str, Sequence[Cell]], known: Known
) -> None:
    taken: set[str] = set()
    unknown = []
    for heading, column in columns.items():
        meant = known.get(_key(heading))
        if meant is None:
            unknown.append(heading)
        elif meant and meant not in taken:
            column[2] = meant
            taken.add(meant)
    for heading in unknown:
        alike = _by_cells(kind, cells_of[heading], taken)
        if alike is not None:
            columns[heading][2] = alike
            taken.add(alike)


def _by_cells(kind: ImportKind, cells: Sequence[Cell], taken: set[str]) -> str | None:
    """The first free field whose values these look like."""
    for type_, looks in ((Email, _is_email), (Website, _is_website), (Phone, _is_phone)):
        if cells and sum(map(looks, cells)) >= _MOST_ALIKE * len(cells):
            return next((f.key for f in kind.fields() if isinstance(f.type, type_) and f.key not in taken), None)
    return None


def _is_email(cell: Cell) -> bool:
    return "@" in as_text(cell) and _passes(cleaning.email, cell)


def _is_website(cell: Cell) -> bool:
    written = as_text(cell).lower()
    return written.startswith(("http://", "https://", "www.")) and _passes(cleaning.website, cell)


def _is_phone(cell: Cell) -> bool:
    written = as_text(cell).strip()
    return len(written) <= LONGEST_SAMPLE and _PHONE.fullmatch(written) is not None


def _passes(clean: Callable[[Cell], Any], cell: Cell) -> bool:
    try:
        return clean(cell) is not None
    except DomainError:
        return False
