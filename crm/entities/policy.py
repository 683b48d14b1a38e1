"""Who may do what with which record: one question for verbs, pages, bulk actions, panels and imports (A-7).

An action needs a verb of the kind's function (`ACTIONS`), whose scope must reach the record, and may have guards of its
own: rules of the domain that look at the record (K-3: a contact is deleted on the day it was made). Verbs of the domain
ask; nobody else repeats the rules. Buttons show what `can` answers.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from crm.entities.entity import Entity
from crm.entities.registry import entity, entity_of
from crm.entities.saving import Acting
from crm.errors import DomainError, NotAllowed, NotFound
from crm.i18n import N_
from crm.models import Customer, Permission, Rights, User
from crm.models.permissions import Right
from crm.models.rights import in_scope, surely_in_scope

VIEW, CHANGE, DELETE, RESTORE, EXPORT, APPROVE = "view", "change", "delete", "restore", "export", "approve"
ACTIONS = {VIEW: "view", CHANGE: "save", DELETE: "save", RESTORE: "save", EXPORT: "export", APPROVE: "approve"}
"""Action → the verb of the function that it needs."""

Guard = Callable[[Session, Any, Acting], DomainError | None]
_guards: dict[tuple[str, str], list[Guard]] = {}

OUT_OF_REACH = N_("You may look at this, but not change it.")
GONE = N_("It is not there any more, or not yours to see.")


def guard(kind: str, *actions: str) -> Callable[[Guard], Guard]:
    """Declare a rule of the domain: why the action is refused with this record, None where it is not."""

    def declare(rule: Guard) -> Guard:
        for action in actions:
            _guards.setdefault((kind, action), []).append(rule)
        return rule

    return declare


def permission_for(kind: Entity, action: str) -> Right:
    return kind.permission(ACTIONS[action])


def reached(kind: Entity, rights: Rights, action: str = VIEW) -> ColumnElement[bool]:
    """The condition that the right reaches a record; of what belongs to a customer, for a select that joins it."""
    condition: ColumnElement[bool] = kind.model.seen_by(rights, permission_for(kind, action))
    return condition


def reachable(kind: Entity, rights: Rights, action: str = VIEW) -> Select[Any]:
    """The records of a kind that the right reaches."""
    model = kind.model
    wanted = select(model)
    if kind.parent("customers") is not None and not model.customer_id.nullable:
        wanted = wanted.join(Customer, Customer.id == model.customer_id)
    return wanted.where(reached(kind, rights, action))


def reaches(session: Session, acting: Acting, action: str, record: Any) -> bool:
    """Whether the person's right to the action reaches the record; its guards are not asked."""
    kind = entity_of(record)
    if record.deleted_at is None and kind.owner and not kind.belongs_to:
        owner = getattr(record, kind.owner)
        if owner is not None and surely_in_scope(owner, acting.rights, permission_for(kind, action)):
            return True
    wanted = reachable(kind, acting.rights, action).with_only_columns(kind.model.id)
    with session.no_autoflush:
        return session.scalar(wanted.where(kind.model.id == record.id)) is not None


def why_not(session: Session, acting: Acting, action: str, record: Any) -> DomainError | None:
    """Why this person may not do this with this record; None where they may."""
    if not reaches(session, acting, action, record):
        return NotAllowed(OUT_OF_REACH)
    for rule in _guards.get((entity_of(record).key, action), ()):
        refusal = rule(session, record, acting)
        if refusal is not None:
            return refusal
    return None


def can(session: Session, acting: Acting, action: str, record: Any) -> bool:
    return why_not(session, acting, action, record) is None


def check(session: Session, acting: Acting, action: str, record: Any) -> None:
    """Raises NotAllowed out of reach, or what a guard says."""
    refusal = why_not(session, acting, action, record)
    if refusal is not None:
        raise refusal


def get_for(session: Session, acting: Acting, kind: Entity | str, record_id: int, action: str = VIEW) -> Any:
    """The record of that number, if the person may do this with it.

    Raises NotFound for what they may not see (it answers like what does not exist), NotAllowed or a guard's refusal for
    what they may see but not do this with.
    """
    kind = entity(kind) if isinstance(kind, str) else kind
    record = session.scalars(reachable(kind, acting.rights).where(kind.model.id == record_id).limit(1)).first()
    if record is None:
        raise NotFound(GONE)
    if action != VIEW:
        check(session, acting, action, record)
    return record


def assignable_people(acting: Acting) -> Any:
    """The ids of the people to whom this person may give a sale; none without the right to assign."""
    reached = in_scope(User.id, acting.rights, Permission.CUSTOMERS_ASSIGN)
    return select(User.id).where(User.deleted_at.is_(None), User.disabled_at.is_(None), reached)


def get_deleted_for(session: Session, acting: Acting, kind: Entity, record_id: int) -> Any:
    """A deleted record that the person may bring back. Raises NotFound where there is none within their reach."""
    record = session.get(kind.model, record_id)
    if record is None or record.deleted_at is None or not _could_reach(session, acting, kind, record):
        raise NotFound(GONE)
    return record


def _could_reach(session: Session, acting: Acting, kind: Entity, record: Any) -> bool:
    """Who deleted it may bring it back, and whose right to change reaches its owner."""
    permission = permission_for(kind, RESTORE)
    if not acting.rights.may(permission):
        return False
    if record.deleted_by_id == acting.user_id:
        return True
    owners = select(User.id).where(in_scope(User.id, acting.rights, permission))
    owner = getattr(record, kind.owner) if kind.owner else record.created_by_id
    return session.scalar(owners.where(User.id == owner)) is not None
