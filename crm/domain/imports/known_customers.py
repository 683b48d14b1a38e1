"""Which customers are the same, by the attributes that the firm's policy names (I-4, P-3, C-3)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.customers.duplicates.keys import MIN_PHONE_LENGTH
from crm.domain.imports.rows import Row
from crm.entities.batches import in_batches
from crm.entities.keys import customer_keys
from crm.models import Contact, Customer


@dataclass(frozen=True, eq=False)
class MatchRule:
    """One comparison: a row's key against a column of all customers, or of their contacts, by an attribute (P-3)."""

    attribute: str
    key: str
    column: Any

    @property
    def of_contacts(self) -> bool:
        return self.column.class_ is Contact


# The surest first: a row is the same as what the surest of its attributes finds.
MATCH_RULES = (
    MatchRule("name", "name_key", Customer.name_key),
    MatchRule("tax_number", "tax_key", Customer.tax_key),
    MatchRule("name", "core_key", Customer.core_key),
    MatchRule("mobile", "phone_key", Contact.mobile_key),
    MatchRule("email", "email_key", Customer.email_key),
    MatchRule("email", "email_key", Contact.email_key),
    MatchRule("website", "website_key", Customer.website_key),
    MatchRule("phone", "phone_key", Customer.phone_key),
)
SURE = ("name_key", "tax_key")
KEYS = tuple(dict.fromkeys(tier.key for tier in MATCH_RULES))


def match_rules(attributes: Iterable[str]) -> list[MatchRule]:
    """The comparisons that the policy wants. A short name alone makes no duplicate in a file: nobody can be asked."""
    chosen = set(attributes)
    return [tier for tier in MATCH_RULES if tier.attribute in chosen]


Keys = Mapping[str, str | None]
"""What one customer is compared by: its columns kept for looking up."""


def keys_of(values: Mapping[str, Any]) -> Keys:
    return _compared(customer_keys(values))


def row_keys(row: Row) -> Keys:
    if row.keys is None:
        row.keys = customer_keys(row.values)
    return _compared(row.keys)


def _compared(keys: Keys) -> Keys:
    """The keys without placeholders, which match nothing."""
    core = None if text.is_placeholder(keys["core_key"] or "") else keys["core_key"]
    return {**keys, "core_key": core, "phone_key": _telling(keys["phone_key"])}


def _telling(phone: str | None) -> str | None:
    return phone if phone and len(phone) >= MIN_PHONE_LENGTH else None


def are_different_companies(keys: Keys, other_keys: Keys) -> bool:
    """Different tax numbers mean different companies, even where telephone and name are similar."""
    return bool(keys["tax_key"] and other_keys["tax_key"] and keys["tax_key"] != other_keys["tax_key"])


class KnownCustomers:
    """Customers by their keys. A reference is the id of a stored one, or a negative number of the caller's."""

    def __init__(self, attributes: Iterable[str]) -> None:
        self.tiers = match_rules(attributes)
        self.by: dict[MatchRule, dict[str, list[tuple[int, Keys]]]] = {tier: defaultdict(list) for tier in self.tiers}

    def read(self, session: Session, keys_of_rows: list[Keys]) -> None:
        """Read the firm's customers that have one of the wanted keys, whoever owns them."""
        columns = [getattr(Customer, key) for key in KEYS]
        customers: dict[int, Keys] = {}
        through_contacts: set[tuple[MatchRule, str, int]] = set()
        for tier in self.tiers:
            for part in in_batches({key for keys in keys_of_rows if (key := keys[tier.key])}):
                matches = select(tier.column, Customer.id, *columns).where(tier.column.in_(part))
                if tier.of_contacts:
                    matches = matches.join(Contact, Contact.customer_id == Customer.id)
                    matches = matches.where(Contact.deleted_at.is_(None))
                for key, id_, *own in session.execute(matches.where(Customer.deleted_at.is_(None))):
                    customers[id_] = dict(zip(KEYS, own, strict=True))
                    if tier.of_contacts:
                        through_contacts.add((tier, key, id_))
        for id_ in sorted(customers):
            self.add(id_, customers[id_])
        for tier, key, id_ in sorted(through_contacts, key=lambda row: row[2]):
            self.by[tier][key].append((id_, customers[id_]))

    def add(self, reference: int, keys: Keys) -> None:
        for tier in self.tiers:
            key = keys[tier.key]
            if key and not tier.of_contacts:
                self.by[tier][key].append((reference, keys))

    def find(self, keys: Keys) -> list[int]:
        """Those that are the same customer, by the surest attribute that finds any."""
        for tier in self.tiers:
            candidates = self.by[tier].get(keys[tier.key] or "", ())
            matches = [
                ref
                for ref, other_keys in candidates
                if tier.key in SURE or not are_different_companies(keys, other_keys)
            ]
            if matches:
                return matches
        return []
