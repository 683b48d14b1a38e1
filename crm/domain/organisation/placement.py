"""Placement in the organisation (A-1): where units and people may be placed and moved.

A move never shows anybody more than the mover may grant, neither the mover nor those above the new place (hostile case
15). Whatever sets `parent_id` of a unit or `unit_id` of a person asks here.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.organisation.roles_and_grants import check_can_grant
from crm.domain.organisation.units import ancestor_ids, descendant_ids, units_within
from crm.entities.record_saving import Actor
from crm.errors import FieldError, NotAllowed
from crm.i18n import N_
from crm.models import OrgUnit, Permission, Scope, User, rights_of

NOT_OFFERED = N_("Please choose one from the list.")
RELATIVE = (Scope.DEPARTMENT, Scope.BELOW)


def check_place(session: Session, unit_id: int | None, actor: Actor, field: str) -> None:
    """The place in the tree exists and lies where the person may change the organisation."""
    unit = session.get(OrgUnit, unit_id) if unit_id is not None else None
    if unit is None or unit.deleted_at is not None:
        raise FieldError(field, NOT_OFFERED)
    if actor.rights.administrator:
        return
    reached = select(OrgUnit.id).where(units_within(actor.rights, Permission.ORGANISATION_SAVE))
    if session.scalar(reached.where(OrgUnit.id == unit.id)) is None:
        raise FieldError(field, NOT_OFFERED)


def lock_tree(session: Session) -> None:
    """Lock the whole tree: two moves at once could close a circle."""
    session.execute(select(OrgUnit.id).with_for_update()).all()


def check_person_place(session: Session, user: User, unit_id: int | None, actor: Actor) -> None:
    """A person is placed or moved; the moved person, too, reaches no further than the mover may grant."""
    lock_tree(session)
    check_place(session, unit_id, actor, "unit_id")
    if user.id is None or unit_id is None or actor.rights.administrator:
        return
    if user.id == actor.user_id:
        raise NotAllowed(N_("You cannot move yourself. Please ask an administrator."))
    check_nobody_gains(session, user.unit_id, unit_id, actor, person=True)
    relative = {p: scope for p, scope in rights_of(session, user).scopes.items() if scope in RELATIVE}
    check_can_grant(session, actor, relative, [unit_id])


def check_nobody_gains(session: Session, before: int, after: int, actor: Actor, person: bool = False) -> None:
    """Raises where the move would let somebody reach people for whom they would need a grant."""
    if actor.rights.administrator:
        return
    _check_own_view(session, before, after, actor)
    gaining = ancestor_ids(session, after) - ancestor_ids(session, before)
    statement = select(User).where(
        User.unit_id.in_(gaining | {after}), User.deleted_at.is_(None), User.id != actor.user_id
    )
    for user in session.scalars(statement).all():
        department = Scope.DEPARTMENT if person and user.unit_id == after else None
        reached = {Scope.BELOW if user.unit_id in gaining else None, department}
        gained = {p: scope for p, scope in rights_of(session, user).scopes.items() if scope in reached}
        try:
            check_can_grant(session, actor, gained, [user.unit_id])
        except NotAllowed as error:
            raise NotAllowed(
                N_(
                    "Someone above the new place would get access to more than you may grant. Please ask an "
                    "administrator."
                )
            ) from error


def _check_own_view(session: Session, before: int, after: int, actor: Actor) -> None:
    """Moving others under oneself would show their customers: only an administrator does that."""
    if not any(scope in RELATIVE for scope in actor.rights.scopes.values()):
        return
    own = descendant_ids(session, actor.rights.unit_id)
    if after in own and before not in own:
        raise NotAllowed(N_("You cannot move others into your own department. Please ask an administrator."))
