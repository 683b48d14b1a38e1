"""Importing customers: whom the firm knows already, and whose they become (I-4, I-8)."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.imports.addresses import AddressBook
from crm.domain.imports.codes import remove_taken_codes
from crm.domain.imports.customer_write_plan import prepare_customers
from crm.domain.imports.declaration import ImportContext, ImportKind
from crm.domain.imports.known_customers import KnownCustomers, row_keys
from crm.domain.imports.main_contact_write_plan import remove_nameless_contact
from crm.domain.imports.options import POOL
from crm.domain.imports.record_changes import newest_id
from crm.domain.imports.rows import DUPLICATE, NEW, WRONG, Check, Row
from crm.entities import policy
from crm.entities.batches import in_batches
from crm.entities.customers import CUSTOMER
from crm.i18n import N_
from crm.models import Customer, Permission, Rights, User


def complete_customer(importing: ImportContext) -> Callable[[Check, Row], None]:
    """What a row leaves open about its place follows from the rest of it."""
    book = AddressBook(importing.context.lookups)

    def complete(check: Check, row: Row) -> None:
        def warn(key: str, value: str, message: str, /, **values: Any) -> None:
            check.warn(row, key, value, message, **values)

        book.complete(row.values, warn)
        remove_nameless_contact(check, row)

    return complete


def match_customers(session: Session, check: Check, importing: ImportContext) -> None:
    """Which rows are new, and which the firm or an earlier row of the file already has."""
    rows = [row for row in check.rows if row.outcome != WRONG]
    check.newest = newest_id(session, Customer)
    known = KnownCustomers(importing.duplicate_fields)
    keys = [row_keys(row) for row in rows]
    known.read(session, keys)
    matches = []
    for row, own in zip(rows, keys, strict=True):
        refs = known.find(own)
        matches.append(refs)
        if not refs:
            known.add(-row.index - 1, own)
    changeable = _changeable(session, importing.actor.rights, {ref for refs in matches for ref in refs if ref > 0})
    for row, refs in zip(rows, matches, strict=True):
        if refs:
            _settle_duplicate(check, row, refs, changeable)
    _refuse_second_change(check)
    _warn_of_kept_owners(session, check, importing)
    _settle_owners(session, check, importing)
    remove_taken_codes(session, Customer, check)


def _settle_duplicate(check: Check, row: Row, refs: list[int], changeable: set[int]) -> None:
    row.outcome = DUPLICATE
    name = row.values["name"]
    stored = [ref for ref in refs if ref > 0]
    row.known = stored[0] if stored else None
    if not stored:
        check.warn(row, "name", name, N_("This is the same customer as in row %(number)s."), number=-refs[0])
    elif len(stored) > 1:
        check.warn(row, "name", name, N_("Several customers match this one, so it was skipped."))
    elif stored[0] not in changeable:
        check.warn(row, "name", name, N_("This customer already exists, and you cannot change it."))
    else:
        row.existing = stored[0]


def _refuse_second_change(check: Check) -> None:
    """Of several rows that are the same known customer only the first may change it."""
    first_rows: dict[int, int] = {}
    for row in check.rows_with(DUPLICATE):
        if row.existing is not None and first_rows.setdefault(row.existing, row.index) != row.index:
            number = first_rows[row.existing] + 1
            name = row.values["name"]
            check.warn(row, "name", name, N_("This is the same customer as in row %(number)s."), number=number)
            row.existing = None


def _warn_of_kept_owners(session: Session, check: Check, importing: ImportContext) -> None:
    """An import changes no owner of a known customer; a row that names another one gets a warning."""
    rows = [row for row in check.rows_with(DUPLICATE) if row.existing and row.values.get("owner_id") is not None]
    owners: dict[int, int | None] = {}
    for part in in_batches({row.existing for row in rows if row.existing}):
        statement = select(Customer.id, Customer.owner_id).where(Customer.id.in_(part))
        for id_, owner_id in session.execute(statement):
            owners[id_] = owner_id
    for row in rows:
        if row.existing and owners.get(row.existing) != row.values["owner_id"]:
            name = importing.context.lookups.people.name(row.values["owner_id"])
            check.warn(
                row, "owner_id", name, N_("The owner of an existing customer stays. Please change it in the list.")
            )


def _changeable(session: Session, rights: Rights, ids: set[int]) -> set[int]:
    """Those that the importer may change."""
    allowed = policy.reached(CUSTOMER, rights, policy.CHANGE)
    changeable: set[int] = set()
    for part in in_batches(ids):
        changeable.update(session.scalars(select(Customer.id).where(Customer.id.in_(part), allowed)))
    return changeable


def _settle_owners(session: Session, check: Check, importing: ImportContext) -> None:
    """Others get customers only from those who may assign to them; new rows without an owner follow the option."""
    actor = importing.actor
    named = {row.values["owner_id"] for row in check.rows if "owner_id" in row.values}
    allowed = {actor.user_id}
    if named - allowed:
        assignable = policy.assignable_people(actor)
        allowed.update(session.scalars(assignable.where(User.id.in_(named))))
    people = importing.context.lookups.people
    pooled = importing.options.owner == POOL and actor.rights.may(Permission.POOL_SAVE)
    for row in check.rows_with(NEW):
        owner = row.values.get("owner_id")
        if owner is not None and owner not in allowed:
            check.warn(row, "owner_id", people.name(owner), N_("You cannot assign customers to this person."))
            owner = None
        row.values["owner_id"] = owner if owner is not None or pooled else actor.user_id
        if row.values["owner_id"] == actor.user_id and not actor.rights.may(Permission.CUSTOMERS_SAVE):
            check.reject(
                row, "owner_id", "", N_("You cannot own customers. Please ask an administrator for the permission.")
            )


CUSTOMERS = ImportKind(
    key="customers",
    title=N_("Import customers"),
    entity=CUSTOMER,
    required=("name",),
    view=Permission.IMPORT_CUSTOMERS_VIEW,
    save=Permission.IMPORT_CUSTOMERS_SAVE,
    complete=complete_customer,
    match=match_customers,
    prepare=prepare_customers,
    numbers_as_text=("code", "tax_number", "postcode", "bank_account"),
    has_owner=True,
    saves=policy.permissions_for(CUSTOMER, policy.ADD),
)
