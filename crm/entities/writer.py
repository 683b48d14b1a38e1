"""Saving a record of a declared kind: rights, version, name and code, owner, stamps; returns what changed.

Kinds with rules of their own have verbs in the domain; those too are heard by the operation log and indexed for the
search, because both follow the session's flush.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from crm.entities import policy
from crm.entities.change_log import Changes, changes_of
from crm.entities.entity import BelongsTo, Entity
from crm.entities.names_and_codes import set_code, set_name
from crm.entities.record_saving import Actor, assign, check_version, stamp
from crm.errors import FieldError
from crm.fields import ContactChoice, Reference
from crm.i18n import N_
from crm.models import User

NOT_ITS_CONTACT = N_("This contact does not belong to the customer. Please choose again.")
NOT_ASSIGNABLE = N_("You cannot assign it to this person. Please choose someone else.")


@dataclass(frozen=True)
class SaveResult:
    """The record, and attribute → [before, after] of what changed."""

    record: Any
    fresh: bool
    changes: Changes


def save_record_of(
    session: Session,
    kind: Entity,
    record: Any,
    values: Mapping[str, Any],
    actor: Actor,
    opened_version: int | None = None,
) -> SaveResult:
    """Make (`record` is None) or change a record with the values of its fields, by their keys.

    Raises NotAllowed out of reach, FieldError for a value that breaks a rule, StaleRecord where somebody saved first.
    """
    is_new = record is None
    if is_new:
        record = kind.model()
        policy.check_add(session, actor, kind)
    else:
        session.refresh(record, with_for_update=True)
        policy.check(session, actor, policy.CHANGE, record)
        check_version(record, opened_version)
    _check_references(session, kind, record, values, actor)
    columns = inspect(kind.model).column_attrs
    if hasattr(record, "pinyin"):
        set_name(record, values, key=kind.named)
    plain = {f.attr: values[f.key] for f in kind if f.key in values and f.editable and f.attr in columns}
    assign(record, {**values, **plain}, tuple(key for key in plain if key not in ("pinyin", "code", kind.owner)))
    if kind.owner:
        _set_owner(session, kind, record, values.get(kind.owner), actor)
    if kind.numbered:
        set_code(session, record, kind.key, values.get("code"), actor)
    if not is_new and not inspect(record).modified:
        return SaveResult(record, is_new, {})
    stamp(record, actor)
    session.add(record)
    changes = changes_of(record)
    session.flush()
    return SaveResult(record, is_new, changes)


def _check_references(session: Session, kind: Entity, record: Any, values: Mapping[str, Any], actor: Actor) -> None:
    """What is named newly must be the person's to see; what a record belongs to, theirs to work with."""
    for field in kind:
        parent_id = values.get(field.key)
        if not isinstance(field.type, Reference) or not parent_id or parent_id == getattr(record, field.attr):
            continue
        link = kind.parent(field.type.target)
        if link is not None and link.attribute == field.attr:
            _check_parent(session, kind, link, parent_id, actor, field.key)
        else:
            named = policy.get_for(session, actor, field.type.target, parent_id)
            customer_id = values.get("customer_id", getattr(record, "customer_id", None))
            if isinstance(field.type, ContactChoice) and named.customer_id != customer_id:
                raise FieldError(field.key, NOT_ITS_CONTACT)


def _check_parent(session: Session, kind: Entity, link: BelongsTo, parent_id: int, actor: Actor, field: str) -> None:
    parent = policy.get_for(session, actor, link.entity, parent_id)
    if not policy.can_add(session, actor, kind, parent):
        raise FieldError(field, N_("You can view this but not add anything to it. Please choose another one."))


def _set_owner(session: Session, kind: Entity, record: Any, owner_id: int | None, actor: Actor) -> None:
    """The maker to begin with; another one only by who may hand records on."""
    owner = getattr(record, kind.owner) or actor.user_id
    if owner_id is not None and owner_id != owner:
        if not policy.is_assignable(session, actor, owner_id):
            raise FieldError(kind.owner, NOT_ASSIGNABLE)
        owner = owner_id
    if getattr(record, kind.owner) != owner:
        setattr(record, kind.owner, owner)
        if hasattr(record, "unit_id"):
            record.unit_id = session.get_one(User, owner).unit_id
