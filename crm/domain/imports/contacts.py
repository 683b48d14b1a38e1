"""Importing contacts: joined to customers by their names or codes (I-1, K-1)."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.imports.codes import remove_taken_codes
from crm.domain.imports.contact_write_plan import prepare_contacts
from crm.domain.imports.customer_codes import join_by_code
from crm.domain.imports.declaration import ImportContext, ImportKind
from crm.domain.imports.record_changes import newest_id
from crm.domain.imports.rows import DUPLICATE, WRONG, Check, Row
from crm.entities import policy
from crm.entities.batches import in_batches
from crm.entities.contacts import CONTACT
from crm.entities.customers import CUSTOMER
from crm.entities.entity import Entity
from crm.i18n import N_
from crm.models import Contact, Customer, Permission, Rights
from crm.spreadsheets.errors import shortened

MAX_KEY_LENGTH = 200  # as the columns are kept
GENDER_WORDS = {"male": "男 男性 男士 先生 m mr", "female": "女 女性 女士 小姐 太太 f ms mrs"}


class CustomerNames:
    """The customers to whom the importer may add such records, by name: exact, else folded, else by the core."""

    def __init__(self, session: Session, rights: Rights, names: set[str], kind: Entity = CONTACT) -> None:
        self.levels: tuple[dict[str, list[int]], ...] = (defaultdict(list), defaultdict(list), defaultdict(list))
        allowed = policy.accepting_parents(kind, CUSTOMER, rights)
        self.keys = {name: (name, _cut_key(text.fold(name)), _cut_key(text.name_core(name))) for name in names}
        customers: dict[int, Sequence[str]] = {}
        for part in in_batches(self.keys.values()):
            same_name = or_(
                Customer.name_key.in_([folded for _, folded, _ in part]),
                Customer.core_key.in_([core for _, _, core in part]),
            )
            rows = session.execute(
                select(Customer.id, Customer.name, Customer.name_key, Customer.core_key).where(same_name, allowed)
            )
            customers.update({row.id: (row.name, row.name_key, row.core_key) for row in rows})
        for id_ in sorted(customers):
            for level, key in zip(self.levels, customers[id_], strict=True):
                level[key].append(id_)

    def find(self, name: str) -> list[int]:
        """The ids of the customers of this name: one, several where it is ambiguous, or none."""
        for level, key in zip(self.levels, self.keys[name], strict=True):
            if level.get(key):
                return level[key]
        return []


def _cut_key(key: str) -> str:
    return key[:MAX_KEY_LENGTH]


def match_contacts(session: Session, check: Check, importing: ImportContext) -> None:
    """Put each row to its customer; a person of the same name there is known already."""
    check.newest = newest_id(session, Contact)
    join_customers(session, check, importing, CONTACT)
    rows = [row for row in check.rows if row.outcome != WRONG]
    known = _known_contacts(session, {row.values["customer_id"] for row in rows})
    for row in rows:
        key = (row.values["customer_id"], text.fold(row.values["name"]))
        known_id = known.setdefault(key, -row.index - 1)
        if known_id == -row.index - 1:
            continue
        row.outcome = DUPLICATE
        if known_id < 0:
            message = N_("This is the same contact as in row %(number)s.")
            check.warn(row, "name", row.values["name"], message, number=-known_id)
        else:
            row.existing = row.known = known_id
            known[key] = -row.index - 1
    remove_taken_codes(session, Contact, check)


def join_customers(session: Session, check: Check, importing: ImportContext, kind: Entity) -> None:
    """Find each row's customer, also for rows with other errors, so that all errors of a row are reported at once."""
    allowed = policy.accepting_parents(kind, CUSTOMER, importing.actor.rights)
    join_by_code(session, check, select(Customer.id).where(allowed))
    rows = [row for row in check.rows if isinstance(row.values.get("customer_id"), str)]
    names = CustomerNames(session, importing.actor.rights, {row.values["customer_id"] for row in rows}, kind)
    for row in rows:
        _join_customer(check, row, names)


def _join_customer(check: Check, row: Row, names: CustomerNames) -> None:
    name = row.values["customer_id"]
    ids = names.find(name)
    if len(ids) == 1:
        row.values["customer_id"] = ids[0]
        check.shown["customer_id", ids[0]] = name
    elif ids:
        message = N_("There are several customers called “%(value)s”.")
        check.reject(row, "customer_id", name, message, value=shortened(name))
    else:
        message = N_("There is no customer “%(value)s” whose contacts you may change.")
        check.reject(row, "customer_id", name, message, value=shortened(name))


def _known_contacts(session: Session, customers: set[int]) -> dict[tuple[int, str], int]:
    """The contacts of the customers, by customer and folded name."""
    known: dict[tuple[int, str], int] = {}
    for part in in_batches(customers):
        statement = select(Contact.id, Contact.customer_id, Contact.name)
        rows: Any = session.execute(statement.where(Contact.customer_id.in_(part), Contact.deleted_at.is_(None)))
        for id_, customer_id, name in rows:
            known.setdefault((customer_id, text.fold(name)), id_)
    return known


CONTACTS = ImportKind(
    key="contacts",
    title=N_("Import contacts"),
    entity=CONTACT,
    required=("customer_id", "name"),
    view=Permission.IMPORT_CONTACTS_VIEW,
    save=Permission.IMPORT_CONTACTS_SAVE,
    saves=policy.permissions_for(CONTACT, policy.ADD),
    match=match_contacts,
    prepare=prepare_contacts,
    labels={"customer_id": N_("Customer name")},
    numbers_as_text=("code", "qq", "wechat", "line"),
    synonyms={"gender": GENDER_WORDS},
)
