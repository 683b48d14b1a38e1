"""The list of contacts, and the same as a customer's tab (K-2)."""

from typing import Any

from crm.entities.contacts import CONTACT
from crm.entities.listing import Reader
from crm.entities.listing.customer_filters import matches_customer
from crm.entities.listing.filters import by_search_text
from crm.i18n import N_
from crm.models import Contact
from crm.text import fold
from crm.web.table import Filter, column, listed
from crm.web.table.cells import customer_column, phone_column
from crm.web.table.kinds import deleting, tab_of_customer, table_of_kind


def by_pinyin(reader: Reader, text: str) -> Any:
    return Contact.pinyin.startswith(fold(text), autoescape=True)


OF_CUSTOMER = customer_column(N_("Customer"))

COLUMNS = (
    column(CONTACT["name"], Contact.name, (Contact.pinyin,)),
    OF_CUSTOMER,
    column(CONTACT["department"], Contact.department),
    column(CONTACT["job_title"], Contact.job_title),
    phone_column(CONTACT["mobile"], Contact.mobile),
    phone_column(CONTACT["phone"], Contact.phone),
    column(CONTACT["email"], Contact.email),
    column(CONTACT["code"], Contact.code),
)
SHOWN_FIRST = frozenset(column_.key for column_ in COLUMNS) | {"customer_id"}
MORE = tuple(column(f, getattr(Contact, f.attr), ()) for f in CONTACT if f.key not in SHOWN_FIRST)

CONTACTS = listed(
    table_of_kind(
        CONTACT,
        columns=COLUMNS,
        more=MORE,
        filters=(
            Filter("name", N_("Full name"), by_search_text(Contact), caps_count=True),
            Filter("customer", N_("Customer"), matches_customer, caps_count=True),
            Filter("pinyin", N_("Pinyin code"), by_pinyin),
            Filter("phone", N_("Telephone"), by_search_text(Contact), caps_count=True),
        ),
        default_sort="name",
        tie=(Contact.pinyin, Contact.id),
        bulk=(
            deleting(
                CONTACT,
                N_("Delete %(count)s contacts?"),
                N_("%(count)s contacts deleted."),
            ),
        ),
        help=N_(
            "People at your customers. Click a number to call it; the main contact is also shown in the customer's "
            "file."
        ),
        empty_text=N_("Your customers' contacts will appear here."),
    )
)

CONTACTS_OF_CUSTOMER = tab_of_customer(
    CONTACTS,
    help=N_(
        "The customer's contacts. One of them is the main contact: the first one added, unless you choose another."
    ),
    empty_text=N_("This customer has no contacts yet."),
)
