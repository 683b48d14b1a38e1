"""Guessing which column is which: a file's headings, samples, and the likely field of each (I-9).

A guess goes by what was chosen for the heading before, then by the firm's templates, the field's own names and what
people call it, then by what the cells look like. Each field is guessed once. A name alone does not make a column of
codes one of our lists: where nobody decided it before, the values have a say.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.customers.contacts import MAIN_CONTACT
from crm.domain.imports.customer_codes import CODE
from crm.domain.imports.declaration import ImportContext, ImportKind
from crm.domain.imports.mapping import first_row_of, headings_of
from crm.domain.imports.options import HEADLESS
from crm.domain.imports.start_templates import HEADINGS
from crm.domain.imports.synonyms import CUSTOMER_CODES, SYNONYMS
from crm.domain.imports.templates import MAX_HEADING_LENGTH, columns_of, templates_of
from crm.domain.imports.values import reader_of
from crm.errors import DomainError
from crm.fields import Choice, Email, FixedChoice, Phone, SeveralChoices, Website
from crm.i18n import LANGUAGES, say
from crm.models import ImportRun
from crm.spreadsheets import cleaning
from crm.spreadsheets.cleaning import as_text
from crm.spreadsheets.headings import normalize_heading
from crm.spreadsheets.sheet import Cell, Sheet

SCANNED = 20
"""The headings are in one of the first so many rows."""
SAMPLES, MAX_SAMPLE_LENGTH = 2, 40
LOOKED_AT = 50
REMEMBERED = 30
LEFT_OUT = ""
_MIN_SHARE = 0.8
_PHONE = re.compile(
    r"(?:\+?886|\+?86|[(（]?0)[-()（） 0-9]{7,16}(?: ?(?:#|轉|转|分機|分机) ?[0-9]{1,6})?|1[3-9][0-9]{9}"
)

_MOBILE = re.compile(r"(?:\+?8869|\+?861[3-9]|0?9|1[3-9])[0-9]{8,9}")
_CODE = re.compile(r"[A-Za-z]{1,2}|(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9._-]{0,7}")
"""What another program numbers its choices with: 01, A3, 12.4."""
_JOINED = str.maketrans("", "", "-()（） ")
MAIN_NAME = "main_contact"


@dataclass(frozen=True)
class KnownHeadings:
    """What headings mean: heading, as headings are compared → field; LEFT_OUT for one that was not to be imported.

    `decided` are those that people of the firm assigned: what stands below raises no doubt about them.
    """

    meanings: Mapping[str, str]
    decided: frozenset[str] = frozenset()

    def field_of(self, heading: str) -> str | None:
        return self.meanings.get(_key(heading))

    def fields_of(self, headings: Iterable[str]) -> set[str]:
        return {field_key for field_key in map(self.field_of, headings) if field_key}


ColumnGuess = list[Any]
"""A heading, its samples, and the guessed field."""


def _key(heading: str) -> str:
    """What headings are compared by here; Tel. and Tel are one."""
    return normalize_heading(heading).rstrip(".?")


def known_headings(session: Session, kind: ImportKind, by_id: int) -> KnownHeadings:
    """What a heading means: the later sources count more."""
    usual: dict[str, str] = {}
    for key, heading in _usual_names(kind):
        usual.setdefault(_key(heading), key)
    decided: dict[str, str] = {}
    for template in templates_of(session, kind):
        named = usual if template.created_by_id is None else decided
        named.update({_key(c.heading): c.field for c in columns_of(template) if c.heading})
    own_runs = select(ImportRun.choices).where(ImportRun.kind == kind.key, ImportRun.by_id == by_id)
    for choices in reversed(list(session.scalars(own_runs.order_by(ImportRun.id.desc()).limit(REMEMBERED)))):
        if choices.get("headings") == HEADLESS:  # its columns had no names of their own
            continue
        decided.update({_key(heading): LEFT_OUT for heading in choices.get("left", ())})
        decided.update({_key(c[1]): c[0] for c in choices.get("columns", ()) if c[1]})
    known = {heading: key for heading, key in {**usual, **decided}.items() if not key or kind.field(key) is not None}
    return KnownHeadings(known, frozenset(decided))


def _usual_names(kind: ImportKind) -> Iterator[tuple[str, str]]:
    """Each field's labels in every language, the headings of the first templates, and what people call it."""
    for field in kind.fields():
        yield from ((field.key, say(language, kind.label(field.key))) for language in LANGUAGES)
    if kind.names_customers:
        yield from ((CODE, word) for word in CUSTOMER_CODES.split())
    yield from HEADINGS.get(kind.key, {}).items()
    for key, words in SYNONYMS.get(kind.key, {}).items():
        yield from ((key, word) for word in words.split())


def heading_row_of(rows: Sequence[Sequence[Cell]], known: KnownHeadings) -> int:
    """The row (from 0) with most headings that are known; else the first with most texts."""

    def merit(index: int) -> tuple[int, int, int]:
        texts = [cell for cell in rows[index] if isinstance(cell, str) and cell.strip()]
        return len(known.fields_of(texts)), len(set(texts)), -index

    return max(range(min(SCANNED, len(rows))), key=merit, default=0)


def inspect_sheet(
    kind: ImportKind,
    sheet: Sheet,
    known: KnownHeadings,
    importing: ImportContext,
    heading_row: int | None = None,
    placed: bool = False,
) -> dict[str, Any]:
    """The row of the headings (from 0) and the columns that hold something.

    `placed`: there are no headings, so only the cells tell: another file's column B says nothing of this one's.
    """
    if placed:
        row, known = first_row_of(sheet) - 1, KnownHeadings({})
    else:
        row = heading_row_of(sheet.rows, known) if heading_row is None else min(heading_row, len(sheet.rows) - 1)
    columns: dict[str, ColumnGuess] = {}
    cells_of: dict[str, list[Cell]] = {}
    for index, written in enumerate(headings_of(sheet, -1 if placed else row) if sheet.rows else ()):
        heading = written.strip()
        if heading and heading not in columns and len(heading) <= MAX_HEADING_LENGTH:
            cells = _cells(sheet.rows, row, index)
            if cells or not placed:
                cells_of[heading], columns[heading] = cells, [heading, _samples(cells), LEFT_OUT]
    _guess(kind, columns, cells_of, known, importing)
    return {"heading_row": row, "columns": list(columns.values())}


def inspect_sheets(
    kind: ImportKind,
    sheets: Sequence[Sheet],
    known: KnownHeadings,
    importing: ImportContext,
    heading_row: int | None = None,
    placed: bool = False,
) -> dict[str, Any]:
    """The columns of several sheets, each heading once."""
    looks = [inspect_sheet(kind, sheet, known, importing, heading_row, placed) for sheet in sheets]
    columns: dict[str, ColumnGuess] = {}
    taken: set[str] = set()
    for column in (column for look in looks for column in look["columns"]):
        if column[0] not in columns:
            columns[column[0]] = [column[0], column[1], column[2] if column[2] not in taken else LEFT_OUT]
            taken.add(column[2])
    return {"heading_row": looks[0]["heading_row"] if looks else 0, "columns": list(columns.values())}


def best_sheets(sheets: Sequence[Sheet], known: KnownHeadings) -> list[int]:
    """The places of those open to view whose headings are known best; several where they are equal."""
    merits: dict[int, int] = {}
    for index, sheet in enumerate(sheets):
        if not sheet.hidden:
            row = sheet.rows[heading_row_of(sheet.rows, known)] if sheet.rows else []
            merits[index] = len(known.fields_of(map(as_text, row)))
    best_merit = max(merits.values(), default=0)
    return [index for index, merit in merits.items() if merit == best_merit]


def _cells(rows: Sequence[Sequence[Cell]], heading_row: int, column: int) -> list[Cell]:
    cells: list[Cell] = []
    for index in range(heading_row + 1, len(rows)):
        cell = rows[index][column]
        if cell not in (None, ""):
            cells.append(cell)
            if len(cells) == LOOKED_AT:
                break
    return cells


def _samples(cells: Sequence[Cell]) -> list[str]:
    texts = dict.fromkeys(as_text(cell).strip()[:MAX_SAMPLE_LENGTH] for cell in cells)
    return [text for text in texts if text][:SAMPLES]


def _guess(
    kind: ImportKind,
    columns: dict[str, ColumnGuess],
    cells_of: Mapping[str, Sequence[Cell]],
    known: KnownHeadings,
    importing: ImportContext,
) -> None:
    """By the heading; then by the cells, which is the weaker guess and takes what is still free."""
    taken: set[str] = set()
    unknown = []
    for heading, column in columns.items():
        meant = known.field_of(heading)
        if meant is None:
            unknown.append(heading)
        elif meant and meant not in taken and _fits_choices(kind, meant, heading, cells_of[heading], known, importing):
            column[2] = meant
            taken.add(meant)
    for heading, column in columns.items() if MAIN_NAME not in taken else ():
        if column[2] in MAIN_CONTACT and _key(heading) not in known.decided:
            taken.remove(column[2])  # nobody would be called there
            column[2] = LEFT_OUT
            unknown.append(heading)
    for heading in unknown:
        field_key = _guess_by_cells(kind, cells_of[heading], taken)
        if field_key is not None:
            columns[heading][2] = field_key
            taken.add(field_key)


def _fits_choices(
    kind: ImportKind, key: str, heading: str, cells: Sequence[Cell], known: KnownHeadings, importing: ImportContext
) -> bool:
    """Whether the values may be the field's: another program's codes for its choices are not ours."""
    field = kind.field(key)
    if field is None or key in kind.required or _key(heading) in known.decided:
        return True
    if not isinstance(field.type, (Choice, FixedChoice, SeveralChoices)):
        return True
    values = [cell for cell in cells if not cleaning.is_blank_or_placeholder(cell)]
    if not values or not all(_CODE.fullmatch(as_text(cell).strip()) for cell in values):
        return True
    read = reader_of(kind, field, importing)
    return any(_is_clean(lambda value: read(value, lambda message, values: None), cell) for cell in values)


def _guess_by_cells(kind: ImportKind, cells: Sequence[Cell], taken: set[str]) -> str | None:
    """The first free field whose values these look like."""

    closed = taken if MAIN_NAME in taken else {*taken, *MAIN_CONTACT}

    def free(type_: type) -> Iterator[str]:
        return (f.key for f in kind.fields() if isinstance(f.type, type_) and f.key not in closed)

    if not cells:
        return None
    for type_, looks in ((Email, _is_email), (Website, _is_website)):
        if _most_pass(looks, cells):
            return next(free(type_), None)
    if not _most_pass(_is_phone, cells):
        return None
    mobile = _most_pass(_is_mobile, cells)
    phones = [key for key in free(Phone) if "fax" not in key]  # a fax looks like any telephone
    fields = [key for key in phones if ("mobile" in key) == mobile]
    return next(iter(fields if not mobile else [*fields, *phones]), None)


def _most_pass(looks: Callable[[Cell], bool], cells: Sequence[Cell]) -> bool:
    return sum(map(looks, cells)) >= _MIN_SHARE * len(cells)


def _is_email(cell: Cell) -> bool:
    return "@" in as_text(cell) and _is_clean(cleaning.email, cell)


def _is_website(cell: Cell) -> bool:
    written = as_text(cell).lower()
    return written.startswith(("http://", "https://", "www.")) and _is_clean(cleaning.website, cell)


def _is_phone(cell: Cell) -> bool:
    written = as_text(cell).strip()
    return len(written) <= MAX_SAMPLE_LENGTH and _PHONE.fullmatch(written) is not None


def _is_mobile(cell: Cell) -> bool:
    return _MOBILE.fullmatch(as_text(cell).translate(_JOINED)) is not None


def _is_clean(clean: Callable[[Cell], Any], cell: Cell) -> bool:
    try:
        return clean(cell) is not None
    except DomainError:
        return False
