"""Verbs of the fields that a firm adds to its records (D-2): made, changed, arranged, retired, deleted while unused."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from crm.domain.platform.dictionaries import add_named_items
from crm.entities import policy
from crm.entities.change_log import logging_disabled
from crm.entities.custom_fields import (
    KINDS,
    all_custom_fields,
    attribute,
    attribute_of,
    dictionary_of,
    is_customised,
    type_of,
)
from crm.entities.entity import Entity, Field
from crm.entities.listing import LISTINGS
from crm.entities.record_saving import Actor, check_version, lock_for_update, stamp
from crm.entities.registry import entities, entity
from crm.errors import DomainError, FieldError, NotAllowed
from crm.fields import Context, FieldType, SeveralChoices, ValueProblem
from crm.i18n import LANGUAGES, N_, say
from crm.models import CustomField, DictionaryItem, ImportColumn, ListColumns, PrintTemplate, SavedReport, SavedSearch
from crm.models import custom_values as kept
from crm.models.custom_values import CustomValue
from crm.models.table_versions import invalidate
from crm.text import fold

MAX_FIELDS = 60
"""Of one kind of record, retired ones among them."""
MAX_REWRITTEN = 2000
"""More records than this are not rewritten for a field that becomes another kind: everybody would wait."""
MAX_ITEM_LENGTH, MAX_ITEMS = 60, 200
UP, DOWN = -1, 1
_BETWEEN = re.compile("[、,，;；]")

TAKEN = N_("A field of this name is there already. Please choose another name.")
DOES_NOT_FIT = N_("Not every value fits: “%(value)s”. Please change it first, or make a new field.")
TOO_MANY = N_("%(count)s records use this field, too many to change what it holds. Please make a new field.")
SAME = N_("It already has this value.")
NO_CHOICES = N_("A list needs at least one item to choose.")
NO_START = N_("The default of a list is chosen among its items.")
NOT_REQUIRED = N_("A yes-or-no field has always an answer. Please untick this.")


def change_custom_field(session: Session, record: Any, actor: Actor, *, field: Field, **values: Any) -> None:
    """One field of a record; nothing empties it. Raises NotAllowed, DomainError where it has the value already."""
    lock_for_update(session, record)
    policy.check(session, actor, policy.CHANGE, record)
    if field.permission is not None and not actor.rights.may(field.permission):
        raise NotAllowed(policy.NO_RIGHT)
    own = kept.with_values(record.custom, {field.attr: values[field.key]})
    if own == record.custom:
        raise DomainError(SAME)
    record.custom = own
    stamp(record, actor)
    session.flush()


def fields_of(session: Session, kind: Entity) -> list[CustomField]:
    """The fields of the kind in their order, retired ones too."""
    order = (CustomField.position, CustomField.id)
    return list(session.scalars(select(CustomField).where(CustomField.entity == kind.key).order_by(*order)))


def save_field(
    session: Session,
    row: CustomField | None,
    kind: Entity,
    values: Mapping[str, Any],
    context: Context,
    actor: Actor,
    opened_version: int | None = None,
) -> CustomField:
    """Make or change a field; a new one stands last. `items` of the values are the choices of a list, one a line.

    Raises FieldError for a name that is taken, a default that is none, a kind into which not every value fits, a list
    without choices.
    """
    is_new = row is None
    row = row or CustomField(entity=kind.key, kind=values["kind"], retired=False, restricted=False, version=0)
    check_version(row, opened_version)
    _check_label(session, kind, row, values["label"])
    before = None if is_new else attribute(row)
    values = {**values, "start": _start_of(row, values, context)}
    if values["kind"] == "yes_no" and values.get("required"):
        raise FieldError("required", NOT_REQUIRED)
    if is_new:
        _place_last(session, kind, row)
    if KINDS[values["kind"]].choices:
        _give_choices(session, kind, row, values, context, actor)
    if before is not None and attribute_of(row.id, values["kind"], bool(values.get("restricted"))) != before:
        _become(session, kind, row, values, context)
    for key in ("label", "kind", "heading", "help", "start", "required", "restricted"):
        value = values.get(key)
        value = bool(value) if key in ("required", "restricted") else value
        if getattr(row, key) != value:
            setattr(row, key, value)
    row.version += 1
    session.add(row)
    session.flush()
    if before != attribute(row):
        make_index(session, kind, attribute(row))
    return row


def _check_label(session: Session, kind: Entity, row: CustomField, label: str) -> None:
    """That nobody takes the field for another one: of the firm's own, or one that every firm has, in any language."""
    with session.no_autoflush:
        other_labels = [other.label for other in fields_of(session, kind) if other is not row]
    declared = (say(language, field.label) for field in kind for language in LANGUAGES)
    if row.label != label and any(fold(other) == fold(label) for other in (*other_labels, *declared)):
        raise FieldError("label", TAKEN)


def _give_choices(
    session: Session,
    kind: Entity,
    row: CustomField,
    values: Mapping[str, Any],
    context: Context,
    actor: Actor,
) -> None:
    """The choices that were written; of a field that becomes a list without any, the values that its records have."""
    lines = values.get("items")
    known = bool(row.id) and bool(context.lookups.dictionary(dictionary_of(row.id)).items)
    if not lines and not known:
        lines = "\n".join(_texts_of(session, kind, row, context)) if row.id else ""
    if not lines and not known:
        raise FieldError("items", NO_CHOICES)
    if row.id is None:
        row.label, row.kind = values["label"], values["kind"]
        row.required = row.restricted = False
        session.add(row)
        session.flush()
    add_items(session, row, lines, actor)


def _texts_of(session: Session, kind: Entity, row: CustomField, context: Context) -> list[str]:
    """The different values of a field as texts; raises FieldError where they are too many to be choices."""
    value, type_ = CustomValue(kind.model, attribute(row)), type_of(row)
    statement = select(value).where(value.is_not(None)).distinct().limit(MAX_ITEMS + 1)
    texts = [type_.edit(value, context) for value in session.scalars(statement)]
    if len(texts) > MAX_ITEMS:
        raise FieldError("items", N_("Please write at most %(count)s items at once."), count=MAX_ITEMS)
    return sorted(text for text in texts if text)


def _place_last(session: Session, kind: Entity, row: CustomField) -> None:
    with session.no_autoflush:
        other_fields = fields_of(session, kind)
    if len(other_fields) >= MAX_FIELDS:
        raise DomainError(N_("There are %(count)s fields already, and no more fit in."), count=MAX_FIELDS)
    row.position = max((other.position for other in other_fields), default=-1) + 1


def _start_of(row: CustomField, values: Mapping[str, Any], context: Context) -> str | None:
    """The default as the kind writes it."""
    start = values.get("start")
    if not start:
        return None
    if KINDS[values["kind"]].choices:
        raise FieldError("start", NO_START)
    kind = KINDS[values["kind"]].type(row.id or 0)
    try:
        return kind.edit(kind.parse(start, context), context) or None
    except DomainError as problem:
        raise FieldError("start", problem.message, **problem.values) from problem


def uses_of(session: Session, row: CustomField) -> int:
    """How many records have a value, deleted ones too."""
    model = entity(row.entity).model
    value = CustomValue(model, attribute(row))
    has = value.is_(True) if row.kind == "yes_no" else value.is_not(None)
    return session.scalar(select(func.count()).select_from(model.__table__).where(has)) or 0


def _become(session: Session, kind: Entity, row: CustomField, values: Mapping[str, Any], context: Context) -> None:
    """Every value as the new kind keeps it, and all that names the field by its new name."""
    used = uses_of(session, row)
    if used > MAX_REWRITTEN:
        raise FieldError("kind", TOO_MANY, count=f"{used:,}")
    old, before = attribute(row), type_of(row)
    new = attribute_of(row.id, values["kind"], bool(values.get("restricted")))
    after = KINDS[values["kind"]].type(row.id)
    value, model = CustomValue(kind.model, old), kind.model
    named = row.kind == "person" or (KINDS[row.kind].choices and not KINDS[values["kind"]].choices)
    by_name = None
    if KINDS[values["kind"]].choices and not KINDS[row.kind].choices:
        named, by_name = row.kind == "person", _reader_by_name(session, row.id, after)
    with logging_disabled(session):
        for record in session.scalars(select(model).where(value.is_not(None))):
            stored = kept.value_of(record, old)
            written = before.show(stored, context) if named else before.edit(stored, context)
            try:
                turned = by_name(written) if by_name is not None else after.parse(written, context)
            except DomainError as problem:
                raise FieldError("kind", DOES_NOT_FIT, value=written[:60]) from problem
            record.custom = kept.with_values(record.custom, {old: None, new: turned})
    drop_index(session, kind, old)
    _rename(session, old, new)


def _reader_by_name(session: Session, number: int, type_: FieldType) -> Callable[[str], Any]:
    """The choice of a name, or several with 、 between them. Raises ValueProblem for what is none of the list."""
    statement = select(DictionaryItem).where(DictionaryItem.dictionary == dictionary_of(number))
    ids = {fold(item.name): item.id for item in session.scalars(statement)}

    def read(written: str) -> Any:
        if not isinstance(type_, SeveralChoices):
            names = [written]
        else:
            names = [name for name in _BETWEEN.split(written) if name.strip()]
        if not all(fold(name.strip()) in ids for name in names):
            raise ValueProblem(N_("Please choose one from the list."))
        item_ids = tuple(ids[fold(name.strip())] for name in names)
        return item_ids if isinstance(type_, SeveralChoices) else item_ids[0]

    return read


def _rename(session: Session, old: str, new: str) -> None:
    """Kept columns, searches and reports, templates of imports and of prints name the field."""
    for choice_of_columns in session.scalars(select(ListColumns)):
        if old in choice_of_columns.columns:
            choice_of_columns.columns = [new if key == old else key for key in choice_of_columns.columns]
    models: tuple[Any, ...] = (SavedSearch, SavedReport)
    for model in models:
        for saved in session.scalars(select(model).where(model.query.contains(old))):
            parts = parse_qsl(saved.query)
            saved.query = urlencode([(new if name == old else name, new if v == old else v) for name, v in parts])
    for column in session.scalars(select(ImportColumn).where(ImportColumn.field == old)):
        column.field = new
    for template in session.scalars(select(PrintTemplate).where(PrintTemplate.body.contains(old))):
        template.body = template.body.replace(f"{{{{{old}}}}}", f"{{{{{new}}}}}")


def add_items(session: Session, row: CustomField, lines: str | None, actor: Actor) -> None:
    """The choices of a list, one a line; what is there already stays."""
    names = [line.strip() for line in (lines or "").splitlines() if line.strip()]
    too_long = next((name for name in names if len(name) > MAX_ITEM_LENGTH), None)
    if len(names) > MAX_ITEMS:
        raise FieldError("items", N_("Please write at most %(count)s items at once."), count=MAX_ITEMS)
    if too_long is not None:
        raise FieldError("items", N_("“%(value)s…” is too long for an item."), value=too_long[:20])
    if names:
        add_named_items(session, dictionary_of(row.id), {fold(name): name for name in names}, actor)


def move_field(session: Session, row: CustomField, step: int) -> None:
    """One place up (-1) or down (1) among the fields of its kind."""
    rows = fields_of(session, entity(row.entity))
    index = rows.index(row)
    if 0 <= index + step < len(rows):
        rows[index], rows[index + step] = rows[index + step], rows[index]
    for position, field_row in enumerate(rows):
        if field_row.position != position:
            field_row.position = position
    session.flush()


def retire_field(session: Session, row: CustomField, retired: bool) -> None:
    """A retired field is asked for no more; old records keep its value, and lists can show it."""
    row.retired = retired
    row.version += 1
    session.flush()


def delete_field(session: Session, row: CustomField) -> None:
    """Delete a field that no record has used. Raises DomainError where one has."""
    if uses_of(session, row):
        raise DomainError(N_("This is in use and cannot be deleted. Retire it instead: existing records keep it."))
    drop_index(session, entity(row.entity), attribute(row))
    for item in session.scalars(select(DictionaryItem).where(DictionaryItem.dictionary == dictionary_of(row.id))):
        session.delete(item)
    session.delete(row)
    session.flush()


def index_name(kind: Entity, name: str) -> str:
    return f"own_{kind.model.__tablename__}_{kept.json_key(name)}"


def make_index(session: Session, kind: Entity, name: str) -> None:
    """The index by which lists are sorted and searched by the field: in the order of the list, with whose it is.

    Of a long text, by which nothing is sorted, SQLite has one to look through; PostgreSQL's, which would refuse long
    ones, is of their characters.
    """
    value = CustomValue(kind.model, name)
    dialect = session.get_bind().dialect.name
    if not value.indexed and not value.holds_text:
        return
    table = kind.model.__table__
    written = kept.expression(dialect, "custom", kept.json_key(name))
    if not value.indexed and dialect == "postgresql":
        create_index = f"CREATE INDEX IF NOT EXISTS {index_name(kind, name)} ON {table.name}"
        session.execute(text(f"{create_index} USING gin ({kept.characters(written)}) WHERE deleted_at IS NULL"))
        invalidate(session, "custom_fields")
        return
    listing = LISTINGS.get(kind.key)
    tie = [key.key for key in listing.tie] if listing is not None else ["id"]
    owner_columns = [key for key in ("owner_id", "customer_id") if key in table.c]
    columns = ", ".join(dict.fromkeys([*tie, *owner_columns]) if value.indexed else ["id"])
    create_index = f"CREATE INDEX IF NOT EXISTS {index_name(kind, name)} ON {table.name} (({written}), {columns})"
    session.execute(text(f"{create_index} WHERE deleted_at IS NULL"))
    invalidate(session, "custom_fields")


def drop_index(session: Session, kind: Entity, name: str) -> None:
    session.execute(text(f"DROP INDEX IF EXISTS {index_name(kind, name)}"))


def make_indexes(session: Session) -> None:
    """Those that are missing: an upgrade that writes a table anew leaves out what no model declares."""
    for kind in entities():
        if is_customised(kind):
            for field in all_custom_fields(session, kind):
                make_index(session, kind, field.key)
