"""組織架構 read back from a workbook, by the import's own readers, and saved by the verbs that forms use (A-4, I-4).

Empty cells change nothing, and nothing is deleted.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.imports.checking import read_rows
from crm.domain.imports.declaration import ImportContext
from crm.domain.imports.mapping import HeadingsMissing, TemplateColumn, map_columns, unread_headings
from crm.domain.imports.mapping import Mapping as ColumnMapping
from crm.domain.imports.rows import WRONG, Check, Row
from crm.domain.organisation.people import save_person
from crm.domain.organisation.roles_and_grants import roles_of, set_roles
from crm.domain.organisation.unit_names import UnitNames
from crm.domain.organisation.unit_saving import save_unit
from crm.domain.organisation.units import people_within, units_within
from crm.domain.organisation.workbook_sheets import FIELDS, KINDS, NEEDED, PEOPLE, REQUIRED, TITLES
from crm.entities.record_saving import Actor
from crm.errors import DomainError, FieldError
from crm.i18n import N_, say
from crm.models import OrgUnit, Permission, Role, User
from crm.spreadsheets.errors import SpreadsheetError, shortened
from crm.spreadsheets.sheet import Sheet

SPOKEN = ("zh_Hant", "zh_Hans", "en")
MAX_ROWS = 2000
UNKNOWN_SHEET = N_("The sheet “%(sheet)s” has none of the headings of companies, departments or people.")
TOO_MANY = N_("The file has more than %(most)s rows. Please split it.")
NO_UNIT = N_("There is no company or department called “%(value)s” that you may use.")
SEVERAL_UNITS = N_("Several are called “%(value)s”. Please write it with all above it, as in an exported file.")
OTHER_KIND = N_("“%(value)s” is there already, but as the other of company and department.")
NO_ROLE = N_("There is no role called “%(value)s”.")
MISSING = N_("Please fill this in.")
TWICE = N_("This is there twice in the file.")


@dataclass(frozen=True)
class Problem:
    """What is wrong: in which sheet and row (from 1), under which heading, with which value."""

    sheet: str
    row: int
    heading: str
    value: str
    error: DomainError


@dataclass
class Outcome:
    """What a file did, or would do: the people it made, how many units it made, and what it changed."""

    problems: list[Problem] = field(default_factory=list)
    people: list[User] = field(default_factory=list)
    units: int = 0
    changed: int = 0
    unread: list[str] = field(default_factory=list)


class Refused(Exception):
    """Something is wrong with the file, and nothing of it stays."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("the file is wrong")
        self.problems = problems


@dataclass
class ReadSheet:
    """One sheet of a known kind."""

    kind: str
    title: str
    check: Check
    unread: list[str]
    """Headings of columns that nothing is known of."""


def read_sheets(sheets: Sequence[Sheet], importing: ImportContext, language: str) -> list[ReadSheet]:
    """The rows of each sheet as values. Raises SpreadsheetError for a file of something else."""
    if sum(len(sheet.rows) for sheet in sheets) > MAX_ROWS:
        raise SpreadsheetError(TOO_MANY, most=MAX_ROWS)
    read = []
    for sheet in sheets:
        kind, columns, mapping = _recognised(sheet, language)
        check = read_rows(KINDS[kind], sheet, columns, mapping, importing)
        unread = unread_headings(sheet, mapping, columns)
        read.append(ReadSheet(kind, sheet.sheet_name or say(language, TITLES[kind]), check, unread))
    return sorted(read, key=lambda sheet: list(TITLES).index(sheet.kind))


def _recognised(sheet: Sheet, language: str) -> tuple[str, list[TemplateColumn], ColumnMapping]:
    """By its headings, in any of our languages."""
    for spoken in (language, *SPOKEN):
        for kind in TITLES:
            columns = [TemplateColumn(column.key, say(spoken, column.label)) for column in FIELDS[kind]]
            try:
                return kind, columns, map_columns(sheet, columns, REQUIRED[kind])
            except HeadingsMissing:
                continue
    raise SpreadsheetError(UNKNOWN_SHEET, sheet=shortened(sheet.sheet_name))


def import_sheets(session: Session, sheets: Sequence[ReadSheet], actor: Actor) -> Outcome:
    """All of the file, by the verbs that forms use. Raises Refused with everything that is wrong; the caller takes the
    transaction back then."""
    importer = _Import(session, actor)
    for sheet in sheets:
        importer.note(sheet)
    importer.save_units([sheet for sheet in sheets if sheet.kind != PEOPLE])
    for sheet in sheets:
        if sheet.kind == PEOPLE:
            importer.save_people(sheet)
    if importer.outcome.problems:
        raise Refused(
            sorted(importer.outcome.problems, key=lambda problem: (importer.titles.index(problem.sheet), problem.row))
        )
    return importer.outcome


class _Import:
    def __init__(self, session: Session, actor: Actor) -> None:
        self.session, self.actor = session, actor
        self.outcome = Outcome()
        self.titles: list[str] = []
        self.names = UnitNames(session)
        right = Permission.ORGANISATION_SAVE
        self.reached = set(session.scalars(select(OrgUnit.id).where(units_within(actor.rights, right))))
        everybody = session.scalars(select(User).where(people_within(actor.rights, right)))
        self.known = {user.login_key: user for user in everybody}
        roles = session.scalars(select(Role).where(Role.deleted_at.is_(None)))
        self.roles = {text.fold(role.name): role.id for role in roles}
        self.seen: set[tuple[str, Any]] = set()
        self.flawed: set[tuple[str, int, str]] = set()

    def note(self, sheet: ReadSheet) -> None:
        """What is wrong with single cells: a value that cannot be read is no empty cell."""
        self.titles.append(sheet.title)
        self.outcome.unread += sheet.unread
        for issue in sheet.check.issues:
            self._add(sheet, issue.row, issue.heading, issue.value, DomainError(issue.message, **issue.values))

    def _add(self, sheet: ReadSheet, row: int, heading: str, value: str, error: DomainError) -> None:
        self.flawed.add((sheet.title, row, heading))
        self.outcome.problems.append(Problem(sheet.title, row + 1, heading, value, error))

    def _add_problem(self, sheet: ReadSheet, row: Row, error: DomainError) -> None:
        key = getattr(error, "field", "")
        key = {"parent_id": "above", "unit_id": "above", "roles": "role_names"}.get(key, key)
        heading = sheet.check.headings.get(key, (None, ""))[1]
        self._add(sheet, row.index, heading, str(row.values.get(key) or ""), error)

    @contextmanager
    def _row(self, sheet: ReadSheet, row: Row) -> Iterator[None]:
        """An error of a verb is reported for its row, and nothing of the row stays."""
        try:
            with self.session.begin_nested():
                yield
        except DomainError as error:
            self._add_problem(sheet, row, error)

    def save_units(self, sheets: Sequence[ReadSheet]) -> None:
        """In any order: whatever lies under a unit of the file comes after it."""
        waiting = [(sheet, row) for sheet in sheets for row in sheet.check.rows if row.outcome != WRONG]
        while waiting:
            later = []
            for sheet, row in waiting:
                if row.values.get("above") is None or self.names.units_meant(row.values["above"]):
                    with self._row(sheet, row):
                        self._save_unit(sheet, row)
                else:
                    later.append((sheet, row))
            if len(later) == len(waiting):
                for sheet, row in later:
                    self._add_problem(sheet, row, FieldError("above", NO_UNIT, value=shortened(row.values["above"])))
                return
            waiting = later

    def _save_unit(self, sheet: ReadSheet, row: Row) -> None:
        above, name = row.values.get("above"), row.values["name"]
        parent_id = self._unit(above).id if above is not None else None
        self._check_unique(sheet.kind, (parent_id, text.fold(name)), "name")
        known_units = [u for u in self.names.within(parent_id, name) if u.id in self.reached]
        values = {key: value for key, value in row.values.items() if key != "above"}
        if not known_units:
            if parent_id is None:
                raise FieldError("above", MISSING)
            save_unit(self.session, None, {**values, "kind": sheet.kind, "parent_id": parent_id}, self.actor)
            self.outcome.units += 1
            self.names.read()
            self.reached |= {u.id for u in self.names.within(parent_id, name)}
            return
        if known_units[0].kind != sheet.kind:
            raise FieldError("name", OTHER_KIND, value=shortened(name))
        if text.fold(name) == text.fold(self.names.called(known_units[0])) != text.fold(known_units[0].name):
            values["name"] = known_units[0].name
        if _differs(known_units[0], values):
            save_unit(self.session, known_units[0], values, self.actor)
            self.outcome.changed += 1

    def _unit(self, typed: str) -> OrgUnit:
        units = self.names.units_meant(typed)
        if len(units) > 1:
            raise FieldError("above", SEVERAL_UNITS, value=shortened(typed))
        if not units:
            raise FieldError("above", NO_UNIT, value=shortened(typed))
        return units[0]

    def _check_unique(self, kind: str, key: Any, name: str) -> None:
        """Two rows about one thing cannot both be meant."""
        if (kind, key) in self.seen:
            raise FieldError(name, TWICE)
        self.seen.add((kind, key))

    def save_people(self, sheet: ReadSheet) -> None:
        for row in sheet.check.rows:
            if row.outcome != WRONG:
                with self._row(sheet, row):
                    self._save_person(sheet, row)

    def _save_person(self, sheet: ReadSheet, row: Row) -> None:
        values: dict[str, Any] = {k: v for k, v in row.values.items() if k not in ("above", "role_names")}
        values["unit_id"] = self._unit(row.values["above"]).id
        roles = self._roles(row.values.get("role_names"))
        key = text.login_key(text.normalize_login(values["login"]))
        self._check_unique(PEOPLE, key, "login")
        user = self.known.get(key)
        if user is None:
            for needed in NEEDED:
                heading = sheet.check.headings.get(needed.key, (None, ""))[1]
                if values.get(needed.key) is None and (sheet.title, row.index, heading) not in self.flawed:
                    raise FieldError(needed.key, MISSING)
            user = save_person(self.session, None, {**values, "invited": True}, self.actor)
            set_roles(self.session, user, roles or (), self.actor)
            self.outcome.people.append(user)
            return
        differs = _differs(user, values)
        gives = roles is not None and set(roles) != roles_of(self.session, user)
        if differs:
            save_person(self.session, user, values, self.actor)
        if gives:
            set_roles(self.session, user, roles or (), self.actor)
        self.outcome.changed += differs or gives

    def _roles(self, typed: str | None) -> list[int] | None:
        """None where the cell is empty: then the roles stay."""
        if not typed:
            return None
        role_ids = []
        for name in typed.replace(",", "、").replace("，", "、").split("、"):
            if name.strip():
                if text.fold(name.strip()) not in self.roles:
                    raise FieldError("roles", NO_ROLE, value=shortened(name.strip()))
                role_ids.append(self.roles[text.fold(name.strip())])
        return role_ids


def _differs(record: Any, values: Mapping[str, Any]) -> bool:
    return any(getattr(record, key) != value for key, value in values.items())
