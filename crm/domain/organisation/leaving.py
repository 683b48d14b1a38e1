"""刪除: people leave the firm, alone or with their company or department; their names stay on what they did (A-2).

停用 (`people.set_disabled`) closes an account for a while: nothing changes hands, and it can be opened again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from crm.domain.accounts.password_links import end_links
from crm.domain.accounts.second_factor import turn_off
from crm.domain.accounts.sign_in import end_sessions
from crm.domain.office.notices import notify
from crm.domain.organisation.handover import (
    Handover,
    LeftBehind,
    check_receivers,
    hand_over_belongings,
    hand_over_records,
    left_behind,
)
from crm.domain.organisation.ordering import last_place
from crm.domain.organisation.placement import check_place
from crm.domain.organisation.roles_and_grants import (
    check_may_change_person,
    personal_grants,
    require_an_administrator,
    roles_of,
)
from crm.domain.organisation.units import PEOPLE_ORDER, UNIT_ORDER, descendant_ids, people_within, units_within
from crm.domain.platform.mail import delete_waiting_emails
from crm.domain.schedule.participants import participants_of, set_participants
from crm.entities.change_log import GRANTED, log_action, log_related_change
from crm.entities.record_saving import Actor, check_version, discard, stamp
from crm.errors import DomainError, NotAllowed, StaleRecord
from crm.i18n import N_
from crm.models import (
    CalendarAddress,
    OrgUnit,
    Permission,
    PersonalGrant,
    Rights,
    RoleMember,
    ScheduleItem,
    ScheduleParticipant,
    User,
)
from crm.models.rights import in_scope

HANDED_OVER = "handed_over"
"""The kind of the notice to whoever takes over."""
CHANGED = N_("People or departments changed since you opened this page. Please look at it again.")
ROOT = N_("The company itself stays at the top of the tree.")


@dataclass(frozen=True)
class Leaving:
    """The people who leave, and the companies and departments that go with them."""

    people: tuple[User, ...]
    units: tuple[OrgUnit, ...] = ()

    @property
    def ids(self) -> list[int]:
        return [person.id for person in self.people]


def leaving_person(person: User) -> Leaving:
    return Leaving((person,))


def leaving_unit(session: Session, unit: OrgUnit) -> Leaving:
    """The unit with all that is below it, people too."""
    below = descendant_ids(session, unit.id)
    units = select(OrgUnit).where(OrgUnit.id.in_(below), OrgUnit.deleted_at.is_(None))
    people = select(User).where(User.unit_id.in_(below), User.deleted_at.is_(None))
    return Leaving(
        tuple(session.scalars(people.order_by(*PEOPLE_ORDER))),
        tuple(session.scalars(units.order_by(*UNIT_ORDER))),
    )


def check_may_leave(session: Session, leaving: Leaving, actor: Actor) -> None:
    """Raises NotAllowed: oneself, the last administrator, an administrator by others, whom the right does not reach."""
    if any(unit.parent_id is None for unit in leaving.units):
        raise DomainError(ROOT)
    if actor.user_id in leaving.ids:
        raise NotAllowed(N_("You cannot delete yourself. Please ask another administrator."))
    rights, permission = actor.rights, Permission.ORGANISATION_SAVE
    people = session.scalars(select(User.id).where(User.id.in_(leaving.ids), people_within(rights, permission)))
    ids = [unit.id for unit in leaving.units]
    units = session.scalars(select(OrgUnit.id).where(OrgUnit.id.in_(ids), units_within(rights, permission)))
    if set(leaving.ids) != set(people) or set(ids) != set(units):
        raise NotAllowed(N_("Some of these people or departments are not yours to change."))
    for person in leaving.people:
        check_may_change_person(session, person, actor)
    require_an_administrator(session, without=leaving.ids)


def leave(
    session: Session,
    leaving: Leaving,
    handover: Handover,
    actor: Actor,
    shown_ids: Collection[int] | None = None,
    limit: int | None = None,
) -> int:
    """Hand over and close the accounts: all of it, or nothing. Returns how many records changed hands.

    `shown_ids` are the people that the page named: others may have come meanwhile. With `limit` at most so many records
    are handed over; where that was not all, nobody has left yet, and it is to be called again.

    Raises NotAllowed, FieldError beside the receiver who cannot be, StaleRecord where people came or went.
    """
    leaving, left = check_leaving(session, leaving, handover, actor, shown_ids)
    done = hand_over_records(session, leaving.ids, handover, actor, limit)
    if limit is not None and done >= limit:
        return done
    hand_over_belongings(session, leaving.ids, handover, left, actor)
    for person in leaving.people:
        _close(session, person, handover, actor)
    for unit in leaving.units:
        discard(unit, actor)
        stamp(unit, actor)
    session.flush()
    _notify_successors(session, leaving, handover, left, actor)
    return done


def check_leaving(
    session: Session, leaving: Leaving, handover: Handover, actor: Actor, shown_ids: Collection[int] | None = None
) -> tuple[Leaving, LeftBehind]:
    """What `leave` would refuse, under its locks; returns who leaves now, and what they leave behind."""
    _lock(session, leaving, handover, actor)
    leaving = _reread(session, leaving, shown_ids)
    check_may_leave(session, leaving, actor)
    left = left_behind(session, leaving.ids)
    check_receivers(session, leaving.ids, handover, left, actor)
    return leaving, left


def _lock(session: Session, leaving: Leaving, handover: Handover, actor: Actor) -> None:
    """Whoever leaves, gets something or decides is held until the end, always in the same order: two administrators
    cannot delete each other, and nothing is given to somebody who is leaving at the same moment."""
    session.execute(select(OrgUnit.id).order_by(OrgUnit.id).with_for_update()).all()
    people = sorted({actor.user_id, *leaving.ids, *handover.people()})
    statement = select(User).where(User.id.in_(people)).order_by(User.id)
    session.scalars(statement.with_for_update().execution_options(populate_existing=True)).all()
    me = session.get(User, actor.user_id)
    if me is None or not me.is_active:
        raise NotAllowed(N_("Your own account was closed in the meantime."))


def _reread(session: Session, leaving: Leaving, shown_ids: Collection[int] | None) -> Leaving:
    if leaving.units:
        top = _top_of(leaving)
        session.refresh(top)
        leaving = leaving_unit(session, top) if top.deleted_at is None else leaving
    everything: list[Any] = [*leaving.people, *leaving.units]
    already_deleted = [record for record in everything if record.deleted_at is not None]
    if already_deleted:
        raise DomainError(N_("%(name)s has already been deleted."), name=already_deleted[0].name)
    if shown_ids is not None and set(shown_ids) != set(leaving.ids):
        raise StaleRecord(CHANGED)
    return leaving


def _top_of(leaving: Leaving) -> OrgUnit:
    ids = {unit.id for unit in leaving.units}
    return next(unit for unit in leaving.units if unit.parent_id not in ids)


def _close(session: Session, person: User, handover: Handover, actor: Actor) -> None:
    """The end of every way in, and of every right; the name stays."""
    end_sessions(session, person.id, actor.now)
    end_links(session, person.id, actor.now)
    delete_waiting_emails(session, person.id)
    turn_off(session, person.id)
    for address in session.scalars(select(CalendarAddress).where(CalendarAddress.user_id == person.id)):
        session.delete(address)
    _take_rights(session, person, actor)
    _take_out_of_appointments(session, person, actor)
    successor = session.get(User, handover.successor) if handover.successor else None
    if successor is not None:
        log_related_change(session, person, "successor", None, successor.name)
    discard(person, actor)
    stamp(person, actor)


def _take_rights(session: Session, person: User, actor: Actor) -> None:
    roles, grants = sorted(roles_of(session, person)), personal_grants(session, person)
    changes: dict[str, list[Any]] = {"roles": [roles, []]} if roles else {}
    changes |= {"grants": [grants, {}]} if grants else {}
    if changes:
        log_action(session, actor, GRANTED, "people", person.id, person.name, changes)
    session.execute(delete(RoleMember).where(RoleMember.user_id == person.id))
    session.execute(delete(PersonalGrant).where(PersonalGrant.user_id == person.id))


def _take_out_of_appointments(session: Session, person: User, actor: Actor) -> None:
    """They take part in no appointment to come; in those that were, their name stays."""
    row, item = ScheduleParticipant, ScheduleItem
    is_to_come = (item.done_at.is_(None), item.deleted_at.is_(None), item.starts_at >= actor.now)
    statement = select(item).join(row, row.item_id == item.id).where(row.user_id == person.id, *is_to_come)
    items = list(session.scalars(statement))
    people = participants_of(session, [appointment.id for appointment in items])
    groups: dict[frozenset[int], list[ScheduleItem]] = {}
    for appointment in items:
        groups.setdefault(frozenset(people[appointment.id] - {person.id}), []).append(appointment)
    for remaining_people, items_of_group in groups.items():
        set_participants(session, items_of_group, remaining_people)


def _notify_successors(session: Session, leaving: Leaving, handover: Handover, left: LeftBehind, actor: Actor) -> None:
    """One notice to each who takes over; nobody is told of what they did themselves (F-4)."""
    names = "、".join(person.name for person in leaving.people[:3]) + ("…" if len(leaving.people) > 3 else "")
    by = session.get(User, actor.user_id)
    message = N_("%(person)s deleted %(names)s and handed over their work to you.")
    values = {"person": by.name if by else "", "names": names}
    for receiver in sorted(handover.people() - {actor.user_id}) if left.total or left.belongings else ():
        notify(session, receiver, HANDED_OVER, message, values, None, actor.now)


def former_people(rights: Rights) -> Select[Any]:
    """Those who left and whom the right to change the organisation reaches, the last ones first."""
    reached = in_scope(User.id, rights, Permission.ORGANISATION_SAVE)
    return select(User).where(User.deleted_at.is_not(None), reached).order_by(User.deleted_at.desc(), User.id)


def reinstate(
    session: Session, person: User, unit_id: int | None, actor: Actor, opened_version: int | None = None
) -> None:
    """Somebody comes back, or was deleted by mistake: the account is open again with its password, without any role,
    in a department of today. What was handed over stays where it is.

    An administrator decides: without roles, anybody who keeps the organisation could set the password, and act under
    the name of somebody who held more than they do. Raises NotAllowed by others, FieldError for a place that is not the
    person's to use, DomainError where somebody else was first.
    """
    if not actor.rights.administrator:
        raise NotAllowed(N_("Only an administrator can restore people."))
    session.refresh(person, with_for_update=True)
    if person.deleted_at is None:
        raise DomainError(N_("%(name)s works here already."), name=person.name)
    check_version(person, opened_version)
    check_place(session, unit_id, actor, "unit_id")
    assert unit_id is not None
    person.unit_id, person.position = unit_id, last_place(session, unit_id)
    person.deleted_at = person.deleted_by_id = person.disabled_at = None
    stamp(person, actor)
    session.flush()
