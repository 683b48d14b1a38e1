"""Verbs of sales targets: one for each person and year, twelve months (TG-1)."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crm.domain.amounts import CENT
from crm.domain.units import below
from crm.entities.change_log import tell
from crm.entities.saving import Acting, check_version, stamp
from crm.errors import DomainError, FieldError, NotAllowed
from crm.i18n import N_
from crm.models import Permission, SalesTarget, TargetMonth, User
from crm.models.rights import in_scope

MONTHS = tuple(range(1, 13))


def spread(total: Decimal) -> list[Decimal]:
    """A year's figure over twelve months: equal parts to the cent, what is left over in December."""
    part = (total / 12).quantize(CENT, ROUND_DOWN)
    return [part] * 11 + [total - 11 * part]


def settable_people(acting: Acting) -> Any:
    """The ids of the people for whom this person may set targets."""
    reached = in_scope(User.id, acting.rights, Permission.TARGET_SETTING_SAVE)
    return select(User.id).where(User.deleted_at.is_(None), User.disabled_at.is_(None), reached)


def save_target(
    session: Session,
    target: SalesTarget | None,
    values: Mapping[str, Any],
    months: Sequence[Decimal],
    acting: Acting,
    opened: int | None = None,
) -> SalesTarget:
    """Make or change a target; `months` are twelve amounts. Person and year stay once they are saved.

    Raises FieldError for a person out of reach or of another department, or a year that has a target already;
    StaleRecord where somebody else saved first.
    """
    if target is not None:
        session.refresh(target, with_for_update=True)
        check_version(target, opened)
    else:
        target = _new_target(session, values, acting)
    stamp(target, acting)
    try:
        with session.begin_nested():
            session.add(target)
            session.flush()
    except IntegrityError as error:
        # Somebody set it at the same moment.
        raise _there_is_one() from error
    before = months_of(session, target)
    tell(session, target, "months", _in_short(before), _in_short(months))
    session.execute(delete(TargetMonth).where(TargetMonth.target_id == target.id))
    session.add_all(TargetMonth(target_id=target.id, month=m, amount=months[m - 1]) for m in MONTHS)
    session.flush()
    return target


def _new_target(session: Session, values: Mapping[str, Any], acting: Acting) -> SalesTarget:
    person = session.scalars(
        select(User).where(User.id == values["user_id"], User.id.in_(settable_people(acting)))
    ).first()
    if person is None:
        raise FieldError("user_id", N_("You may not set targets for this person. Please choose another one."))
    if person.unit_id not in below(session, values["unit_id"]):
        raise FieldError("user_id", N_("This person does not belong to the department. Please choose again."))
    known = select(SalesTarget.id).where(SalesTarget.user_id == person.id, SalesTarget.year == values["year"])
    if session.scalar(known) is not None:
        raise _there_is_one()
    return SalesTarget(user_id=person.id, unit_id=values["unit_id"], year=values["year"])


def _in_short(months: Sequence[Decimal]) -> list[str] | None:
    """For the operation log; None where nothing is set."""
    return [f"{amount:.2f}" for amount in months] if any(months) else None


def _there_is_one() -> FieldError:
    return FieldError("year", N_("This person has a target for the year already. Please open that one to change it."))


def months_of(session: Session, target: SalesTarget) -> list[Decimal]:
    """The twelve amounts."""
    wanted = select(TargetMonth.month, TargetMonth.amount).where(TargetMonth.target_id == target.id)
    amounts: dict[int, Decimal] = {row.month: row.amount for row in session.execute(wanted)}
    return [amounts.get(month, Decimal("0.00")) for month in MONTHS]


def may_change(session: Session, target: SalesTarget, acting: Acting) -> bool:
    reached = SalesTarget.seen_by(acting.rights, Permission.TARGET_SETTING_SAVE)
    return session.scalar(select(SalesTarget.id).where(SalesTarget.id == target.id, reached)) is not None


def why_not_change(session: Session, target: SalesTarget, acting: Acting) -> DomainError | None:
    """Why this person may not change or delete the target; None where they may."""
    if may_change(session, target, acting):
        return None
    return NotAllowed(N_("You may look at this, but not change it."))


def delete_target(session: Session, target: SalesTarget, acting: Acting) -> None:
    """Raises NotAllowed out of reach."""
    refusal = why_not_change(session, target, acting)
    if refusal is not None:
        raise refusal
    tell(session, target, "months", _in_short(months_of(session, target)), None)
    session.execute(delete(TargetMonth).where(TargetMonth.target_id == target.id))
    session.delete(target)
    session.flush()
