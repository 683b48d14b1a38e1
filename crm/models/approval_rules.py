"""Rules of approval, who stands in for whom, and what a submitted document needs (SO-8)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Select, String, select, true
from sqlalchemy.orm import Mapped, mapped_column

from crm.models.base import Base, Discardable, Identified, Moment, Money, OfAnyKind, Traced, Versioned

BY_AMOUNT, BY_PRICE, BY_LEVEL = "amount", "price", "level"
WAITING, OPEN, DONE = "waiting", "open", "done"


class ApprovalRule(Identified, Versioned, Traced, Discardable, Base):
    """Which documents somebody else decides on than usually, or a second person too.

    `amount` is what the document's amount must exceed. Without `role_id` and `person_id` the usual approvers decide.
    """

    __tablename__ = "approval_rules"
    __table_args__ = (
        CheckConstraint("condition IN ('amount', 'price', 'level')", name="condition"),
        CheckConstraint("(condition = 'amount') = (amount IS NOT NULL)", name="amount"),
        CheckConstraint("(condition = 'level') = (level_id IS NOT NULL)", name="level"),
        CheckConstraint("role_id IS NULL OR person_id IS NULL", name="decider"),
    )

    document: Mapped[str] = mapped_column(String(20))
    condition: Mapped[str] = mapped_column(String(8))
    amount: Mapped[Decimal | None] = mapped_column(Money)
    level_id: Mapped[int | None] = mapped_column(ForeignKey("customer_levels.id"))
    role_id: Mapped[int | None] = mapped_column(ForeignKey("roles.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    second_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class StandIn(Identified, Versioned, Traced, Discardable, Base):
    """代理審核: from the first to the last day `stand_in_id` decides in the place of `user_id`.

    `active` says whether that is so today. It is kept by whoever saves it and by the daily job, so that scopes, which
    know no clock, can ask for it.
    """

    __tablename__ = "approval_stand_ins"
    __table_args__ = (
        CheckConstraint("user_id <> stand_in_id", name="somebody_else"),
        CheckConstraint("until_on >= from_on", name="days"),
        Index("ix_approval_stand_ins_stand_in", "stand_in_id", "active"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    stand_in_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    from_on: Mapped[date]
    until_on: Mapped[date]
    active: Mapped[bool] = mapped_column(default=False, server_default="0")


class ApprovalRequirement(OfAnyKind, Identified, Base):
    """One decision that a submitted document needs, by the rules of its submission; they are taken in their order.

    Of a role or a person; of neither: of the usual approvers. `reasons` are [message id, values] of the rules.
    """

    __tablename__ = "approval_requirements"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'open', 'done')", name="state"),
        CheckConstraint("(state = 'done') = (decided_by_id IS NOT NULL)", name="decided"),
        Index("ix_approval_requirements_record", "kind", "record_id", "position"),
    )

    kind: Mapped[str] = mapped_column(String(20))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    role_id: Mapped[int | None] = mapped_column(ForeignKey("roles.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reasons: Mapped[list[Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(8), default=WAITING)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Moment)


def stood_in_for(user_id: int) -> Select[int]:
    """The ids of the people in whose place this one decides today."""
    return select(StandIn.user_id).where(
        StandIn.stand_in_id == user_id, StandIn.active == true(), StandIn.deleted_at.is_(None)
    )
