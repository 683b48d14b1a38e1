"""The list of contact records, and the same as a customer's tab (R-5)."""

from sqlalchemy import ColumnElement, select

from crm.domain.customers.contact_records import delete_contact_record
from crm.domain.platform.affected_records import planned_by
from crm.entities.contacts import RECORD
from crm.entities.linked_records import seen_by
from crm.entities.listing import Reader
from crm.entities.listing.customer_filters import matches_customer
from crm.entities.listing.filters import contains_text, dictionary_filter, in_period, person_filter
from crm.entities.search_index import matches_search
from crm.fields import Text
from crm.i18n import N_
from crm.models import Contact, ContactRecord, Customer
from crm.web.table import Column, Filter, LinkedModel, column, listed
from crm.web.table.cells import customer_column, level_cell
from crm.web.table.declaration import long_cell
from crm.web.table.kinds import deleting, tab_of_customer, table_of_kind


def by_contact(reader: Reader, text: str) -> ColumnElement[bool]:
    matching = select(Contact.id).join(Customer, Customer.id == Contact.customer_id)
    return ContactRecord.contact_id.in_(
        matching.where(matches_search(reader.session, Contact, text), seen_by(Contact, reader.rights))
    )


CONTENT = column(RECORD["content"], ContactRecord.content, (), render=long_cell)

MORE = (
    column(RECORD["next_plan"], ContactRecord.next_plan, (), render=long_cell),
    column(RECORD["add_to_schedule"], ContactRecord.add_to_schedule, ()),
    column(RECORD["remind_by_email"], ContactRecord.remind_by_email, ()),
)

RECORDS = listed(
    table_of_kind(
        RECORD,
        links=(LinkedModel(Contact, Contact.id == ContactRecord.contact_id),),
        columns=(
            column(RECORD["contacted_at"], ContactRecord.contacted_at),
            customer_column(N_("Customer")),
            Column("contact", N_("Contact"), (Contact.name,), Text()),
            column(RECORD["method_id"], ContactRecord.method_id, ()),
            CONTENT,
            column(RECORD["level_id"], ContactRecord.level_id, (), render=level_cell),
            column(RECORD["next_contact_at"], ContactRecord.next_contact_at),
            column(RECORD["created_by_id"], ContactRecord.created_by_id, ()),
        ),
        filters=(
            Filter("customer", N_("Customer"), matches_customer, caps_count=True),
            Filter("contact", N_("Contact"), by_contact, caps_count=True),
            person_filter("person", ContactRecord.created_by_id, N_("Salesperson")),
            Filter("period", N_("Contact time"), in_period(ContactRecord.contacted_at), "period"),
            dictionary_filter("method", N_("Contact method"), ContactRecord.method_id, "contact_method"),
            Filter(
                "words", N_("Contact content"), contains_text(ContactRecord.content), caps_count=True, needs_scan=True
            ),
        ),
        default_sort="contacted_at",
        default_descending=True,
        tie=(ContactRecord.contacted_at, ContactRecord.id),
        bulk=(
            deleting(
                RECORD,
                N_("Delete %(count)s contact records?"),
                N_("%(count)s contact records deleted."),
                delete_contact_record,
                side_effects=planned_by,
            ),
        ),
        help=N_("Contacts with customers. The newest record sets the customer's last and next contact and its level."),
        empty_text=N_("Your visits, calls and messages will appear here. Add the first record."),
        more=MORE,
    )
)

RECORDS_OF_CUSTOMER = tab_of_customer(
    RECORDS,
    help=N_(
        "Contacts with this customer, newest first. Each record can plan the next contact and add it to the schedule."
    ),
    empty_text=N_("No contact records for this customer yet."),
)
