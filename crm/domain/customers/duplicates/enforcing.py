"""Enforcing the policy when a customer is saved: warn or forbid (C-3, P-3)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.customers.duplicates.keys import match_keys
from crm.domain.customers.duplicates.matching import DuplicateMatch, find_duplicates_by_keys
from crm.domain.platform.recycle_bin import Question, asked_before_restoring
from crm.domain.platform.settings import read_settings
from crm.entities.keys import tax_key
from crm.errors import DomainError
from crm.i18n import N_
from crm.models import Contact, Customer

LOCK = 7_201_304
"""Names the lock on PostgreSQL; any number that nothing else uses."""
COMPARED_FIELDS = ("name", "short_name", "phone", "email", "tax_number", "website")


class DuplicatesFound(DomainError):
    """Possible duplicates were found. `forbidden`: the policy does not let this one be saved; else a person decides."""

    def __init__(self, duplicates: Sequence[DuplicateMatch], forbidden: bool) -> None:
        if forbidden:
            message = N_("The company's policy forbids duplicates, so this cannot be saved.")
        else:
            message = N_("These customers are already known. Is it one of them?")
        super().__init__(message)
        self.duplicates = list(duplicates)
        self.forbidden = forbidden


def check_duplicates(
    session: Session,
    customer: Customer | None,
    main: Contact | None,
    values: Mapping[str, Any],
    confirmed_ids: Collection[int] | None,
) -> None:
    """Called before anything of the customer, and of its `main` contact, is written. Raises DuplicatesFound.

    Only what changes is compared, so that a customer that was there before the policy can still be worked on.
    `confirmed_ids` are the customers that the person confirmed as different; None where nobody can be asked,
    and only a policy that forbids counts. What is not certain (`DuplicateMatch.is_certain`) only asks. Two saves
    at the same moment come one after the other, so that the second sees what the first one saved.
    """
    policy = read_settings(session)
    if not policy.duplicate_fields or (confirmed_ids is None and not policy.duplicate_forbids):
        return
    stored = _stored(customer, main)
    new_values = {**stored, **values}
    if all(stored.get(field) == new_values.get(field) for field in (*COMPARED_FIELDS, "main_mobile")):
        return
    before = {(key.kind, key.key) for key in match_keys(stored, policy.duplicate_fields)}
    new_keys = [key for key in match_keys(new_values, policy.duplicate_fields) if (key.kind, key.key) not in before]
    if not new_keys:
        return
    lock_customers(session)
    other_than = customer.id if customer is not None else None
    with session.no_autoflush:
        duplicates = find_duplicates_by_keys(
            session, new_keys, policy.duplicate_fields, tax_key(new_values.get("tax_number")), other_than
        )
    forbidden = policy.duplicate_forbids and any(duplicate.is_certain for duplicate in duplicates)
    if forbidden or (confirmed_ids is not None and any(duplicate.id not in confirmed_ids for duplicate in duplicates)):
        raise DuplicatesFound(duplicates, forbidden)


@asked_before_restoring("customers")
def _made_anew_meanwhile(session: Session, customer: Customer) -> Question | None:
    """Somebody may have entered it again while it lay in the recycle bin (A-10)."""
    fields = read_settings(session).duplicate_fields
    keys = match_keys({field: getattr(customer, field) for field in COMPARED_FIELDS}, fields)
    duplicates = find_duplicates_by_keys(session, keys, fields, customer.tax_key, customer.id) if keys else []
    certain = [duplicate.id for duplicate in duplicates if duplicate.is_certain]
    made_since = select(Customer.id, Customer.name).where(
        Customer.id.in_(certain), Customer.created_at > customer.deleted_at
    )
    row = session.execute(made_since.order_by(Customer.id).limit(1)).first()
    if row is None:
        return None
    message = N_("“%(name)s” was entered meanwhile and looks like the same customer. Restore this one all the same.")
    return Question(f"alike-{customer.id}-{row.id}", message, {"name": row.name})


def lock_customers(session: Session) -> None:
    """Until the end of the transaction nobody else saves or imports a customer that is checked for duplicates.

    SQLite needs nothing: who writes has the database alone since BEGIN IMMEDIATE.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))


def _stored(customer: Customer | None, main: Contact | None) -> dict[str, Any]:
    if customer is None:
        return {}
    stored = {field: getattr(customer, field) for field in COMPARED_FIELDS}
    return {**stored, "main_mobile": main.mobile if main is not None else None}
