"""The import of a kind of record that only declares itself: what is required, and whose, follows from its fields.

A row is known by its code alone; what it names (its customer …) is found by name or code within what the importer may
see, and what it belongs to must be theirs to work with, as in the form.
"""

from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import Select, or_
from sqlalchemy.orm import Session

from crm import text
from crm.domain.imports.codes import remove_taken_codes
from crm.domain.imports.customer_codes import NAME, join_by_code
from crm.domain.imports.declaration import EACH, ImportContext, ImportKind
from crm.domain.imports.record_changes import changes_of, newest_id
from crm.domain.imports.rows import DUPLICATE, NEW, Check, Row
from crm.domain.imports.write_plan import WritePlan
from crm.entities import policy
from crm.entities.batches import in_batches
from crm.entities.bulk_writes import new_row
from crm.entities.entity import Entity, Field
from crm.entities.keys import folded_code
from crm.entities.people import MultipleChoice
from crm.entities.record_saving import Actor
from crm.entities.registry import entity
from crm.entities.writer import NOT_ASSIGNABLE
from crm.fields import Code, ContactChoice, Phone, Reference
from crm.i18n import N_
from crm.models import User
from crm.models.permissions import right
from crm.spreadsheets.errors import shortened

NOT_FOUND = N_("There is no “%(value)s” that you may use here.")
SEVERAL = N_("There are several called “%(value)s”. Please enter the code instead.")


def import_kind_of(kind: Entity) -> ImportKind:
    fields = tuple(_importable(kind))
    return ImportKind(
        key=kind.key,
        title=kind.plural,
        entity=kind,
        required=tuple(field.key for field in fields if field.required),
        view=right(f"import_{kind.key}:view"),
        save=right(f"import_{kind.key}:save"),
        saves=(kind.permission("save"),),
        match=partial(match_declared, kind),
        prepare=partial(prepare_declared, kind),
        numbers_as_text=tuple(field.key for field in fields if isinstance(field.type, (Code, Phone))),
        only=tuple(field.key for field in fields),
    )


def _importable(kind: Entity) -> Iterator[Field]:
    """What the form takes and a cell can hold; a contact is chosen among its customer's."""
    for field in kind:
        if field.editable and field.importable and not isinstance(field.type, (ContactChoice, MultipleChoice)):
            yield field


def match_declared(kind: Entity, session: Session, check: Check, importing: ImportContext) -> None:
    """Find what the rows name, whose they become, and which of them the firm has already."""
    check.newest = newest_id(session, kind.model)
    for field in _importable(kind):
        if isinstance(field.type, Reference):
            _find_named(session, kind, field, field.type.target, check, importing.actor)
    if kind.owner:
        _settle_owners(session, kind, check, importing)
    if kind.numbered:
        _find_known(session, kind, check, importing.actor)
        remove_taken_codes(session, kind.model, check)


def _find_named(session: Session, kind: Entity, field: Field, kind_key: str, check: Check, actor: Actor) -> None:
    """The one record of the name, or of the code."""
    if field.key == NAME and kind_key == "customers":
        join_by_code(session, check, _reachable(kind, field, entity(kind_key), actor))
    rows = [row for row in check.rows if isinstance(row.values.get(field.key), str)]
    ids_by_name = _by_name_and_code(
        session, kind, field, entity(kind_key), {row.values[field.key] for row in rows}, actor
    )
    for row in rows:
        typed = row.values[field.key]
        ids = ids_by_name.get(text.fold(typed), [])
        if len(ids) == 1:
            row.values[field.key] = ids[0]
            check.shown[field.key, ids[0]] = typed
        else:
            check.reject(row, field.key, typed, SEVERAL if ids else NOT_FOUND, value=shortened(typed))


def _reachable(kind: Entity, field: Field, above: Entity, actor: Actor) -> Select[Any]:
    """What the field may name."""
    link, statement = kind.parent(above.key), policy.reachable(above, actor.rights)
    if link is not None and link.attribute == field.attr:
        statement = statement.where(above.model.seen_by(actor.rights, policy.permission_for(kind, policy.CHANGE)))
    return statement


def _by_name_and_code(
    session: Session, kind: Entity, field: Field, above: Entity, names: set[str], actor: Actor
) -> dict[str, list[int]]:
    """Folded name or code → ids; a name counts before a code."""
    model, statement = above.model, _reachable(kind, field, above, actor)
    code = model.code_key if hasattr(model, "code_key") else None
    by_name: dict[str, list[int]] = defaultdict(list)
    by_code: dict[str, list[int]] = {}
    for part in in_batches(names):
        folded = [text.fold(name) for name in part]
        named = getattr(model, above.name_key).in_(folded) if above.name_key else above.named_column().in_(part)
        same_name_or_code = or_(named, code.in_(folded)) if code is not None else named
        columns = (model.id, above.named_column(), *((code,) if code is not None else ()))
        for id_, name, *codes in session.execute(
            statement.with_only_columns(*columns).where(same_name_or_code).order_by(model.id)
        ):
            by_name[text.fold(name)].append(id_)
            by_code.update({code_or_name: [id_] for code_or_name in codes})
    return {**by_code, **by_name}


def _settle_owners(session: Session, kind: Entity, check: Check, importing: ImportContext) -> None:
    """The importer's own, or of those to whom they may hand records on."""
    actor, people = importing.actor, importing.context.lookups.people
    named = {row.values[kind.owner] for row in check.rows if kind.owner in row.values}
    allowed = {actor.user_id}
    if named - allowed:
        allowed.update(session.scalars(policy.assignable_people(actor).where(User.id.in_(named))))
    for row in check.rows_with(NEW):
        owner = row.values.setdefault(kind.owner, actor.user_id)
        if owner not in allowed:
            check.reject(row, kind.owner, people.name(owner), NOT_ASSIGNABLE)


def _find_known(session: Session, kind: Entity, check: Check, actor: Actor) -> None:
    """A row with the code of a record that its importer may change is that record; only the first of several."""
    rows = {folded_code(row.values["code"]): row for row in reversed(check.rows_with(NEW)) if row.values.get("code")}
    reachable = policy.reachable(kind, actor.rights, policy.CHANGE)
    changeable = reachable.with_only_columns(kind.model.code_key, kind.model.id)
    for part in in_batches(rows):
        for code, id_ in session.execute(changeable.where(kind.model.code_key.in_(part))):
            rows[code].outcome, rows[code].existing, rows[code].known = DUPLICATE, id_, id_


def prepare_declared(kind: Entity, session: Session, check: Check, importing: ImportContext) -> WritePlan:
    """The rows to insert and the changes to make; what a record belongs to, its owner and its code stay."""
    plan = WritePlan(kind, newest=check.newest)
    rows, starts = check.rows_with(NEW), importing.default_values(session, kind)
    for number, row in enumerate(rows):
        plan.inserts.append(new_row(kind, {**starts, **_columns(kind, row, importing)}, importing.actor))
        if number % EACH == 0:
            importing.progress(60 + 30 * number // len(rows))
    keep = {"code", kind.owner, *(link.attribute for link in kind.belongs_to)}
    plan.changes = changes_of(session, kind, check, importing, keep)
    return plan


def _columns(kind: Entity, row: Row, importing: ImportContext) -> dict[str, Any]:
    """The values by the model's attributes; the owner's department comes with the owner."""
    values = {kind[key].attr if key in kind else key: value for key, value in row.values.items()}
    if kind.owner and hasattr(kind.model, "unit_id"):
        owner = importing.context.lookups.people.by_id.get(values[kind.owner])
        values["unit_id"] = owner.parent_id if owner is not None else None
    return values
