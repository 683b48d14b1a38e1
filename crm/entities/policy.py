"""Who may do what with which record: one question for verbs, pages, bulk actions, panels and imports (A-7).

An action needs a right of the kind's function (`VERBS`, or what the domain declares with `declare_action`), whose scope
must reach the record, and may have guards: rules of the domain that look at the record (K-3: a contact is deleted on
the day it was made). Verbs of the domain ask; nobody else repeats the rules. Buttons show what `can` answers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, false, select, true
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from crm.entities.entity import Entity
from crm.entities.record_saving import GONE, Actor
from crm.entities.registry import entity, entity_of
from crm.errors import DomainError, NotAllowed, NotFound
from crm.i18n import N_
from crm.models import Customer, Permission, Rights, User
from crm.models.permissions import Right
from crm.models.rights import BY_RULE, Way, in_scope, surely_in_scope

VIEW, ADD, CHANGE, DELETE, RESTORE, EXPORT, PRINT = "view", "add", "change", "delete", "restore", "export", "print"
MERGE = "merge"
VERBS = {VIEW: "view", PRINT: "view", EXPORT: "export", **dict.fromkeys((ADD, CHANGE, DELETE, RESTORE, MERGE), "save")}
"""Action → the verb of the function that it needs."""

OUT_OF_REACH = N_("You can view this but not change it.")
NOT_TO_ADD = N_("You can view this but not add anything to it.")
NOT_TO_THEM = N_("You cannot assign it to this person. Please choose someone else.")
NO_RIGHT = N_("You do not have permission for this. Please ask an administrator if you need it.")

EVERY_KIND = "*"
"""For a guard that holds for all kinds of record."""

Guard = Callable[[Session, Any, Actor], DomainError | None]


@dataclass(frozen=True)
class Action:
    """An action that is more than a verb of its kind's function.

    One of the `permissions` is needed. `reached` is the condition that it reaches a record, for a select that joins the
    customer, where that is not the kind's scope by the first permission; `known` answers for a record at hand without
    a statement, or None where it cannot. `refusal` says why not, out of reach. `ways` name by what of a record
    `reached` reaches it, for who asks why: together they are the same condition.
    """

    permissions: tuple[Right, ...]
    reached: Callable[[Rights], ColumnElement[bool]] | None = None
    ways: Callable[[Rights], tuple[Way, ...]] | None = None
    known: Callable[[Rights, Any], bool | None] | None = None
    refusal: str = OUT_OF_REACH


_actions: dict[tuple[str, str], Action] = {}
_guards: dict[tuple[str, str], list[Guard]] = {}


def declare_action(kind: str, action: str, *permissions: Right, **fields: Any) -> None:
    """Declare what an action of a kind needs; `fields` are the fields of `Action`."""
    _actions[kind, action] = Action(permissions, **fields)


def guard(kind: str, *actions: str) -> Callable[[Guard], Guard]:
    """Declare a rule of the domain: why the action is refused with this record, None where it is not."""

    def declare(rule: Guard) -> Guard:
        for action in actions:
            _guards.setdefault((kind, action), []).append(rule)
        return rule

    return declare


def _action(kind: Entity, action: str) -> Action:
    declared = _actions.get((kind.key, action))
    if declared is not None:
        return declared
    own = kind.permission(VERBS[action])
    if kind.key == "customers" or is_through_customer(kind):
        return Action((own, Permission.POOL_VIEW if own.verb == "view" else Permission.POOL_SAVE))
    return Action((own,))


def is_through_customer(kind: Entity) -> bool:
    """Whether its customer alone decides who works with it: in the pool, who may work with the pool (Q-1)."""
    return not kind.owner and kind.parent("customers") is not None


def permissions_for(kind: Entity | str, action: str) -> tuple[Right, ...]:
    """The rights of which the action needs one."""
    return _action(entity(kind) if isinstance(kind, str) else kind, action).permissions


def permission_for(kind: Entity, action: str) -> Right:
    """The right that the action needs; what lies in the pool may need the pool's instead."""
    return _action(kind, action).permissions[0]


def may(rights: Rights, kind: Entity | str, action: str) -> bool:
    """Whether the person may do this with any record of the kind at all."""
    return any(map(rights.may, permissions_for(kind, action)))


def reached(kind: Entity, rights: Rights, action: str = VIEW) -> ColumnElement[bool]:
    """The condition that the right reaches a record; of what belongs to a customer, for a select that joins it.

    It is made of the rights alone, as it is kept with them: what depends on the day or on a setting is a guard's.
    """
    declared = _action(kind, action)
    condition: ColumnElement[bool] = (
        declared.reached(rights)
        if declared.reached is not None
        else kind.model.seen_by(rights, declared.permissions[0])
    )
    return condition


def ways_of(kind: Entity, rights: Rights, action: str = VIEW) -> tuple[Way, ...]:
    """The ways in which the right to the action reaches records: `reached`, in its parts where they are known."""
    declared = _action(kind, action)
    if declared.ways is not None:
        return declared.ways(rights)
    named = getattr(kind.model, "ways", None)
    if declared.reached is None and named is not None:
        ways: tuple[Way, ...] = named(rights, declared.permissions[0])
        return ways
    return (Way(BY_RULE, reached(kind, rights, action)),)


def ways_to(
    session: Session, kind: Entity, record: Any, questions: Sequence[tuple[Rights, str]]
) -> list[tuple[str, ...]]:
    """By what the record is reached, for each (rights, action) of `questions`; all of it in one statement."""
    ways_of_questions = [_ways_in_memory(kind, record, rights, action) for rights, action in questions]
    conditions = [way.condition for ways in ways_of_questions for way in ways]
    if record.deleted_at is not None or not conditions:
        return [() for _ in questions]
    columns = [case((condition, 1), else_=0) for condition in conditions]
    statement = _joined(kind).where(kind.model.id == record.id, kind.model.deleted_at.is_(None))
    with session.no_autoflush:
        row = session.execute(statement.with_only_columns(*columns, maintain_column_froms=True)).first()
    answers = iter(row or [0] * len(columns))
    return [tuple(way.through for way in ways if next(answers)) for ways in ways_of_questions]


def _ways_in_memory(kind: Entity, record: Any, rights: Rights, action: str) -> tuple[Way, ...]:
    """The ways, where what is known of the record at hand does not decide already."""
    declared = _action(kind, action)
    if not any(map(rights.may, declared.permissions)):
        return ()
    known = declared.known(rights, record) if declared.known is not None and declared.ways is None else None
    return ways_of(kind, rights, action) if known is None else (Way(BY_RULE, true() if known else false()),)


def reachable(kind: Entity, rights: Rights, action: str = VIEW) -> Select[Any]:
    """The records of a kind that the right reaches."""
    statement: Select[Any] = rights.make_once(
        ("reachable", kind.model, action), lambda: _joined(kind).where(reached(kind, rights, action))
    )
    return statement


def reachable_ids(kind: Entity, rights: Rights) -> Select[Any]:
    """The ids of the records that the person may see."""
    statement: Select[Any] = rights.make_once(
        ("ids", kind.model), lambda: reachable(kind, rights).with_only_columns(kind.model.id)
    )
    return statement


def _joined(kind: Entity) -> Select[Any]:
    model = kind.model
    statement = select(model)
    if kind.parent("customers") is not None and not model.customer_id.nullable:
        statement = statement.join(Customer, Customer.id == model.customer_id)
    return statement


def reaches(session: Session, actor: Actor, action: str, record: Any) -> bool:
    """Whether the person's right to the action reaches the record; its guards are not asked."""
    kind = entity_of(record)
    declared = _action(kind, action)
    if record.deleted_at is not None or not any(map(actor.rights.may, declared.permissions)):
        return False
    if declared.known is not None:
        known = declared.known(actor.rights, record)
        if known is not None:
            return known
    elif declared.reached is None and _surely(session, actor.rights, kind, declared.permissions[0], record):
        return True
    return _matches(session, kind, record, reached(kind, actor.rights, action))


def _surely(session: Session, rights: Rights, kind: Entity, permission: Right, record: Any) -> bool:
    """Whether the right reaches the record for certain, by what is in memory already: it spares a statement."""
    if kind.owner:
        owner = getattr(record, kind.owner)
        return owner is not None and surely_in_scope(owner, rights, permission)
    if kind.parent("customers") is None:
        return False
    customer = session.identity_map.get(identity_key(Customer, record.customer_id))
    if customer is None or customer.deleted_at is not None or customer.owner_id is None:
        return False
    return surely_in_scope(customer.owner_id, rights, permission)


def _matches(session: Session, kind: Entity, record: Any, condition: ColumnElement[bool]) -> bool:
    statement = _joined(kind).where(condition, kind.model.id == record.id).with_only_columns(kind.model.id)
    with session.no_autoflush:
        return session.scalar(statement) is not None


def refusal_of(session: Session, actor: Actor, action: str, record: Any) -> DomainError | None:
    """Why this person may not do this with this record; None where they may."""
    if not reaches(session, actor, action, record):
        return NotAllowed(_action(entity_of(record), action).refusal)
    return guard_refusal(session, actor, action, record)


def guard_refusal(session: Session, actor: Actor, action: str, record: Any) -> DomainError | None:
    """What a guard says against it, for a record within reach."""
    rules = (rule for kind in (entity_of(record).key, EVERY_KIND) for rule in _guards.get((kind, action), ()))
    refusals = (rule(session, record, actor) for rule in rules)
    return next((refusal for refusal in refusals if refusal is not None), None)


def explained_refusal(session: Session, actor: Actor, action: str, record: Any) -> DomainError | None:
    """The refusing guard's reason, for those whose right reaches the record: shown where the button would be."""
    return guard_refusal(session, actor, action, record) if reaches(session, actor, action, record) else None


def can(session: Session, actor: Actor, action: str, record: Any) -> bool:
    return refusal_of(session, actor, action, record) is None


def check(session: Session, actor: Actor, action: str, record: Any) -> None:
    """Raises NotAllowed out of reach, or what a guard says."""
    refusal = refusal_of(session, actor, action, record)
    if refusal is not None:
        raise refusal


def refusal_to_add(session: Session, actor: Actor, kind: Entity | str, parent: Any = None) -> DomainError | None:
    """Why this person may not make a record of the kind, one that belongs to `parent`; None where they may.

    The right must reach the parent, which they see; what has no owner of its own is added in the pool by the pool's
    right.
    """
    kind = entity(kind) if isinstance(kind, str) else kind
    permission = permission_for(kind, ADD)
    if not may(actor.rights, kind, ADD) or ((parent is None or kind.owner) and not actor.rights.may(permission)):
        return NotAllowed(NO_RIGHT)
    if parent is None:
        return None
    above = entity_of(parent)
    needed = (permission, permission_for(above, VIEW))
    if parent.deleted_at is None and all(
        _surely(session, actor.rights, above, permission, parent) for permission in needed
    ):
        return None
    with session.no_autoflush:
        addable_id = session.scalar(parents(kind, above, actor.rights).where(above.model.id == parent.id))
    return None if addable_id is not None else NotAllowed(NOT_TO_ADD)


def accepting_parents(kind: Entity, above: Entity, rights: Rights) -> ColumnElement[bool]:
    """The records of the kind `above` to which the right to make one of `kind` reaches."""
    condition: ColumnElement[bool] = above.model.seen_by(rights, permission_for(kind, ADD))
    return condition


def parents(kind: Entity | str, above: Entity, rights: Rights) -> Select[Any]:
    """The records of the kind `above` to which the person may add one of `kind`: what its form offers."""
    kind = entity(kind) if isinstance(kind, str) else kind
    if not may(rights, kind, ADD) or (kind.owner and not rights.may(permission_for(kind, ADD))):
        return reachable(above, rights).where(false())
    return reachable(above, rights).where(accepting_parents(kind, above, rights))


def can_add(session: Session, actor: Actor, kind: Entity | str, parent: Any = None) -> bool:
    return refusal_to_add(session, actor, kind, parent) is None


def check_add(session: Session, actor: Actor, kind: Entity | str, parent: Any = None) -> None:
    refusal = refusal_to_add(session, actor, kind, parent)
    if refusal is not None:
        raise refusal


def check_save(session: Session, actor: Actor, kind: Entity | str, record: Any, parent: Any = None) -> None:
    """Before a form is saved: a record that is there is changed, None is a new one of `parent`."""
    if record is None:
        check_add(session, actor, kind, parent)
    else:
        check(session, actor, CHANGE, record)


def get_for(session: Session, actor: Actor, kind: Entity | str, record_id: int, action: str = VIEW) -> Any:
    """The record of that number, if the person may do this with it.

    Raises NotFound for what they may not see (it answers like what does not exist), NotAllowed or a guard's refusal for
    what they may see but not do this with.
    """
    kind = entity(kind) if isinstance(kind, str) else kind
    model, rights = kind.model, actor.rights
    statement: Select[Any] = rights.make_once(
        ("record", model), lambda: reachable(kind, rights).where(model.id == bindparam("record_id")).limit(1)
    )
    record = session.scalars(statement, {"record_id": record_id}).first()
    if record is None:
        raise NotFound(GONE)
    if action != VIEW:
        check(session, actor, action, record)
    return record


def assignable_people(actor: Actor) -> Any:
    """The ids of the people to whom this person may give a sale; none without the right to assign."""
    return people_in_reach(actor, Permission.CUSTOMERS_ASSIGN)


def is_assignable(session: Session, actor: Actor, person_id: int) -> bool:
    """Whether this person may give a sale to that one, who is held until the end: nobody leaves in the same moment."""
    statement = assignable_people(actor).where(User.id == person_id)
    return session.scalar(statement.with_for_update(read=True, of=User)) is not None


def people_in_reach(actor: Actor, permission: Right) -> Any:
    """The ids of the people who can sign in and whom the right reaches."""
    reached = in_scope(User.id, actor.rights, permission)
    return select(User.id).where(User.deleted_at.is_(None), User.disabled_at.is_(None), reached)
