"""公共檢索: whether the firm knows a customer, as far as the policy lets it be seen (N-2, P-2)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.platform.settings import FirmSettings, read_settings, save_settings
from crm.entities.search_index import matches_name, matches_search
from crm.entities.text_comparison import HAS, phone_condition
from crm.errors import DomainError, FieldError
from crm.i18n import N_
from crm.models import Customer

ALWAYS_SHOWN = "name"
MAX_WITH_NUMBER = 200


def shown_customers(firm: FirmSettings) -> ColumnElement[bool]:
    """The customers of the firm that the policy shows, whoever owns them; deleted ones never."""
    shown = [Customer.deleted_at.is_(None), Customer.pool.in_(firm.lookup_pools)]
    if firm.lookup_statuses:
        shown.append(Customer.status_id.in_(firm.lookup_statuses))
    return and_(*shown)


def count_shown(session: Session, firm: FirmSettings) -> int:
    return session.scalar(select(func.count()).select_from(Customer).where(shown_customers(firm))) or 0


def by_name(session: Session, typed: str) -> ColumnElement[bool]:
    """By any part of the name and the short name, or initials; never by what else a customer is found by."""
    return matches_name(session, Customer, typed)


def by_part_of_phone(session: Session, typed: str) -> ColumnElement[bool]:
    """Where the policy shows telephones."""
    part = phone_condition(session, Customer.phone, HAS, typed)
    return and_(matches_search(session, Customer, typed), part)


def by_whole_phone(session: Session, typed: str, firm: FirmSettings) -> ColumnElement[bool]:
    """Where telephones are hidden: only who knows a number finds it, so that none is guessed digit by digit.

    An area code may be missing. Raises DomainError for less than a number.
    """
    number = next(iter(text.phone_numbers(typed)), None)
    if number is None:
        raise DomainError(N_("Please enter the full telephone number."))
    held = matches_search(session, Customer, min((*number.local, number.national), key=len))
    statement = select(Customer.id, Customer.phone).where(shown_customers(firm), held, Customer.phone.is_not(None))
    rows = session.execute(statement.limit(MAX_WITH_NUMBER))
    return Customer.id.in_([row.id for row in rows if text.same_phone(number, row.phone)])


def save_public_search_policy(session: Session, values: Mapping[str, Any], opened_version: int | None) -> None:
    """What the page 公共檢索設置 sends. Raises FieldError where nothing would be left to search in."""
    if not values["lookup_pools"]:
        raise FieldError("lookup_pools", N_("Please tick at least one."))
    shown = read_settings(session).lookup_columns  # what is shown already keeps its place
    ticked = {ALWAYS_SHOWN: None, **dict.fromkeys(values["lookup_columns"])}
    columns = [*(key for key in shown if key in ticked), *(key for key in ticked if key not in shown)]
    chosen = {
        "lookup_columns": columns,
        "lookup_pools": list(values["lookup_pools"]),
        "lookup_statuses": list(values["lookup_statuses"]),
    }
    save_settings(session, chosen, opened_version)
