"""Which column of a file fills which field (I-3)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from crm.errors import DomainError
from crm.i18n import N_
from crm.spreadsheets.headings import find_heading_row
from crm.spreadsheets.sheet import Sheet

_DEEPEST = 5
"""More rows than this are no headings."""


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
    """Where the fields are. Rows and columns count from 0.

    `first_row` is the first one below the headings, which may be merged over several rows; `duplicated` are headings
    that stand twice, `missing` those of fields that may be left out.
    """

    heading_row: int
    columns: dict[str, int]
    duplicated: list[str]
    missing: list[str] = field(default_factory=list)
    first_row: int = 0


class HeadingsMissing(DomainError):
    """The sheet lacks headings without which it cannot be imported."""


def map_columns(sheet: Sheet, columns: Sequence[TemplateColumn], required: Sequence[str]) -> Mapping:
    """Find the template's headings, below title rows and in any order; other columns are ignored.

    Raises HeadingsMissing where the heading of a required field is not there; the others may be missing (I-3, I-5).
    """
    wanted = [c.heading for c in columns if c.heading]
    needed = [c.heading for c in columns if c.heading and c.field in required]
    match = find_heading_row(sheet.rows, wanted, required=needed)
    missing = match.missing if match else wanted
    if match is None or set(needed) & set(missing):
        raise HeadingsMissing(
            N_("The file lacks these headings of the template: %(headings)s. Please choose another template or file."),
            headings="、".join(sorted(missing, key=lambda heading: heading not in needed)),
        )
    places = {c.field: match.columns[c.heading] for c in columns if c.heading and c.heading in match.columns}
    first_row = _below(sheet, match.row_index, places.values())
    return Mapping(match.row_index, places, match.duplicated, missing, first_row)


def _below(sheet: Sheet, heading_row: int, columns: Collection[int]) -> int:
    """Headings of two levels: one that is merged downwards reaches into the rows of its neighbours."""
    lowest = heading_row
    for first, left, last, _right in sheet.merged:
        if first <= heading_row <= last < heading_row + _DEEPEST and left in columns:
            lowest = max(lowest, last)
    return lowest + 1
