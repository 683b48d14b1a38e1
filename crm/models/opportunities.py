"""Possible sales, their stages, and who sees them (B-1 to B-3, A-7)."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from crm.i18n import N_
from crm.models.base import Base, Coded, Discardable, Identified, Moment, Money, Traced, Versioned
from crm.models.shared_scopes import SoldToCustomer
from crm.models.states import State


class OpportunityState(State):
    """How an opportunity stands (B-3)."""

    OPEN = "open", N_("In progress"), "blue"
    WON = "won", N_("Won"), "green"
    LOST = "lost", N_("Lost"), "red"
    SHELVED = "shelved", N_("Shelved"), "gray"


OPEN, WON, LOST, SHELVED = OpportunityState
ENDS = (WON, LOST)
"""How one is closed from the board (B-4)."""
ALIVE = text("deleted_at IS NULL")


class Opportunity(SoldToCustomer, Identified, Coded, Versioned, Traced, Discardable, Base):
    """A possible sale to a customer; `probability` in percent, `unit_id` the owner's department then."""

    __tablename__ = "opportunities"
    FUNCTION = "opportunities"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'won', 'lost', 'shelved')", name="state"),
        CheckConstraint("probability IS NULL OR probability BETWEEN 0 AND 100", name="probability"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        Index("ix_opportunities_list", "expected_on", "id", sqlite_where=ALIVE, postgresql_where=ALIVE),
        Index("ix_opportunities_owner", "owner_id", "state", "expected_on", "id"),
        Index("ix_opportunities_customer", "customer_id", "state"),
        Index("ix_opportunities_stage", "state", "stage_id", "expected_on", "id"),
    )

    title: Mapped[str] = mapped_column(String(200))
    pinyin: Mapped[str] = mapped_column(String(60), default="")
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))
    stage_id: Mapped[int] = mapped_column(ForeignKey("dictionary_items.id"))
    amount: Mapped[Decimal | None] = mapped_column(Money)
    expected_on: Mapped[date | None]
    probability: Mapped[int | None]
    source_id: Mapped[int | None] = mapped_column(ForeignKey("dictionary_items.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("org_units.id"))
    competitor: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(8), default=OPEN.value)
    reason: Mapped[str | None] = mapped_column(String(300))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    notes: Mapped[str | None] = mapped_column(Text)
    search_text: Mapped[str] = mapped_column(Text, default="")


class StageEvent(Identified, Base):
    """The history of an opportunity: each change of stage or state (B-3)."""

    __tablename__ = "stage_events"
    __table_args__ = (Index("ix_stage_events_opportunity", "opportunity_id", "at"),)

    opportunity_id: Mapped[int] = mapped_column(ForeignKey("opportunities.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    before_id: Mapped[int | None] = mapped_column(ForeignKey("dictionary_items.id"))
    after_id: Mapped[int | None] = mapped_column(ForeignKey("dictionary_items.id"))
    state_before: Mapped[str | None] = mapped_column(String(8))
    state_after: Mapped[str | None] = mapped_column(String(8))
    reason: Mapped[str | None] = mapped_column(String(300))
