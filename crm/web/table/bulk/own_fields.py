"""Changing a field of the firm's own in several ticked rows (D-2): an action for each such field."""

from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from crm.domain.platform.custom_fields import change_custom_field
from crm.entities import policy
from crm.entities.custom_fields import custom_fields
from crm.entities.entity import Entity, Field
from crm.entities.record_saving import Actor
from crm.entities.registry import entity_of
from crm.errors import DomainError, NotAllowed
from crm.extensions import db
from crm.i18n import N_
from crm.jobs.progress import NO_RIGHT
from crm.models.custom_values import is_custom
from crm.web.table.bulk.action import BulkAction
from crm.web.table.declaration import TABLES, Table

OWN = "own_field"
"""The button that changes a field of the firm's own (D-2): first which one is asked, then its value."""


def own_actions(session: Session, table: Table) -> list[BulkAction]:
    """One for each field that the firm added and still asks for."""
    kind = _kind_with_own_fields(table)
    return [] if kind is None else [_own_action(kind, field) for field in custom_fields(session, kind)]


def _kind_with_own_fields(table: Table) -> Entity | None:
    return entity_of(table.model) if table.own_fields and table.key in TABLES else None


def _own_action(kind: Entity, field: Field) -> BulkAction:
    return BulkAction(
        field.key,
        field.label,
        policy.permission_for(kind, policy.CHANGE),
        partial(change_custom_field, field=field),
        N_("%(count)s records will get this value; what is left empty is emptied:"),
        N_("%(count)s records changed."),
        policy_action=policy.CHANGE,
        fields=(replace(field, start=None, group=""),),
        why_not=partial(_refusal_to_change, field),
    )


def _refusal_to_change(field: Field, session: Session, record: Any, by: Actor) -> DomainError | None:
    if field.permission is not None and not by.rights.may(field.permission):
        return NotAllowed(NO_RIGHT)
    return policy.refusal_of(session, by, policy.CHANGE, record)


def find_action(session: Session, table: Table, name: str) -> BulkAction | None:
    """The action of that name, one that changes a field of the firm's own too."""
    declared = next((action for action in table.bulk if action.name == name), None)
    if declared is not None or not is_custom(name):
        return declared
    return next((action for action in own_actions(session, table) if action.name == name), None)


def changes_own_fields(table: Table, by: Actor) -> bool:
    """Whether the list offers to change a field of the firm's own."""
    kind = _kind_with_own_fields(table)
    if kind is None or not by.rights.may(policy.permission_for(kind, policy.CHANGE)):
        return False
    return any(_is_visible(field, by) for field in custom_fields(db.session(), kind))


def _is_visible(field: Field, by: Actor) -> bool:
    return field.permission is None or by.rights.may(field.permission)


def offered_own_actions(table: Table, by: Actor) -> list[BulkAction]:
    """Those whose field the person may see and change."""
    actions = own_actions(db.session(), table)
    return [action for action in actions if _is_visible(action.fields[0], by) and by.rights.may(action.permission)]
