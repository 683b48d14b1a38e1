"""One change to one of several ticked customers: next contact, level, status, category (C-6)."""

from datetime import datetime

from sqlalchemy.orm import Session

from crm.domain.customers.customers import change_level, change_status
from crm.entities import policy
from crm.entities.record_saving import Actor, lock_for_update, stamp
from crm.errors import DomainError, FieldError
from crm.i18n import N_
from crm.models import Customer, CustomerLevel, DictionaryItem

SAME = N_("It already has this value.")
NOT_OFFERED = N_("Please choose one from the list.")


def plan_next_contact(session: Session, customer: Customer, actor: Actor, next_contact_at: datetime) -> None:
    """修改下次聯繫時間. Raises NotAllowed where the person may not change the customer."""
    _check_may_change(session, customer, actor)
    customer.next_contact_at = next_contact_at
    _finish_change(session, customer, actor)


def set_level(session: Session, customer: Customer, actor: Actor, level_id: int) -> None:
    """修改客戶等級; in the ledger (C-9). Raises DomainError where the customer has the level already."""
    level = session.get(CustomerLevel, level_id)
    if level is None or level.retired:
        raise FieldError("level_id", NOT_OFFERED)
    _check_may_change(session, customer, actor)
    _check_differs(customer.level_id, level_id)
    change_level(session, customer, level_id, actor)
    _finish_change(session, customer, actor)


def set_status(session: Session, customer: Customer, actor: Actor, status_id: int) -> None:
    """修改客戶狀態; in the ledger (C-9). Raises DomainError where the customer has the status already."""
    _check_item(session, "customer_status", "status_id", status_id)
    _check_may_change(session, customer, actor)
    _check_differs(customer.status_id, status_id)
    change_status(session, customer, status_id, actor)
    _finish_change(session, customer, actor)


def set_category(session: Session, customer: Customer, actor: Actor, category_id: int) -> None:
    """修改客戶分類. Raises DomainError where the customer has the category already."""
    _check_item(session, "customer_category", "category_id", category_id)
    _check_may_change(session, customer, actor)
    _check_differs(customer.category_id, category_id)
    customer.category_id = category_id
    _finish_change(session, customer, actor)


def _check_item(session: Session, dictionary: str, field: str, item_id: int) -> None:
    item = session.get(DictionaryItem, item_id)
    if item is None or item.dictionary != dictionary or item.retired:
        raise FieldError(field, NOT_OFFERED)


def _check_may_change(session: Session, customer: Customer, actor: Actor) -> None:
    lock_for_update(session, customer)
    policy.check(session, actor, policy.CHANGE, customer)


def _check_differs(before: int | None, after: int) -> None:
    if before == after:
        raise DomainError(SAME)


def _finish_change(session: Session, customer: Customer, actor: Actor) -> None:
    stamp(customer, actor)
    session.flush()
