"""代理審核: who decides in another's place for some days (SO-8)."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.sales.approvers import rights_to_approve
from crm.entities.record_saving import Actor, check_version, stamp
from crm.errors import FieldError
from crm.i18n import N_
from crm.models.approval_rules import StandIn
from crm.models.engine import ask_once


def today_of(actor: Actor) -> date:
    """The firm's day, on which a stand-in decides or not."""
    return clock.day_of(actor.now, actor.zone)


def stand_ins_on(session: Session, day: date) -> list[tuple[int, int]]:
    """(who is away, who decides in their place) on that day."""
    on_it = (StandIn.from_on <= day, StandIn.until_on >= day, StandIn.deleted_at.is_(None))
    statement = select(StandIn.user_id, StandIn.stand_in_id).where(*on_it).order_by(StandIn.id)

    def ask() -> list[tuple[int, int]]:
        return [(user, other) for user, other in session.execute(statement)]

    return ask_once(session, ("stand-ins on", day), ask)


def stand_ins_of(session: Session, people: Iterable[int | None], day: date) -> set[int]:
    """Who decides in the place of these people on that day."""
    person_ids = set(people)
    return {stand_in for user, stand_in in stand_ins_on(session, day) if user in person_ids}


def _to_settle(actor: Actor) -> Select[Any]:
    day = today_of(actor)
    on_it = and_(StandIn.from_on <= day, StandIn.until_on >= day)
    return select(StandIn).where(StandIn.deleted_at.is_(None), StandIn.active.is_distinct_from(on_it))


def settle_stand_ins(session: Session, actor: Actor) -> int:
    """Those that begin or end today; how many."""
    unsettled = list(session.scalars(_to_settle(actor)))
    for stand_in in unsettled:
        stand_in.active = not stand_in.active
    session.flush()
    return len(unsettled)


def has_unsettled(session: Session, actor: Actor) -> bool:
    return session.scalar(_to_settle(actor).with_only_columns(StandIn.id).limit(1)) is not None


def all_stand_ins(session: Session, actor: Actor) -> list[StandIn]:
    """Those that are not over yet, in the order of their days."""
    statement = select(StandIn).where(StandIn.deleted_at.is_(None), StandIn.until_on >= today_of(actor))
    return list(session.scalars(statement.order_by(StandIn.from_on, StandIn.id)))


def save_stand_in(
    session: Session,
    existing: StandIn | None,
    values: Mapping[str, Any],
    actor: Actor,
    opened_version: int | None = None,
) -> StandIn:
    """Make or change it. Raises FieldError: a stand-in holds a right to approve that the other one holds, too (A-5)."""
    stand_in = existing or StandIn()
    check_version(stand_in, opened_version)
    _check_stand_in(session, stand_in, values)
    for key in ("user_id", "stand_in_id", "from_on", "until_on"):
        setattr(stand_in, key, values[key])
    stand_in.active = stand_in.from_on <= today_of(actor) <= stand_in.until_on
    stamp(stand_in, actor)
    session.add(stand_in)
    session.flush()
    return stand_in


def _check_stand_in(session: Session, stand_in: StandIn, values: Mapping[str, Any]) -> None:
    if values["user_id"] == values["stand_in_id"]:
        raise FieldError("stand_in_id", N_("Please choose someone else."))
    if values["until_on"] < values["from_on"]:
        raise FieldError("until_on", N_("The last day cannot be before the first."))
    held = {person: rights_to_approve(session, person) for person in (values["user_id"], values["stand_in_id"])}
    if not held[values["user_id"]]:
        raise FieldError("user_id", N_("This person cannot approve anything. Please choose someone else."))
    if not held[values["user_id"]] <= held[values["stand_in_id"]]:
        raise FieldError("stand_in_id", N_("This person may not approve everything that the other one approves."))
    overlapping = select(StandIn.id).where(
        StandIn.user_id == values["user_id"],
        StandIn.deleted_at.is_(None),
        StandIn.from_on <= values["until_on"],
        StandIn.until_on >= values["from_on"],
    )
    if session.scalar(overlapping.where(StandIn.id != stand_in.id) if stand_in.id else overlapping) is not None:
        raise FieldError("from_on", N_("There is a stand-in for some of these days already."))
