"""Who may approve documents at all, of which kinds (SO-3, A-5)."""

from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from crm.domain.customers.owners import ACTIVE, permission_holders
from crm.models import Order, Permission, Receipt, User

DOCUMENTS: dict[str, tuple[Any, Permission]] = {
    "orders": (Order, Permission.ORDERS_APPROVE),
    "receipts": (Receipt, Permission.RECEIPTS_APPROVE),
}


def rights_to_approve(session: Session, person_id: int) -> set[str]:
    """Of which documents the person may decide."""
    return {
        kind
        for kind, (_model, approve) in DOCUMENTS.items()
        if session.scalar(
            select(User.id).where(*ACTIVE, User.id == person_id, User.id.in_(permission_holders(approve)))
        )
        is not None
    }


def may_approve() -> ColumnElement[bool]:
    """The condition that a person may approve documents of some kind."""
    return or_(*(User.id.in_(permission_holders(approve)) for _model, approve in DOCUMENTS.values()))


def possible_deciders(session: Session) -> list[User]:
    """The people who may approve anything."""
    return list(session.scalars(select(User).where(*ACTIVE, may_approve()).order_by(User.pinyin, User.id)))


def possible_decider_ids(session: Session) -> Select[Any]:
    """The ids of the same."""
    return select(User.id).where(*ACTIVE, may_approve())
