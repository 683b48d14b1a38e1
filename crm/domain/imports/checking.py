"""The check: a whole file is read and judged before anything is written (I-4)."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from crm import clock
from crm.domain.imports.addresses import NO_CITY, AddressBook
from crm.domain.imports.customer_codes import CODE, INSTEAD, NAME
from crm.domain.imports.declaration import EACH, ImportContext, ImportKind
from crm.domain.imports.mapping import Mapping, TemplateColumn, map_columns
from crm.domain.imports.new_items import NotInList
from crm.domain.imports.options import LEAVE
from crm.domain.imports.rows import NEW, WRONG, Check, Row
from crm.domain.imports.values import Reader, reader_of
from crm.entities.entity import TO_COME, Field
from crm.errors import DomainError
from crm.fields import CityChoice, Code, Reference
from crm.i18n import N_
from crm.spreadsheets.cleaning import as_text
from crm.spreadsheets.errors import shortened
from crm.spreadsheets.sheet import Cell, Sheet, is_blank
from crm.spreadsheets.template import is_example_row
from crm.spreadsheets.totals import is_total
from crm.spreadsheets.unreadable import require_readable

SAYS_NOTHING = N_("“%(value)s” counts as empty, so no row would get it.")
MISSING = N_("“%(field)s” is missing.")
ONE_CODE = N_("Every row needs its own code. Please enter the heading of its column.")

MAX_VALUE_LENGTH = 100


def check_sheet(
    session: Session, kind: ImportKind, sheet: Sheet, columns: Sequence[TemplateColumn], importing: ImportContext
) -> Check:
    """Every row with its values and what will become of it. Raises DomainError where headings are missing."""
    mapping = map_columns(sheet, columns, kind.required)
    check = read_rows(kind, sheet, columns, mapping, importing)
    match_rows(session, kind, check, importing)
    return check


def match_rows(session: Session, kind: ImportKind, check: Check, importing: ImportContext) -> None:
    """Which rows are new and which are known; a new one needs what the firm's own fields require, as in the form."""
    kind.match(session, check, importing)
    own = [field for field in kind.own if field.required]
    usual = importing.default_values(session, kind.entity) if own else {}
    for row in check.rows_with(NEW) if own else ():
        for field in own:
            if field.key not in row.values and usual.get(field.attr) is None:
                check.reject(row, field.key, "", MISSING, field=kind.label(field.key))
    check.drop_idle_warnings()


def read_rows(
    kind: ImportKind, sheet: Sheet, columns: Sequence[TemplateColumn], mapping: Mapping, importing: ImportContext
) -> Check:
    """The rows below the headings as values; empty rows and the template's example are passed over."""
    check = Check(
        headings={c.field: (mapping.columns.get(c.field), c.heading or "") for c in columns},
        labels={field.key: kind.label(field.key) for field in kind.fields()},
    )
    reading = _RowReader(kind, columns, mapping, importing, check)
    complete = kind.complete(importing) if kind.complete else None
    first = mapping.first_row
    for index in range(first, len(sheet.rows)):
        cells = sheet.rows[index]
        if is_blank(cells) or is_example_row(cells):
            continue
        if is_total(cells):
            check.totals.append(index)
            if importing.options.totals == LEAVE:
                continue
        row = reading.read(index, cells)
        if complete is not None and row.outcome != WRONG:
            complete(check, row)
        check.rows.append(row)
        if index % EACH == 0:
            importing.progress(5 + 55 * (index - first) // len(sheet.rows))
    for key in reading.barred if check.rows else ():
        check.warn(
            check.rows[0], key, "", N_("You cannot fill in “%(field)s”, so it was skipped."), field=kind.label(key)
        )
    return check


class _RowReader:
    """Makes values of cells, row by row, by the template's columns."""

    def __init__(
        self,
        kind: ImportKind,
        columns: Sequence[TemplateColumn],
        mapping: Mapping,
        importing: ImportContext,
        check: Check,
    ) -> None:
        self.check = check
        self.kind = kind
        self.row = Row(0, {})
        self.key = ""
        self.cell: Cell = None
        self.barred: list[str] = []
        """Fields of the template that the importer may neither see nor fill."""
        self.today = clock.day_of(importing.actor.now, importing.actor.zone)
        named = {column.field for column in columns}
        self.either = NAME in kind.required and CODE in named
        """Whether a row may say its customer's code in place of the name."""
        self.missing_at = NAME if NAME in named else CODE
        self.parts: list[tuple[Field, int | None, Cell, Reader, bool]] = []
        for column in columns:
            field = kind.field(column.field)
            if field is not None and field.permission and not importing.actor.rights.may(field.permission):
                self.barred.append(column.field)
            elif field is not None:
                reader = reader_of(kind, field, importing)
                column_index = mapping.columns.get(column.field)
                self.parts.append((field, column_index, column.fixed, reader, self._is_required(column.field)))

    def _is_required(self, key: str) -> bool:
        return key in self.kind.required and not (self.either and key in INSTEAD)

    def read(self, index: int, cells: Sequence[Cell]) -> Row:
        self.row = row = Row(index, {})
        warn = self._warn
        for field, column_index, fixed, reader, required in self.parts:
            key = field.key
            cell = fixed if column_index is None else cells[column_index]
            if cell is None:
                value = None
            else:
                self.key, self.cell = key, cell
                try:
                    value = reader(require_readable(cell), warn)
                except DomainError as problem:
                    value = None
                    wrong = required or key in (*self.kind.strict, NAME, CODE) or isinstance(problem, NotInList)
                    self._add_issue(problem, wrong)
                    if required:
                        continue
            if value is not None:
                row.values[key] = value
                if field.is_doubtful(value, self.today):
                    warn(TO_COME, {"day": value})
            elif required:
                self.check.reject(row, key, self._shortened_cell(cell), MISSING, field=self.kind.label(key))
        if self.either and NAME not in row.values and CODE not in row.values and row.outcome != WRONG:
            self.check.reject(row, self.missing_at, "", MISSING, field=self.kind.label(self.missing_at))
        return row

    def _add_issue(self, problem: DomainError, wrong: bool) -> None:
        self.check.add_issue(
            self.row, self.key, self._shortened_cell(self.cell), problem.message, problem.values, wrong
        )

    def _warn(self, message: str, values: Any) -> None:
        self.check.add_issue(self.row, self.key, self._shortened_cell(self.cell), message, values, wrong=False)

    def _shortened_cell(self, cell: Cell) -> str:
        return str(shortened(as_text(cell), MAX_VALUE_LENGTH))


def fixed_value_problem(
    session: Session, kind: ImportKind, key: str, fixed: str, importing: ImportContext
) -> DomainError | None:
    """Why a template's fixed value cannot be used; None where it can."""
    field = kind.field(key)
    if field is None:
        return None
    if isinstance(field.type, Code):
        return DomainError(ONE_CODE)
    read: Callable[..., Any] = reader_of(kind, field, importing)
    try:
        value = read(require_readable(fixed), lambda message, values: None)
    except DomainError as problem:
        return problem
    if value is None:
        return DomainError(SAYS_NOTHING, value=shortened(fixed))
    if isinstance(field.type, CityChoice) and not AddressBook(importing.context.lookups).knows_city(value):
        return DomainError(NO_CITY, value=shortened(fixed))
    return _not_found(session, kind, key, value, importing) if isinstance(field.type, Reference) else None


def _not_found(
    session: Session, kind: ImportKind, key: str, value: str, importing: ImportContext
) -> DomainError | None:
    """The refusal of a row that names this record; None where it is accepted."""
    check = Check([Row(0, {key: value}, WRONG)])  # nothing else of it is judged
    kind.match(session, check, importing)
    refused = next((issue for issue in check.issues if issue.is_error and issue.value == value), None)
    return DomainError(refused.message, **refused.values) if refused is not None else None
