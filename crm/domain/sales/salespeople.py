"""Whose sale it is: the salesperson of an opportunity, a quote, an order, a receipt, and their department then."""

from typing import Any

from sqlalchemy.orm import Session

from crm.entities.policy import NOT_TO_THEM, is_assignable
from crm.entities.record_saving import Actor
from crm.errors import FieldError
from crm.models import User


def set_salesperson(
    session: Session, record: Any, salesperson_id: int | None, actor: Actor, first: int | None = None
) -> None:
    """The maker (or `first`) to begin with; another one only by who may assign, and only within their reach.

    Raises FieldError for somebody out of reach.
    """
    if record.owner_id is None:
        set_owner(session, record, first or actor.user_id)
    if salesperson_id is None or salesperson_id == record.owner_id:
        return
    if not is_assignable(session, actor, salesperson_id):
        raise FieldError("owner_id", NOT_TO_THEM)
    set_owner(session, record, salesperson_id)


def set_owner(session: Session, record: Any, owner_id: int) -> None:
    record.owner_id = owner_id
    record.unit_id = session.get_one(User, owner_id).unit_id
