"""Which column of a file fills which field (I-3)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import islice

from crm.domain.imports.customer_codes import INSTEAD
from crm.domain.imports.placed_columns import heading_of, letter_of, place_of, says_places
from crm.errors import DomainError
from crm.i18n import N_, say
from crm.spreadsheets.cleaning.texts import as_text
from crm.spreadsheets.headings import find_heading_row, normalize_heading
from crm.spreadsheets.sheet import Sheet

_DEEPEST = 5
"""More rows than this are no headings."""
_SHOWN = 40
"""Characters of a heading that is only named."""


@dataclass(frozen=True)
class TemplateColumn:
    """A field with the heading it is under, or with the same value for every row."""

    field: str
    heading: str | None = None
    fixed: str | None = None

    def stored(self) -> list[str | None]:
        return [self.field, self.heading, self.fixed]


@dataclass(frozen=True)
class Mapping:
    """Where the fields are. Rows and columns count from 0; without headings `heading_row` is -1, or a row that only
    names the places.

    `first_row` is the first one below the headings, which may be merged over several rows; `duplicated` are headings
    that stand twice, `missing` those of fields that may be left out, `unread` the file's columns that fill no field.
    """

    heading_row: int
    columns: dict[str, int]
    duplicated: list[str]
    missing: list[str] = field(default_factory=list)
    first_row: int = 0
    unread: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ExpectedColumns:
    """What is looked for in a file: the template's columns, the fields that cannot be left out, and in which row the
    headings stand (from 0; None: that is found out). `placed`: there are none, the columns are named by place."""

    columns: Sequence[TemplateColumn] = ()
    required: Sequence[str] = ()
    heading_row: int | None = None
    placed: bool = False


_LACKS = N_(
    "The file lacks required headings: %(headings)s. Please choose another template, or none, and assign the columns "
    "manually."
)


_NO_PLACE = N_(
    "The file has no headings, so columns are named by their letters; it has none for: %(headings)s. Please choose "
    "another template, or none, and assign the columns manually."
)


class HeadingsMissing(DomainError):
    """The sheet lacks headings without which it cannot be imported."""


def map_expected(sheet: Sheet, expected: ExpectedColumns) -> Mapping:
    if expected.placed:
        return _map_places(sheet, expected.columns, expected.required)
    return map_columns(sheet, expected.columns, expected.required, expected.heading_row)


def _map_places(sheet: Sheet, columns: Sequence[TemplateColumn], required: Sequence[str]) -> Mapping:
    """The columns at the places that they are named by; the first row is data."""
    named = [(column, place_of(column.heading)) for column in columns if column.heading]
    places = {c.field: index for c, index in named if index is not None and index < _width(sheet)}
    missing = [c.heading or "" for c, _place in named if c.field not in places]
    lacking = [_letter(c) for c in _lacking(columns, required, places)]
    if lacking or not places:
        raise HeadingsMissing(_NO_PLACE, headings="、".join(lacking or map(_letter, columns)))
    first_row = first_row_of(sheet)
    return Mapping(first_row - 1, places, [], missing, first_row)


def _letter(column: TemplateColumn) -> str:
    index = place_of(column.heading or "")
    return column.heading or "" if index is None else letter_of(index)


def first_row_of(sheet: Sheet) -> int:
    """Of a sheet without headings: the first one, unless it only names the places."""
    return 1 if sheet.rows and says_places(sheet.rows[0]) else 0


def _width(sheet: Sheet) -> int:
    return len(sheet.rows[0]) if sheet.rows else 0


def headings_of(sheet: Sheet, heading_row: int) -> list[str]:
    """What stands above the columns; their places' names where there is no row of headings."""
    if heading_row < 0:
        return [heading_of(index) for index in range(_width(sheet))]
    return [as_text(cell) for cell in sheet.rows[heading_row]]


def map_columns(
    sheet: Sheet, columns: Sequence[TemplateColumn], required: Sequence[str], heading_row: int | None = None
) -> Mapping:
    """Find the template's headings, below title rows and in any order; other columns are ignored.

    Raises HeadingsMissing where the heading of a required field is not there; the others may be missing (I-3, I-5).
    """
    headings = [c.heading for c in columns if c.heading]
    needed = [c.heading for c in columns if c.heading and c.field in required]
    match = find_heading_row(sheet.rows, headings, required=needed, only=heading_row)
    missing = match.missing if match else headings
    place_of_heading = match.columns if match else {}
    places = {c.field: place_of_heading[c.heading] for c in columns if c.heading and c.heading in place_of_heading}
    lacking = [c.heading or "" for c in _lacking(columns, required, places)]
    if match is None or lacking:
        raise HeadingsMissing(_LACKS, headings="、".join(lacking or headings))
    first_row = _below(sheet, match.row_index, places.values())
    return Mapping(match.row_index, places, match.duplicated, missing, first_row)


def _lacking(
    columns: Sequence[TemplateColumn], required: Sequence[str], places: Collection[str]
) -> list[TemplateColumn]:
    """The columns of required fields that the file has not, nor what may stand for them."""
    present = {*places, *(c.field for c in columns if c.fixed)}
    short = {key for key in required if key not in present and INSTEAD.get(key) not in present}
    lacking = short | {INSTEAD[key] for key in short if key in INSTEAD}
    return [column for column in columns if column.heading and column.field in lacking]


def _below(sheet: Sheet, heading_row: int, columns: Collection[int]) -> int:
    """Headings of two levels: one that is merged downwards reaches into the rows of its neighbours."""
    lowest = heading_row
    for first, first_column, last, _right in sheet.merged:
        if first <= heading_row <= last < heading_row + _DEEPEST and first_column in columns:
            lowest = max(lowest, last)
    return lowest + 1


def unread_headings(sheet: Sheet, mapping: Mapping, columns: Sequence[TemplateColumn]) -> list[str]:
    """The columns that hold something and fill no field, by their headings (by their letters where they have none).

    A heading that stands twice is left to `Mapping.duplicated`.
    """
    known = {normalize_heading(column.heading) for column in columns if column.heading} | _reasons()
    headings = headings_of(sheet, mapping.heading_row)
    unread = []
    for index in set(range(len(headings))) - set(mapping.columns.values()):
        heading = headings[index].strip()
        if normalize_heading(heading) not in known and _holds_something(sheet, mapping.first_row, index):
            unread.append((index, heading[:_SHOWN] or letter_of(index)))
    return [heading for _place, heading in sorted(unread)]


def _reasons() -> set[str]:
    """Our own column beside marked rows is no column of the file (I-4)."""
    return {normalize_heading(say(language, "Reason")) for language in ("zh_Hant", "zh_Hans", "en")}


def _holds_something(sheet: Sheet, first_row: int, column: int) -> bool:
    rows = islice(sheet.rows, first_row, None)
    return any(column < len(row) and row[column] is not None and as_text(row[column]) for row in rows)
