"""組織架構 as a workbook of three sheets: written, and read back by the import's own readers (A-4, I-4).

A department is named by its name where no other has it, else by all that it lies in (總公司 / 業務部 / 北區); of two
with one name in one place, as there may be from earlier, the second has a number: 業務部 (2). What is written comes
back unchanged; empty cells change nothing, and nothing is deleted.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.imports.checking import read_rows
from crm.domain.imports.contacts import GENDER_WORDS
from crm.domain.imports.declaration import ImportContext, ImportKind
from crm.domain.imports.mapping import HeadingsMissing, TemplateColumn, map_columns, unread_headings
from crm.domain.imports.mapping import Mapping as ColumnMapping
from crm.domain.imports.rows import WRONG, Check, Row
from crm.domain.organisation.people import save_person
from crm.domain.organisation.placement import save_unit
from crm.domain.organisation.roles_and_grants import roles_of, set_roles
from crm.domain.organisation.units import PEOPLE_ORDER, UNIT_ORDER, descendant_ids, people_within, units_within
from crm.entities.entity import Field, FieldSet
from crm.entities.people import PERSON, unit_fields
from crm.entities.record_saving import Actor
from crm.errors import DomainError, FieldError
from crm.fields import Phone, Text
from crm.i18n import N_, say
from crm.models import OrgUnit, Permission, Role, RoleMember, User
from crm.models.organisation import COMPANY, DEPARTMENT
from crm.spreadsheets.errors import SpreadsheetError, shortened
from crm.spreadsheets.sheet import Sheet
from crm.spreadsheets.writing import Column, SheetToWrite

SPOKEN = ("zh_Hant", "zh_Hans", "en")
BETWEEN = " / "
"""Between the names of a path."""
MOST_ROWS = 2000
PEOPLE = "people"
TITLES = {COMPANY: N_("Companies"), DEPARTMENT: N_("Departments"), PEOPLE: N_("People")}
UNKNOWN_SHEET = N_("The sheet “%(sheet)s” has none of the headings of companies, departments or people.")
TOO_MANY = N_("The file has more than %(most)s rows. Please split it.")
NO_UNIT = N_("There is no company or department called “%(value)s” that you may use.")
SEVERAL_UNITS = N_("Several are called “%(value)s”. Please write it with all above it, as in an exported file.")
OTHER_KIND = N_("“%(value)s” is there already, but as the other of company and department.")
NO_ROLE = N_("There is no role called “%(value)s”.")
MISSING = N_("Please fill this in.")
TWICE = N_("This is there twice in the file.")


def _above(label: str) -> Field:
    return Field("above", label, Text(600))


def _fields(kind: str) -> FieldSet:
    """As the form has them, but names in place of what is chosen."""
    if kind == PEOPLE:
        own = PERSON.pick("name", "login", "email", "gender", "phone", "mobile", "job_title")
        return FieldSet(PEOPLE, N_("Person"), User, (_above(PERSON["unit_id"].label), *own, _ROLES))
    fields = tuple(one for one in unit_fields(kind) if one.key != "parent_id")
    return FieldSet("organisation", TITLES[kind], OrgUnit, (_above(unit_fields(kind)["parent_id"].label), *fields))


_ROLES = Field("role_names", PERSON["roles"].label, Text(600))
FIELDS = {kind: _fields(kind) for kind in TITLES}
REQUIRED = {COMPANY: ("name",), DEPARTMENT: ("above", "name"), PEOPLE: ("above", "name", "login")}
"""Without these a row says nothing; what else somebody new must have is asked of those alone."""
STARRED = {**REQUIRED, COMPANY: ("above", "name"), PEOPLE: ("above", "name", "login", "email", "gender")}
NEEDED = PERSON.pick("email", "gender")


def _import_kind(kind: str) -> ImportKind:
    fields: Any = FIELDS[kind]
    return ImportKind(
        key=kind,
        title=TITLES[kind],
        entity=fields,
        required=REQUIRED[kind],
        view=Permission.ORGANISATION_SAVE,
        save=Permission.ORGANISATION_SAVE,
        match=_unused,
        prepare=_unused,
        synonyms={"gender": GENDER_WORDS},
        numbers_as_text=tuple(one.key for one in fields if isinstance(one.type, Phone) or one.key in ("login", "name")),
    )


def _unused(*_: Any) -> Any:
    raise NotImplementedError


KINDS = {kind: _import_kind(kind) for kind in TITLES}

# Writing


def sheets(
    session: Session, actor: Actor, language: str, units: Collection[int] = (), people: Collection[int] = ()
) -> list[SheetToWrite]:
    """The chosen units with all below them, and the chosen people; without a choice everything within reach."""
    asked = Permission.ORGANISATION_SAVE
    wanted = select(OrgUnit).where(units_within(actor.rights, asked))
    persons = select(User).where(people_within(actor.rights, asked))
    if units or people:
        below = {one for unit in units for one in descendant_ids(session, unit)}
        wanted = wanted.where(OrgUnit.id.in_(below))
        persons = persons.where(User.unit_id.in_(below) | User.id.in_(people))
    found = _from_the_top(session.scalars(wanted.order_by(*UNIT_ORDER)).all())
    places = {unit.id: place for place, unit in enumerate(found)}
    persons_found = list(session.scalars(persons.order_by(*PEOPLE_ORDER)))
    persons_found.sort(key=lambda person: places.get(person.unit_id, len(places)))
    names = _Names(session)
    rows = {
        COMPANY: [_unit_row(unit, names) for unit in found if unit.kind == COMPANY],
        DEPARTMENT: [_unit_row(unit, names) for unit in found if unit.kind == DEPARTMENT],
        PEOPLE: _people_rows(session, persons_found, names, language),
    }
    return [_sheet(kind, language, rows[kind]) for kind in TITLES]


def blank_sheets(language: str) -> list[SheetToWrite]:
    """空白模版."""
    return [_sheet(kind, language, []) for kind in TITLES]


def _sheet(kind: str, language: str, rows: Sequence[Sequence[Any]]) -> SheetToWrite:
    star = STARRED[kind]
    columns = [
        Column(f"*{say(language, one.label)}" if one.key in star else say(language, one.label), "text")
        for one in FIELDS[kind]
    ]
    return SheetToWrite(say(language, TITLES[kind]), columns, rows)


def _from_the_top(units: Sequence[OrgUnit]) -> list[OrgUnit]:
    """Each above what lies under it, so that a file is read from the top."""
    ids, under = {unit.id for unit in units}, defaultdict(list)
    for unit in units:
        under[unit.parent_id if unit.parent_id in ids else None].append(unit)

    def below(parent: int | None) -> Iterator[OrgUnit]:
        for unit in under[parent]:
            yield unit
            yield from below(unit.id)

    return list(below(None))


def _unit_row(unit: OrgUnit, names: "_Names") -> list[Any]:
    values = {one.attr: getattr(unit, one.attr) for one in list(FIELDS[unit.kind])[1:]}
    return [names.of(unit.parent_id), *{**values, "name": names.called(unit)}.values()]


def _people_rows(session: Session, people: Sequence[User], names: "_Names", language: str) -> list[list[Any]]:
    ids = [person.id for person in people]
    held = select(RoleMember.user_id, Role.name).join(Role, Role.id == RoleMember.role_id)
    held = held.where(RoleMember.user_id.in_(ids), Role.deleted_at.is_(None)).order_by(Role.position, Role.id)
    roles = defaultdict(list)
    for user_id, name in session.execute(held):
        roles[user_id].append(name)
    genders = dict(PERSON["gender"].type.options)  # type: ignore[attr-defined]
    rows = []
    for person in people:
        values: dict[str, Any] = {one.key: getattr(person, one.attr) for one in list(FIELDS[PEOPLE])[1:-1]}
        values["gender"] = say(language, genders[person.gender]) if person.gender else None
        rows.append([names.of(person.unit_id), *values.values(), "、".join(roles[person.id])])
    return rows


def _numbered(name: str, number: int) -> str:
    return f"{name} ({number})"


class _Names:
    """What units are called in a file, and which one is meant by a text."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.read()

    def read(self) -> None:
        units = self.session.scalars(select(OrgUnit).where(OrgUnit.deleted_at.is_(None))).all()
        self.units = {unit.id: unit for unit in units}
        self._count = Counter(text.fold(unit.name) for unit in units)
        self._numbers = self._numbered(units)
        self._found: dict[str, list[OrgUnit]] = defaultdict(list)
        for unit in units:
            for name in {text.fold(unit.name), text.fold(self.path(unit))}:
                self._found[name].append(unit)

    @staticmethod
    def _numbered(units: Sequence[OrgUnit]) -> dict[int, int]:
        """Of several with one name in one place, from a time when that could be: each but the first has a number."""
        taken = {(unit.parent_id, text.fold(unit.name)) for unit in units}
        first, numbers = set(), {}
        for unit in sorted(units, key=lambda one: one.id):
            place = (unit.parent_id, text.fold(unit.name))
            if place in first:
                free = (n for n in count(2) if (unit.parent_id, text.fold(_numbered(unit.name, n))) not in taken)
                numbers[unit.id] = next(free)
                taken.add((unit.parent_id, text.fold(_numbered(unit.name, numbers[unit.id]))))
            first.add(place)
        return numbers

    def called(self, unit: OrgUnit) -> str:
        """Its name; with a number where another in the same place has it."""
        return _numbered(unit.name, self._numbers[unit.id]) if unit.id in self._numbers else unit.name

    def path(self, unit: OrgUnit) -> str:
        above = self.units.get(unit.parent_id or 0)
        return f"{self.path(above)}{BETWEEN}{self.called(unit)}" if above is not None else self.called(unit)

    def within(self, parent_id: int | None, typed: str) -> list[OrgUnit]:
        """Those there that a row of units means by this name."""
        there = [unit for unit in self.units.values() if unit.parent_id == parent_id]
        exact = [unit for unit in there if text.fold(self.called(unit)) == text.fold(typed)]
        return exact or [unit for unit in self.meant(typed) if unit.parent_id == parent_id]

    def of(self, unit_id: int | None) -> str | None:
        unit = self.units.get(unit_id or 0)
        if unit is None:
            return None
        return unit.name if self._count[text.fold(unit.name)] == 1 else self.path(unit)

    def meant(self, typed: str) -> list[OrgUnit]:
        return self._found.get(text.fold(typed), [])


# Reading


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
class _Read:
    """One sheet of a known kind."""

    kind: str
    title: str
    check: Check
    unread: list[str]
    """Headings of columns that nothing is known of."""


def read_sheets(found: Sequence[Sheet], importing: ImportContext, language: str) -> list[_Read]:
    """The rows of each sheet as values. Raises SpreadsheetError for a file of something else."""
    if sum(len(one.rows) for one in found) > MOST_ROWS:
        raise SpreadsheetError(TOO_MANY, most=MOST_ROWS)
    read = []
    for one in found:
        kind, columns, mapping = _recognised(one, language)
        check = read_rows(KINDS[kind], one, columns, mapping, importing)
        unread = unread_headings(one, mapping, columns)
        read.append(_Read(kind, one.sheet_name or say(language, TITLES[kind]), check, unread))
    return sorted(read, key=lambda one: list(TITLES).index(one.kind))


def _recognised(sheet: Sheet, language: str) -> tuple[str, list[TemplateColumn], ColumnMapping]:
    """By its headings, in any of our languages."""
    for spoken in (language, *SPOKEN):
        for kind in TITLES:
            columns = [TemplateColumn(one.key, say(spoken, one.label)) for one in FIELDS[kind]]
            try:
                return kind, columns, map_columns(sheet, columns, REQUIRED[kind])
            except HeadingsMissing:
                continue
    raise SpreadsheetError(UNKNOWN_SHEET, sheet=shortened(sheet.sheet_name))


def import_sheets(session: Session, read: Sequence[_Read], actor: Actor) -> Outcome:
    """All of the file, by the verbs that forms use. Raises Refused with everything that is wrong; the caller takes the
    transaction back then."""
    work = _Work(session, actor)
    for one in read:
        work.note(one)
    work.units([one for one in read if one.kind != PEOPLE])
    for one in read:
        if one.kind == PEOPLE:
            work.people_of(one)
    if work.outcome.problems:
        raise Refused(sorted(work.outcome.problems, key=lambda p: (work.titles.index(p.sheet), p.row)))
    return work.outcome


class _Work:
    def __init__(self, session: Session, actor: Actor) -> None:
        self.session, self.actor = session, actor
        self.outcome = Outcome()
        self.titles: list[str] = []
        self.names = _Names(session)
        asked = Permission.ORGANISATION_SAVE
        self.reached = set(session.scalars(select(OrgUnit.id).where(units_within(actor.rights, asked))))
        everybody = session.scalars(select(User).where(people_within(actor.rights, asked)))
        self.known = {user.login_key: user for user in everybody}
        roles = session.scalars(select(Role).where(Role.deleted_at.is_(None)))
        self.roles = {text.fold(role.name): role.id for role in roles}
        self.seen: set[tuple[str, Any]] = set()
        self.flawed: set[tuple[str, int, str]] = set()

    def note(self, one: _Read) -> None:
        """What is wrong with single cells: a value that cannot be read is no empty cell."""
        self.titles.append(one.title)
        self.outcome.unread += one.unread
        for issue in one.check.issues:
            self._add(one, issue.row, issue.heading, issue.value, DomainError(issue.message, **issue.values))

    def _add(self, one: _Read, row: int, heading: str, value: str, error: DomainError) -> None:
        self.flawed.add((one.title, row, heading))
        self.outcome.problems.append(Problem(one.title, row + 1, heading, value, error))

    def _tell(self, one: _Read, row: Row, error: DomainError) -> None:
        key = getattr(error, "field", "")
        key = {"parent_id": "above", "unit_id": "above", "roles": "role_names"}.get(key, key)
        heading = one.check.headings.get(key, (None, ""))[1]
        self._add(one, row.index, heading, str(row.values.get(key) or ""), error)

    @contextmanager
    def _row(self, one: _Read, row: Row) -> Iterator[None]:
        """What a verb refuses is told of its row, and nothing of the row stays."""
        try:
            with self.session.begin_nested():
                yield
        except DomainError as error:
            self._tell(one, row, error)

    def units(self, read: Sequence[_Read]) -> None:
        """In any order: whatever lies under a unit of the file comes after it."""
        waiting = [(one, row) for one in read for row in one.check.rows if row.outcome != WRONG]
        while waiting:
            later = []
            for one, row in waiting:
                if row.values.get("above") is None or self.names.meant(row.values["above"]):
                    with self._row(one, row):
                        self._save_unit(one, row)
                else:
                    later.append((one, row))
            if len(later) == len(waiting):
                for one, row in later:
                    self._tell(one, row, FieldError("above", NO_UNIT, value=shortened(row.values["above"])))
                return
            waiting = later

    def _save_unit(self, one: _Read, row: Row) -> None:
        above, name = row.values.get("above"), row.values["name"]
        parent_id = self._unit(above).id if above is not None else None
        self._once(one.kind, (parent_id, text.fold(name)), "name")
        same = [u for u in self.names.within(parent_id, name) if u.id in self.reached]
        values = {key: value for key, value in row.values.items() if key != "above"}
        if not same:
            if parent_id is None:
                raise FieldError("above", MISSING)
            save_unit(self.session, None, {**values, "kind": one.kind, "parent_id": parent_id}, self.actor)
            self.outcome.units += 1
            self.names.read()
            self.reached |= {u.id for u in self.names.within(parent_id, name)}
            return
        if same[0].kind != one.kind:
            raise FieldError("name", OTHER_KIND, value=shortened(name))
        if text.fold(name) == text.fold(self.names.called(same[0])) != text.fold(same[0].name):
            values["name"] = same[0].name
        if _differs(same[0], values):
            save_unit(self.session, same[0], values, self.actor)
            self.outcome.changed += 1

    def _unit(self, typed: str) -> OrgUnit:
        found = self.names.meant(typed)
        if len(found) > 1:
            raise FieldError("above", SEVERAL_UNITS, value=shortened(typed))
        if not found:
            raise FieldError("above", NO_UNIT, value=shortened(typed))
        return found[0]

    def _once(self, kind: str, key: Any, name: str) -> None:
        """Two rows about one thing cannot both be meant."""
        if (kind, key) in self.seen:
            raise FieldError(name, TWICE)
        self.seen.add((kind, key))

    def people_of(self, one: _Read) -> None:
        for row in one.check.rows:
            if row.outcome != WRONG:
                with self._row(one, row):
                    self._save_person(one, row)

    def _save_person(self, one: _Read, row: Row) -> None:
        values: dict[str, Any] = {k: v for k, v in row.values.items() if k not in ("above", "role_names")}
        values["unit_id"] = self._unit(row.values["above"]).id
        roles = self._roles(row.values.get("role_names"))
        key = text.login_key(text.normalize_login(values["login"]))
        self._once(PEOPLE, key, "login")
        user = self.known.get(key)
        if user is None:
            for needed in NEEDED:
                heading = one.check.headings.get(needed.key, (None, ""))[1]
                if values.get(needed.key) is None and (one.title, row.index, heading) not in self.flawed:
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
        found = []
        for name in typed.replace(",", "、").replace("，", "、").split("、"):
            if name.strip():
                if text.fold(name.strip()) not in self.roles:
                    raise FieldError("roles", NO_ROLE, value=shortened(name.strip()))
                found.append(self.roles[text.fold(name.strip())])
        return found


def _differs(record: Any, values: Mapping[str, Any]) -> bool:
    return any(getattr(record, key) != value for key, value in values.items())
