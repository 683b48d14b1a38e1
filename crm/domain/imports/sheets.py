"""Which sheets of a file are imported, and what is hidden in them: never the first one in silence (I-3, I-5)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from crm.domain.imports.mapping import ExpectedColumns, HeadingsMissing, headings_of, map_expected
from crm.domain.imports.options import LEAVE
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.headings import normalize_heading
from crm.spreadsheets.messages import EMPTY
from crm.spreadsheets.sheet import Cell, Sheet, is_blank

ALL = "all"
Offered = list[list[str | int | bool]]


@dataclass(frozen=True)
class ChosenSheet:
    """One table made of the chosen sheets, with the notes about it.

    `parts`: where each sheet begins in the table, its name, and what is to be added for its own row numbers.
    """

    sheet: Sheet
    parts: tuple[tuple[int, str, int], ...] = ()
    left_out: tuple[str, ...] = ()
    hidden_rows: int = 0
    hidden_columns: tuple[str, ...] = ()
    expected: ExpectedColumns = field(default_factory=ExpectedColumns)
    """What is looked for in the table."""


def offered_sheets(sheets: Sequence[Sheet]) -> Offered:
    """Name, rows that hold something, and whether it is hidden, of each sheet."""
    return [[sheet.sheet_name, sum(not is_blank(row) for row in sheet.rows), sheet.hidden] for sheet in sheets]


def needs_choice(sheets: Sequence[Sheet], expected: ExpectedColumns) -> bool:
    """Several sheets are open to view, or a hidden one could be meant."""
    visible = sum(not sheet.hidden for sheet in sheets)
    return len(sheets) > 1 and (
        visible != 1 or any(sheet.hidden and _has_expected_headings(sheet, expected) for sheet in sheets)
    )


def proposed_sheet(sheets: Sequence[Sheet], expected: ExpectedColumns) -> str:
    """The only sheet with the headings; all of them where several have these."""
    places = [
        str(index) for index, sheet in enumerate(sheets) if not sheet.hidden and _has_expected_headings(sheet, expected)
    ]
    return places[0] if len(places) == 1 else ALL


def _has_expected_headings(sheet: Sheet, expected: ExpectedColumns) -> bool:
    try:
        map_expected(sheet, expected)
    except HeadingsMissing:
        return False
    return True


def chosen_of(sheets: Sequence[Sheet], choice: str, hidden: str, expected: ExpectedColumns) -> ChosenSheet:
    """The table of the sheet with this place, or of all open ones that have the headings (raises HeadingsMissing)."""
    if not sheets:
        raise SpreadsheetError(EMPTY)
    if choice == ALL:
        return _stacked([sheet for sheet in sheets if not sheet.hidden] or sheets, hidden, expected)
    visible = next((sheet for sheet in sheets if not sheet.hidden), sheets[0])
    chosen = sheets[int(choice)] if choice.isdigit() and int(choice) < len(sheets) else visible
    others = tuple(other.sheet_name for other in sheets if other is not chosen and other.hidden and not choice)
    names = tuple(headings_of(chosen, map_expected(chosen, expected).heading_row)[c] for c in _hidden_columns(chosen))
    count = _hidden_count(chosen)
    table = _without_hidden(chosen) if hidden == LEAVE else chosen
    parts = ((0, chosen.sheet_name, 0),) if len(sheets) > 1 else ()
    return ChosenSheet(table, parts, others, count, names, expected)


def _stacked(sheets: Sequence[Sheet], hidden: str, expected: ExpectedColumns) -> ChosenSheet:
    """The rows of all sheets under the headings of all; each sheet may have its own order of columns."""
    headings: list[Cell] = []
    known: dict[str, int] = {}
    rows: list[list[Cell]] = [headings]
    parts, left_out, count, names = [], [], 0, []
    problem: HeadingsMissing | None = None
    for sheet in sheets:
        try:
            mapping = map_expected(sheet, expected)
        except HeadingsMissing as missing:
            problem = problem or missing
            left_out.append(sheet.sheet_name)
            continue
        written = headings_of(sheet, mapping.heading_row)
        places = _places(written, known, headings)
        count += _hidden_count(sheet)
        names += [written[column] for column in _hidden_columns(sheet)]
        table = _without_hidden(sheet) if hidden == LEAVE else sheet
        parts.append((len(rows), sheet.sheet_name, mapping.first_row - len(rows)))
        for index in range(mapping.first_row, len(table.rows)):
            rows.append(_rearranged(table.rows[index], places))
    if not parts and problem is not None:
        raise problem
    width = len(headings)
    rows = [[*row, *[None] * (width - len(row))] for row in rows]
    first, once = sheets[0], replace(expected, heading_row=0)
    return ChosenSheet(Sheet(rows, kind=first.kind), tuple(parts), tuple(left_out), count, tuple(names), once)


def _places(written: Sequence[str], known: dict[str, int], headings: list[Cell]) -> list[int]:
    """The place of each column of a sheet in the common table; the same heading twice is two columns."""
    places, used = [], set()
    for text in written:
        key = normalize_heading(text) or "?"
        while key in used:
            key += "+"
        used.add(key)
        if key not in known:
            known[key] = len(headings)
            headings.append(text)
        places.append(known[key])
    return places


def _rearranged(row: Sequence[Cell], places: Sequence[int]) -> list[Cell]:
    rearranged: list[Cell] = [None] * (max(places, default=-1) + 1)
    for index, cell in zip(places, row, strict=False):
        rearranged[index] = cell
    return rearranged


def _hidden_columns(sheet: Sheet) -> Iterator[int]:
    width = len(sheet.rows[0])
    used = {c for row in sheet.rows for c in sheet.hidden_columns if c < width and row[c] is not None}
    yield from sorted(used)


def _hidden_count(sheet: Sheet) -> int:
    return sum(not is_blank(sheet.rows[index]) for index in sheet.hidden_rows)


def _without_hidden(sheet: Sheet) -> Sheet:
    """Hidden places become empty, so that rows keep their numbers."""
    if not sheet.hidden_rows and not sheet.hidden_columns:
        return sheet
    rows: list[list[Cell]] = [
        [None] * len(row)
        if index in sheet.hidden_rows
        else [None if column in sheet.hidden_columns else cell for column, cell in enumerate(row)]
        for index, row in enumerate(sheet.rows)
    ]
    return replace(sheet, rows=rows)
