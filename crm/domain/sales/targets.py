"""Verbs of sales targets: one for each person and year, twelve months (TG-1)."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.domain.organisation.units import descendant_ids
from crm.domain.sales.amounts import CENT
from crm.entities import policy
from crm.entities.change_log import log_related_change
from crm.entities.record_saving import Actor, check_version, lock_for_update, stamp
from crm.entities.targets import TARGET
from crm.errors import FieldError
from crm.i18n import N_
from crm.models import SalesTarget, TargetMonth, User

MONTHS = tuple(range(1, 13))


def spread_over_months(total: Decimal) -> list[Decimal]:
    """A year's figure over twelve months: equal parts to the cent, what is left over in December."""
    part = (total / 12).quantize(CENT, ROUND_DOWN)
    return [part] * 11 + [total - 11 * part]


def settable_people(actor: Actor) -> Any:
    """The ids of the people for whom this person may set targets."""
    return policy.people_in_reach(actor, TARGET.permission("save"))


def save_target(
    session: Session,
    target: SalesTarget | None,
    values: Mapping[str, Any],
    months: Sequence[Decimal],
    actor: Actor,
    opened_version: int | None = None,
) -> SalesTarget:
    """Make or change a target; `months` are twelve amounts. Person and year stay once they are saved.

    Raises NotAllowed; FieldError for a person out of reach or of another department, or a year that has a target
    already; StaleRecord where somebody else saved first.
    """
    if target is not None:
        lock_for_update(session, target)
        policy.check(session, actor, policy.CHANGE, target)
        check_version(target, opened_version)
    else:
        target = _new_target(session, values, actor)
    stamp(target, actor)
    try:
        with session.begin_nested():
            session.add(target)
            session.flush()
    except IntegrityError as error:
        # Somebody set it at the same moment.
        raise _there_is_one() from error
    before = months_of(session, target)
    log_related_change(session, target, "months", _in_short(before), _in_short(months))
    session.execute(delete(TargetMonth).where(TargetMonth.target_id == target.id))
    session.add_all(TargetMonth(target_id=target.id, month=m, amount=months[m - 1]) for m in MONTHS)
    session.flush()
    return target


def _new_target(session: Session, values: Mapping[str, Any], actor: Actor) -> SalesTarget:
    policy.check_add(session, actor, TARGET)
    person = session.scalars(
        select(User).where(User.id == values["user_id"], User.id.in_(settable_people(actor)))
    ).first()
    if person is None:
        raise FieldError("user_id", N_("You cannot set targets for this person. Please choose someone else."))
    if person.unit_id not in descendant_ids(session, values["unit_id"]):
        raise FieldError("user_id", N_("This person does not belong to the department. Please choose again."))
    known = select(SalesTarget.id).where(SalesTarget.user_id == person.id, SalesTarget.year == values["year"])
    known = known.where(SalesTarget.deleted_at.is_(None))
    if session.scalar(known) is not None:
        raise _there_is_one()
    return SalesTarget(user_id=person.id, unit_id=values["unit_id"], year=values["year"])


def _in_short(months: Sequence[Decimal]) -> list[str] | None:
    """For the operation log; None where nothing is set."""
    return [f"{amount:.2f}" for amount in months] if any(months) else None


def _there_is_one() -> FieldError:
    return FieldError("year", N_("This person already has a target for the year. Please open that one to change it."))


def months_of(session: Session, target: SalesTarget) -> list[Decimal]:
    """The twelve amounts."""
    statement = select(TargetMonth.month, TargetMonth.amount).where(TargetMonth.target_id == target.id)
    amounts: dict[int, Decimal] = {row.month: row.amount for row in session.execute(statement)}
    return [amounts.get(month, Decimal("0.00")) for month in MONTHS]
