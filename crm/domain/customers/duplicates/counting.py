"""How many customers have a possible duplicate at present (P-3)."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.customers.duplicates.keys import EMAIL, MIN_PHONE_LENGTH, MOBILE, NAME, PHONE, TAX_NUMBER, WEBSITE
from crm.models import Contact, Customer
from crm.models.table_versions import get_or_compute

Rows = Iterable[tuple[str, int, str | None]]
"""Key, customer, its tax number's key."""

COLUMNS: dict[str, tuple[Any, ...]] = {
    NAME: (Customer.core_key,),
    PHONE: (Customer.phone_key,),
    MOBILE: (Contact.mobile_key,),
    EMAIL: (Customer.email_key, Contact.email_key),
    TAX_NUMBER: (Customer.tax_key,),
    WEBSITE: (Customer.website_key,),
}
KEPT_SECONDS = 60.0


def count_duplicates(session: Session, attributes: Collection[str]) -> int:
    """Customers that share a compared value with another one; cached until one is changed.

    Each field against itself: a telephone that is another customer's mobile, and a second number in one field,
    are found when a customer is saved, but not counted here.
    """
    chosen = tuple(sorted(attributes))
    tables = ("customers", "contacts")
    count: int = get_or_compute(("alike", chosen), tables, lambda: len(duplicate_ids(session, chosen)), KEPT_SECONDS)
    return count


def duplicate_ids(session: Session, attributes: Collection[str]) -> set[int]:
    """The ids of those customers."""
    ids: set[int] = set()
    for attribute in attributes:
        for column in COLUMNS[attribute]:
            rows = session.execute(sharing(column))
            ids |= _ids_with_duplicates(attribute, ((row[0], row[1], row[2]) for row in rows))
    return ids


def sharing(column: Any) -> Select[Any]:
    """The rows whose key occurs more than once; the index alone answers which keys these are."""
    duplicated_keys = select(column).where(column.is_not(None)).group_by(column).having(func.count() > 1)
    if column.class_ is Contact:
        statement = select(column, Contact.customer_id, Customer.tax_key).join(Customer)
        statement = statement.where(Contact.deleted_at.is_(None), Customer.deleted_at.is_(None))
    else:
        statement = select(column, Customer.id, Customer.tax_key).where(Customer.deleted_at.is_(None))
    return statement.where(column.in_(duplicated_keys))


def _ids_with_duplicates(attribute: str, rows: Rows) -> set[int]:
    groups: dict[str, dict[int, str | None]] = defaultdict(dict)
    for key, id_, tax in rows:
        groups[key][id_] = tax
    ids: set[int] = set()
    for key, members in groups.items():
        if not is_comparable(attribute, key) or len(members) < 2:
            continue
        if attribute == TAX_NUMBER:
            ids.update(members)
        else:
            ids.update(_not_other_firms(members))
    return ids


def is_comparable(attribute: str, key: str) -> bool:
    return not text.is_placeholder(key) and (attribute not in (PHONE, MOBILE) or len(key) >= MIN_PHONE_LENGTH)


def _not_other_firms(members: dict[int, str | None]) -> set[int]:
    """Without those that have another tax number than all others: they are other firms."""
    held = Counter(members.values())
    return {id_ for id_, tax in members.items() if tax is None or held[tax] > 1 or held[None]}
