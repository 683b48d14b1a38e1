"""The list of contacts, and the same as a customer's tab (K-2)."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Select, select

from crm.domain.along import deleted_along
from crm.domain.deleting import delete_record
from crm.entities import policy
from crm.entities.contacts import CONTACT
from crm.entities.listing import Reader
from crm.entities.listing.customers import customer_found
from crm.entities.listing.filters import found_in
from crm.i18n import N_
from crm.models import Contact, Customer, Rights
from crm.text import fold
from crm.web.table import BulkAction, Filter, Table, column, listed
from crm.web.table.cells import customer_column, phone_cell


def contact_rows(rights: Rights) -> Select[Any]:
    return select(Contact.id).join(Customer, Customer.id == Contact.customer_id).where(Contact.seen_by(rights))


def with_customer(wanted: Select[Any]) -> Select[Any]:
    return wanted.join(Customer, Customer.id == Contact.customer_id)


def by_pinyin(reader: Reader, text: str) -> Any:
    return Contact.pinyin.startswith(fold(text), autoescape=True)


OF_CUSTOMER = customer_column(N_("Customer"))

COLUMNS = (
    column(CONTACT["name"], Contact.name, (Contact.pinyin,)),
    OF_CUSTOMER,
    column(CONTACT["department"], Contact.department),
    column(CONTACT["job_title"], Contact.job_title),
    column(CONTACT["mobile"], Contact.mobile, (), render=phone_cell),
    column(CONTACT["phone"], Contact.phone, (), render=phone_cell),
    column(CONTACT["email"], Contact.email),
    column(CONTACT["code"], Contact.code),
)
SHOWN_FIRST = frozenset(column_.key for column_ in COLUMNS) | {"customer_id"}
MORE = tuple(column(f, getattr(Contact, f.attr), ()) for f in CONTACT if f.key not in SHOWN_FIRST)

CONTACTS = listed(
    Table(
        key="contacts",
        title=N_("Contacts"),
        model=Contact,
        permission=CONTACT.permission("view"),
        rows=contact_rows,
        joins=with_customer,
        columns=COLUMNS,
        more=MORE,
        filters=(
            Filter("name", N_("Full name"), found_in(Contact), capped=True),
            Filter("customer", N_("Customer"), customer_found, capped=True),
            Filter("pinyin", N_("Pinyin code"), by_pinyin),
            Filter("phone", N_("Telephone"), found_in(Contact), capped=True),
        ),
        default_sort="name",
        tie=(Contact.pinyin, Contact.id),
        endpoint="contacts.index",
        row_endpoint="contacts.show",
        depends=("contacts", "customers", "users", "org_units"),
        export_permission=CONTACT.permission("export"),
        export_endpoint="contacts.export",
        bulk=(
            BulkAction(
                "delete",
                N_("Delete"),
                policy.permission_for(CONTACT, policy.DELETE),
                delete_record,
                N_("Do you want to delete these contacts? (%(count)s)"),
                N_("%(count)s contacts deleted."),
                does=policy.DELETE,
                danger=True,
                along=deleted_along,
            ),
        ),
        bulk_endpoint="contacts.bulk",
        help=N_(
            "People at your customers."
            " A click on a number calls it; the main contact also stands in the customer's file."
        ),
        empty_text=N_("The contacts of your customers will stand here."),
        event="contacts-changed",
    )
)

CONTACTS_OF_CUSTOMER = replace(
    CONTACTS,
    columns=tuple(c for c in CONTACTS.columns if c.key != "customer"),
    filters=(),
    more=(),
    advanced=False,
    endpoint="contacts.of_customer",
    export_endpoint="",
    help=N_(
        "The customer's people. One of them is the main contact; who comes first is it until you choose another one."
    ),
    empty_text=N_("No contact of this customer is known yet."),
)
