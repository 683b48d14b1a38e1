"""Which customers are the same, by the attributes that the firm's policy names (I-4, P-3, C-3)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.imports.batches import in_batches
from crm.domain.imports.merging import draft_of
from crm.domain.imports.rows import Row
from crm.domain.search import customer_keys
from crm.models import Customer

SHORTEST_PHONE = 6
# The surest first: a row is the same as what the surest of its attributes finds.
TIERS = {
    "name_key": "name",
    "tax_key": "tax_number",
    "core_key": "name",
    "email_key": "email",
    "website_key": "website",
    "phone_key": "phone",
}
"""Column → the attribute of the policy (P-3). A mobile is a contact's, and no column of customers."""

SURE = ("name_key", "tax_key")


def tiers_of(attributes: Iterable[str]) -> list[str]:
    """The columns in which the attributes of the policy are looked up."""
    chosen = set(attributes)
    return [column for column, attribute in TIERS.items() if attribute in chosen]


Keys = Mapping[str, str | None]
"""What one customer is compared by: its columns kept for looking up."""


def keys_of(values: Mapping[str, Any]) -> Keys:
    record = draft_of(Customer, values)
    customer_keys(record)
    keys = {column: getattr(record, column) for column in TIERS}
    return {**keys, "phone_key": _telling(keys["phone_key"])}


def row_keys(row: Row) -> Keys:
    if row.keys is None:
        row.keys = keys_of(row.values)
    return row.keys


def _telling(phone: str | None) -> str | None:
    return phone if phone and len(phone) >= SHORTEST_PHONE else None


def others(mine: Keys, theirs: Keys) -> bool:
    """Two tax numbers are two companies: those of one group share a telephone, and their names are alike."""
    return bool(mine["tax_key"] and theirs["tax_key"] and mine["tax_key"] != theirs["tax_key"])


class KnownCustomers:
    """Customers by their keys. A reference is the id of a stored one, or a negative number of the caller's."""

    def __init__(self, attributes: Iterable[str]) -> None:
        self.tiers = tiers_of(attributes)
        self.by: dict[str, dict[str, list[tuple[int, Keys]]]] = {tier: defaultdict(list) for tier in self.tiers}

    def read(self, session: Session, wanted: list[Keys]) -> None:
        """Take in the firm's customers that have one of the wanted keys, whosever they are."""
        columns = [getattr(Customer, tier) for tier in TIERS]
        found: dict[int, Keys] = {}
        for tier in self.tiers:
            for part in in_batches({key for keys in wanted if (key := keys[tier])}):
                alike = getattr(Customer, tier).in_(part)
                rows = session.execute(select(Customer.id, *columns).where(alike, Customer.deleted_at.is_(None)))
                found.update({row[0]: dict(zip(TIERS, row[1:], strict=True)) for row in rows})
        for id_ in sorted(found):
            self.add(id_, found[id_])

    def add(self, reference: int, keys: Keys) -> None:
        for tier in self.tiers:
            key = keys[tier]
            if key:
                self.by[tier][key].append((reference, keys))

    def find(self, keys: Keys) -> list[int]:
        """Those that are the same customer, by the surest attribute that finds any."""
        for tier in self.tiers:
            alike = self.by[tier].get(keys[tier] or "", ())
            found = [ref for ref, theirs in alike if tier in SURE or not others(keys, theirs)]
            if found:
                return found
        return []
