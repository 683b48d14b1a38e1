"""Which column of a file fills which field (I-3)."""

from collections.abc import Sequence
from dataclasses import dataclass

from crm.domain.errors import DomainError
from crm.i18n import N_
from crm.spreadsheets.headings import find_heading_row
from crm.spreadsheets.sheet import Sheet


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
    """The row of the headings (from 0), the column of each field, and headings that stand twice."""

    heading_row: int
    columns: dict[str, int]
    duplicated: list[str]


def map_columns(sheet: Sheet, columns: Sequence[TemplateColumn], required: Sequence[str]) -> Mapping:
    """Find the template's headings, below title rows and in any order; other columns are ignored.

    Raises DomainError naming the headings that the file lacks.
    """
    wanted = [c.heading for c in columns if c.heading]
    needed = [c.heading for c in columns if c.heading and c.field in required]
    match = find_heading_row(sheet.rows, wanted, required=needed)
    missing = match.missing if match else wanted
    if missing or match is None:
        raise DomainError(
            N_("The file lacks these headings of the template: %(headings)s. Please choose another template or file."),
            headings="、".join(missing),
        )
    return Mapping(match.row_index, {c.field: match.columns[c.heading] for c in columns if c.heading}, match.duplicated)
