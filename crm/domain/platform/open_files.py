"""Everything of the firm as open files, for whoever leaves the product: what stands in which workbook.

One workbook for each kind of record: the records with all their columns, the firm's own fields too, and a sheet for
each table of what belongs to them (lines, months, participants, history). Another has what the firm set up. Rows keep
their number, and whatever names another row says its name and its number, so that nothing has to be guessed.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, func, inspect, select
from sqlalchemy import types as sqltypes
from sqlalchemy.orm import Session, aliased

from crm.entities.custom_fields import all_custom_fields, is_customised
from crm.entities.document_fields import LINE, MADE, SignedSum
from crm.entities.entity import Entity, Field, field_sets_of
from crm.entities.listing import Reader
from crm.entities.listing.declaration import Column
from crm.entities.logged import Kind, Logged, labels_of, logged_kind, logged_kinds, secret_keys
from crm.entities.people import UnitChoice
from crm.entities.registry import entities, is_entity
from crm.fields import (
    Day,
    FieldType,
    Integer,
    MomentType,
    PersonChoice,
    PriceType,
    QuantityType,
    Reference,
    Text,
    YesNo,
)
from crm.i18n import N_
from crm.models import Attachment, StoredFile
from crm.models.base import Base, Moment, Price, Quantity, Scaled

if TYPE_CHECKING:
    from crm.spreadsheets.writing import SheetToWrite

MAX_ROWS = 1_000_000
"""Of one sheet; what is beyond stands in a next one."""
AT_ONCE = 500
NUMBER, NUMBER_OF = N_("ID"), N_("%(field)s ID")
ATTACHMENTS = N_("Attachments")
SET_UP = N_("What the firm set up")
PARTS = {
    "order_lines": N_("Lines"),
    "quote_lines": N_("Lines"),
    "receipt_lines": N_("Orders paid"),
    "target_months": N_("Monthly amounts"),
    "schedule_participants": N_("Participants"),
    "customer_events": N_("History"),
    "stage_events": N_("History"),
    "no_duplicates": N_("Marked as different customers"),
}
"""What the tables of what belongs to records are called, where it is not their name in the database."""
LABELS = {
    **{field.key: field.label for field in (*LINE, *MADE)},
    "name": N_("Name"),
    "specification": N_("Specification"),
    "updated_at": N_("Last changed"),
    "deleted_at": N_("Deleted at"),
    "at": N_("Time"),
    "by_id": N_("Person"),
    "user_id": N_("Person"),
    "before": N_("Before"),
    "after": N_("After"),
    "month": N_("Month"),
    "reason": N_("Reason"),
    "kind": N_("Type"),
    "position": N_("Order of display"),
    "before_id": N_("Before"),
    "after_id": N_("After"),
    "state_before": N_("Status before"),
    "state_after": N_("Status after"),
    "first_day": N_("First day"),
    "last_day": N_("Last day"),
    "net": N_("Share of the total"),
    "net_untaxed": N_("Share without tax"),
    "cost_amount": N_("Cost of the line"),
    "second_id": N_("Other customer"),
}
_TECHNICAL = frozenset({"id", "version", "search_text", "custom", "deleted_by_id"})
_TYPES: tuple[tuple[type, Callable[[], FieldType]], ...] = (
    (Moment, MomentType),
    (Price, PriceType),
    (Quantity, QuantityType),
    (Scaled, SignedSum),
    (sqltypes.Boolean, YesNo),
    (sqltypes.Date, Day),
    (sqltypes.Integer, Integer),
)
_CHOSEN: dict[str, Callable[[], FieldType]] = {"users": PersonChoice, "org_units": UnitChoice}


@dataclass(frozen=True)
class OpenSheet:
    """A sheet with the rows of a table; `statement` selects what the columns are made of, in their order."""

    title: str
    columns: tuple[Column, ...]
    statement: Select[Any]

    def count(self, session: Session) -> int:
        return session.scalar(select(func.count()).select_from(self.statement.order_by(None).subquery())) or 0

    def rows(self, reader: Reader) -> Iterator[list[Any]]:
        for row in reader.session.execute(self.statement.execution_options(yield_per=AT_ONCE)):
            yield [column.cell((value,), reader) for column, value in zip(self.columns, row, strict=True)]


@dataclass(frozen=True)
class OpenWorkbook:
    title: str
    sheets: tuple[OpenSheet, ...]


def open_workbooks(reader: Reader) -> list[OpenWorkbook]:
    """One for each kind of record, and one for what the firm set up: people, dictionaries and the like."""
    workbooks = [
        OpenWorkbook(reader.say(kind.plural), (_records_of(kind, reader), *_parts_of(kind, reader)))
        for kind in entities()
    ]
    set_up = [
        _sheet(kind.model, reader.say(kind.label), reader, labels_of(kind), secret_keys(kind) | kind.excluded)
        for kind in logged_kinds()
        if isinstance(kind, Logged) and not kind.is_single and kind.model is not Attachment
    ]
    return [*workbooks, OpenWorkbook(reader.say(SET_UP), tuple(set_up))]


def _records_of(kind: Entity, reader: Reader) -> OpenSheet:
    own = all_custom_fields(reader.session, kind) if is_customised(kind) else ()
    sheet = _sheet(kind.model, reader.say(kind.plural), reader, labels_of(kind), frozenset({"deleted_at"}), own)
    return OpenSheet(sheet.title, sheet.columns, sheet.statement.where(kind.model.deleted_at.is_(None)))


def _parts_of(kind: Entity, reader: Reader) -> Iterator[OpenSheet]:
    """The tables whose rows are part of its records: their first link is to one, and they are no kind of their own."""
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: str(mapper.local_table)):
        model: Any = mapper.class_
        if is_entity(model) or logged_kind(model) is not None:
            continue
        links = [column for column in mapper.columns if _target(column) is not None and not column.nullable]
        parent_link = next((link for link in links if is_entity(_target(link))), None)
        if parent_link is None or _target(parent_link) is not kind.model:
            continue
        name = str(mapper.local_table)
        sheet = _sheet(model, reader.say(PARTS.get(name, name)), reader, {parent_link.key: kind.label})
        present = select(kind.model.id).where(kind.model.deleted_at.is_(None))
        yield OpenSheet(sheet.title, sheet.columns, sheet.statement.where(parent_link.in_(present)))


def _sheet(
    model: Any,
    title: str,
    reader: Reader,
    labels: dict[str, str],
    excluded: frozenset[str] = frozenset(),
    own: tuple[Field, ...] = (),
) -> OpenSheet:
    """All columns of the table: those of the form in its order, then the firm's own, then the others."""
    attributes = {attribute.key: getattr(model, attribute.key) for attribute in inspect(model).column_attrs}
    declared = {field.attr: field for fields in field_sets_of(model) for field in fields if field.attr in attributes}
    left_out = _TECHNICAL | excluded | getattr(model, "DERIVED", frozenset())
    other_keys = [key for key in attributes if key not in declared and key not in left_out and not key.endswith("_key")]
    labels = {**LABELS, **labels}
    columns = [Column("id", NUMBER, (attributes["id"],), Integer())] if "id" in attributes else []
    joins: list[tuple[Any, Any]] = []
    for key, field in declared.items():
        if key not in left_out:
            columns += _value_columns(reader, field.label, attributes[key], field.type, joins)
    columns += [Column(field.attr, field.label, (field.column_of(model),), field.type) for field in own]
    for key in other_keys:
        columns += _value_columns(reader, labels.get(key, key), attributes[key], None, joins)
    statement = select(*(column.expressions[0].label(f"c{n}") for n, column in enumerate(columns))).select_from(model)
    for target, condition in joins:
        statement = statement.outerjoin(target, condition)
    return OpenSheet(title, tuple(columns), statement.order_by(*inspect(model).primary_key))


def _value_columns(
    reader: Reader, label: str, expression: Any, type_: FieldType | None, joins: list[tuple[Any, Any]]
) -> list[Column]:
    """The column of the value; where it names another row, two columns: its name and its number."""
    key, (column,) = expression.key, expression.property.columns
    target = _target(column)
    if type_ is None and target is not None:
        made = _CHOSEN.get(target.__tablename__)
        type_ = made() if made is not None else None
    if type_ is not None and not isinstance(type_, Reference):
        return [Column(key, label, (expression,), type_)]
    kind: Kind | None = logged_kind(target) if target is not None else None
    label = reader.say(kind.label if kind is not None and label == key else label)
    numbered = reader.say(NUMBER_OF) % {"field": label}
    if kind is None or not kind.named:
        return [Column(key, numbered if key.endswith("_id") else label, (expression,), _type_of(column))]
    other = aliased(target)
    joins.append((other, other.id == expression))
    return [
        Column(key, label, (getattr(other, kind.named),), Text()),
        Column(f"{key}-number", numbered, (expression,), Integer()),
    ]


def _target(column: Any) -> Any:
    """The class whose rows the column names; None where it names none."""
    table = next((link.column.table for link in column.foreign_keys if link.column.primary_key), None)
    return (
        next((m.class_ for m in Base.registry.mappers if m.local_table is table), None) if table is not None else None
    )


def _type_of(column: Any) -> FieldType:
    return next((make() for kind, make in _TYPES if isinstance(column.type, kind)), Text())


def sheets_to_write(workbook: OpenWorkbook, reader: Reader, counted: Callable[[], None]) -> "Iterator[SheetToWrite]":
    """The sheets of a workbook, a few rows at a time; `counted` is called for each row."""
    from crm.spreadsheets.writing import Column as Heading
    from crm.spreadsheets.writing import SheetToWrite

    def written(rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
        for row in rows:
            counted()
            yield row

    for sheet in workbook.sheets:
        headings = [Heading(reader.say(column.label), column.type.sheet) for column in sheet.columns]
        rows = written(sheet.rows(reader))
        yield SheetToWrite(sheet.title, headings, islice(rows, MAX_ROWS))
        while (first := next(rows, None)) is not None:
            yield SheetToWrite(sheet.title, headings, islice(chain([first], rows), MAX_ROWS))


# Attachments

_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|\Z)", re.IGNORECASE)
MAX_FOLDER_LENGTH, MAX_FILE_LENGTH = 40, 100


@dataclass(frozen=True)
class OpenAttachment:
    """A file of a record: where it stands among the open files, and whose it is."""

    digest: str
    path: str
    kind: str
    record_id: int
    record: str
    name: str
    size: int
    sent_at: datetime
    sent_by: str


def file_name(text: str, max_length: int) -> str:
    """A name that every system takes, Windows too; its ending stays."""
    name = _NOT_IN_NAMES.sub("_", " ".join(text.split())).strip(". ")
    if len(name) > max_length:
        stem, dot, ending = name.rpartition(".")
        ending = f"{dot}{ending}" if stem and len(ending) <= 10 else ""
        name = name[: max_length - len(ending)].strip(". ") + ending
    return f"_{name}" if not name or _RESERVED.match(name) else name


def open_attachments(reader: Reader) -> Iterator[OpenAttachment]:
    """The attachments of all records that are there, each under its own name in the folder of its record."""
    top = file_name(reader.say(ATTACHMENTS), MAX_FOLDER_LENGTH)
    for kind in entities():
        folder = f"{top}/{file_name(reader.say(kind.plural), MAX_FOLDER_LENGTH)}"
        model: Any = kind.model
        statement = (
            select(Attachment, StoredFile.size, kind.named_column())
            .join(StoredFile, StoredFile.digest == Attachment.digest)
            .join(model, model.id == Attachment.record_id)
            .where(Attachment.kind == kind.key, Attachment.deleted_at.is_(None), model.deleted_at.is_(None))
            .order_by(Attachment.record_id, Attachment.id)
        )
        last, taken = 0, set[str]()
        for row, size, named in reader.session.execute(statement.execution_options(yield_per=AT_ONCE)):
            if row.record_id != last:
                last, taken = row.record_id, set()
            record_folder = f"{folder}/{row.record_id} {file_name(str(named or ''), MAX_FOLDER_LENGTH)}"
            name = _untaken(file_name(row.name, MAX_FILE_LENGTH), taken)
            by = reader.lookups.people.name(row.created_by_id)
            yield OpenAttachment(
                row.digest, f"{record_folder}/{name}", kind.plural, row.record_id, str(named or ""), row.name, size,
                row.created_at, by,
            )  # fmt: skip
            reader.session.expunge(row)


def _untaken(name: str, taken: set[str]) -> str:
    """Not called like another one in the folder, upper and lower case alike."""
    stem, dot, ending = name.rpartition(".")
    free_name, number = name, 2
    while free_name.casefold() in taken:
        free_name = f"{stem} ({number}){dot}{ending}" if stem else f"{name} ({number})"
        number += 1
    taken.add(free_name.casefold())
    return free_name


def attachments_sheet(reader: Reader, rows: "Iterator[OpenAttachment]") -> "SheetToWrite":
    """Which file belongs to which record."""
    from crm.spreadsheets.writing import Column as Heading
    from crm.spreadsheets.writing import SheetToWrite

    headings = (
        (N_("Module"), "text"), (N_("Record"), "text"), (NUMBER, "general"), (N_("File name"), "text"),
        (N_("Path"), "text"), (N_("File size"), "count"), (N_("Sent on"), "datetime"), (N_("Sent by"), "text"),
    )  # fmt: skip
    moment = MomentType()
    cells = (
        [
            reader.say(row.kind), row.record, row.record_id, row.name, row.path, row.size,
            moment.cell(row.sent_at, reader), row.sent_by,
        ]
        for row in rows
    )  # fmt: skip
    return SheetToWrite(reader.say(ATTACHMENTS), [Heading(reader.say(text), kind) for text, kind in headings], cells)
