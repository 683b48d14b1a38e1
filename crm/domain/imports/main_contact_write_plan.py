"""The main contact in a file of customers: name, mobile, position, as in the customer's own form (C-1, I-1)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.customers.contacts import MAIN_CONTACT
from crm.domain.imports.declaration import ImportContext
from crm.domain.imports.options import OVERWRITE, SKIP
from crm.domain.imports.record_changes import filled
from crm.domain.imports.rows import DUPLICATE, NEW, Check, Row
from crm.domain.imports.write_plan import RelatedPlan, WritePlan
from crm.entities.batches import in_batches
from crm.entities.bulk_writes import changed_row, new_row
from crm.entities.contacts import CONTACT
from crm.entities.record_saving import Actor
from crm.i18n import N_
from crm.models import Contact


def remove_nameless_contact(check: Check, row: Row) -> None:
    """A mobile or a position without a name is left out with a warning."""
    if "main_contact" in row.values:
        return
    for key in MAIN_CONTACT:
        value = row.values.pop(key, None)
        if value is not None:
            check.warn(row, key, value, N_("The contact's name is missing, so this was skipped."))


def main_contacts(session: Session, check: Check, importing: ImportContext) -> RelatedPlan | None:
    """The contacts to make and to change, for new customers and for known ones that may be changed."""
    named = [row for row in check.rows if row.outcome in (NEW, DUPLICATE) and "main_contact" in row.values]
    if not named:
        return None
    related = RelatedPlan(WritePlan(CONTACT), "customer_id")
    for index, row in enumerate(check.rows_with(NEW)):
        if "main_contact" in row.values:
            related.places.append(index)
            _insert(related.plan, _contact_values(row), 0, importing.actor)
    if importing.changes_any:
        _settle_known(session, related, named, importing)
    return related


def _contact_values(row: Row) -> dict[str, Any]:
    return {attribute: row.values[key] for key, attribute in MAIN_CONTACT.items() if key in row.values}


def _insert(plan: WritePlan, values: Mapping[str, Any], customer_id: int, actor: Actor) -> None:
    plan.inserts.append(new_row(CONTACT, {**values, "customer_id": customer_id, "is_main": True}, actor))


def _settle_known(session: Session, related: RelatedPlan, named: list[Row], importing: ImportContext) -> None:
    """A known customer without a main contact gets it. Where it has one, empty fields are filled if it is the
    same person; overwriting changes the person, too, as the customer's form does."""
    rows = {row.existing: row for row in named if row.existing is not None and importing.choice_for(row) != SKIP}
    mains: dict[int, Mapping[str, Any]] = {}
    for part in in_batches(rows):
        statement = select(Contact.__table__).where(
            Contact.customer_id.in_(part), Contact.is_main.is_(True), Contact.deleted_at.is_(None)
        )
        mains.update({main["customer_id"]: dict(main) for main in session.execute(statement).mappings()})
    for customer_id, row in rows.items():
        values, main = _contact_values(row), mains.get(customer_id)
        if main is None:
            _insert(related.plan, values, customer_id, importing.actor)
        elif importing.choice_for(row) == OVERWRITE or text.fold(main["name"]) == text.fold(values["name"]):
            change = changed_row(CONTACT, main, filled(main, values, importing.choice_for(row)), importing.actor)
            if change is None:
                continue
            related.plan.changes.append(change)
        else:
            continue
        related.owners.add(customer_id)
