"""Scopes that several kinds of record share: what belongs to a customer, with or without an owner of its own (A-5)."""

from typing import Any, ClassVar

from sqlalchemy import ColumnElement, ForeignKey, Select, and_, false, or_, select
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from crm.models.approval_rules import stood_in_for
from crm.models.custom_values import Customised
from crm.models.customers import Customer
from crm.models.documents import PENDING, Approvable
from crm.models.permissions import Right, right
from crm.models.rights import (
    BY_CUSTOMER,
    BY_OWNER,
    BY_POOL,
    BY_REQUEST,
    BY_UNIT,
    Rights,
    Way,
    any_way,
    in_scope,
    in_unit,
)


class BelongsToCustomer(Customised):
    """Belongs to a customer and is seen through it. `FUNCTION` names the permissions (`visits:view`).

    Who may look at the pool (`pool:view`) sees what belongs to its customers, and works with it by `pool:save`.
    """

    FUNCTION: ClassVar[str]

    @declared_attr
    def customer_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("customers.id"), index=True)

    @classmethod
    def named_to(cls: Any, rights: Rights, permission: Right | None = None) -> ColumnElement[bool]:
        """Whether it lies in the reader's scope, deleted or not; for a select that joins the customer."""
        return Customer.seen_by(rights, permission or right(f"{cls.FUNCTION}:view"))

    @classmethod
    def ways(cls: Any, rights: Rights, permission: Right | None = None) -> tuple[Way, ...]:
        """Those of its customer; for a select that joins it."""
        customer_ways = Customer.ways(rights, permission or right(f"{cls.FUNCTION}:view"))
        through = {BY_OWNER: BY_CUSTOMER, BY_POOL: BY_POOL}
        return tuple(
            Way(through[way.through], and_(Customer.deleted_at.is_(None), way.condition)) for way in customer_ways
        )

    @classmethod
    def seen_by(cls: Any, rights: Rights, permission: Right | None = None) -> ColumnElement[bool]:
        """For a select that joins the customer."""
        return and_(cls.deleted_at.is_(None), cls.named_to(rights, permission))

    @classmethod
    def visible_to(cls: Any, rights: Rights) -> Select[Any]:
        return select(cls).join(Customer, Customer.id == cls.customer_id).where(cls.seen_by(rights))


class SoldToCustomer(BelongsToCustomer):
    """Belongs to a customer and has an owner of its own: seen by either."""

    @declared_attr
    def owner_id(cls) -> Mapped[int]:
        return mapped_column(ForeignKey("users.id"))

    @declared_attr
    def unit_id(cls) -> Mapped[int | None]:
        """The owner's department then."""
        return mapped_column(ForeignKey("org_units.id"))

    @classmethod
    def ways(cls: Any, rights: Rights, permission: Right | None = None) -> tuple[Way, ...]:
        """By its owner, or through the customer; for a select that joins the customer."""
        needed = permission or right(f"{cls.FUNCTION}:view")
        through = and_(Customer.owner_id.is_not(None), in_scope(Customer.owner_id, rights, needed))
        return Way(BY_OWNER, in_scope(cls.owner_id, rights, needed)), Way(BY_CUSTOMER, through)

    @classmethod
    def seen_by(cls: Any, rights: Rights, permission: Right | None = None) -> ColumnElement[bool]:
        """By its owner, or through the customer; for a select that joins the customer."""
        reached = any_way(cls.ways(rights, permission))
        return and_(cls.deleted_at.is_(None), Customer.deleted_at.is_(None), reached)


class ApprovableDocument(Approvable):
    """Sold to a customer, and decided on by somebody else (SO-2, RC-2)."""

    FUNCTION: ClassVar[str]

    @classmethod
    def asked_of(cls: Any, user_id: int) -> ColumnElement[bool]:
        """Those that the person was asked to decide on, or in the place of whom somebody was asked (SO-8)."""
        condition: ColumnElement[bool] = or_(cls.approver_id == user_id, cls.approver_id.in_(stood_in_for(user_id)))
        return condition

    @classmethod
    def ways(cls: Any, rights: Rights, permission: Right | None = None) -> tuple[Way, ...]:
        """By its salesperson, its department then, or through the customer; or asked to decide (SO-3)."""
        looking = right(f"{cls.FUNCTION}:view")
        needed = permission or looking
        through = and_(Customer.owner_id.is_not(None), in_scope(Customer.owner_id, rights, needed))
        may_decide = needed == looking and rights.may(right(f"{cls.FUNCTION}:approve"))
        to_decide = and_(cls.asked_of(rights.user_id), cls.state == PENDING) if may_decide else false()
        return (
            Way(BY_OWNER, in_scope(cls.owner_id, rights, needed)),
            Way(BY_UNIT, in_unit(cls.unit_id, rights, needed)),
            Way(BY_CUSTOMER, through),
            Way(BY_REQUEST, to_decide),
        )

    @classmethod
    def seen_by(cls: Any, rights: Rights, permission: Right | None = None) -> ColumnElement[bool]:
        """One of the ways leads to it. For a select that joins the customer."""
        return and_(cls.deleted_at.is_(None), any_way(cls.ways(rights, permission)))

    @classmethod
    def visible_to(cls: Any, rights: Rights, permission: Right | None = None) -> Select[Any]:
        return select(cls).join(Customer, Customer.id == cls.customer_id).where(cls.seen_by(rights, permission))
