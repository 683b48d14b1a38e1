"""The list 客戶拜訪 (C-5)."""

from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import Select, select

from crm.blueprints.customers.bulk import BULK
from crm.entities import measures
from crm.entities.customers import CUSTOMER
from crm.entities.entity import Field
from crm.entities.listing import Reader
from crm.entities.listing.filters import by_search_text, dictionary_filter, level_filter, person_filter
from crm.fields import DaysSince, PersonChoice
from crm.i18n import N_
from crm.models import Customer, Rights
from crm.models.rights import in_scope
from crm.web.table import Column, Filter, Table, column, listed
from crm.web.table.cells import WRITE, due_moment_cell, level_cell, phone_column, with_writing
from crm.web.table.kinds import merging


def owned_rows(rights: Rights) -> Select[Any]:
    """Customers that have an owner, as far as the reader may see them."""
    return select(Customer.id).where(
        Customer.deleted_at.is_(None),
        Customer.owner_id.is_not(None),
        in_scope(Customer.owner_id, rights, CUSTOMER.permission("view")),
    )


def idle_days(reader: Reader, idle_since: Any) -> int | None:
    return measures.idle_days(idle_since, reader.today, reader.zone)


def short_name_aside(reader: Reader, name: str, short_name: str | None) -> Markup | str:
    """The short name beside the link, whose text is the name alone; not where the name begins with it anyway."""
    if not short_name or name.startswith(short_name):
        return ""
    return Markup(f' <span class="quiet-text">{escape(short_name)}</span>')


BY_PINYIN = (Customer.pinyin,)
SORTED = frozenset({"text", "phone", "day", "moment", "amount", "integer"})
CREATED_BY = Field("created_by_id", N_("Created by"), PersonChoice(), editable=False)

COLUMNS = (
    column(CUSTOMER["name"], (Customer.name, Customer.short_name), BY_PINYIN, aside=short_name_aside),
    column(CUSTOMER["level_id"], Customer.level_id, (), render=level_cell),
    column(CUSTOMER["status_id"], Customer.status_id, ()),
    column(CUSTOMER["owner_id"], Customer.owner_id, (), names_owner=True),
    phone_column(CUSTOMER["phone"], Customer.phone),
    column(CUSTOMER["last_contact_at"], Customer.last_contact_at),
    column(CUSTOMER["next_contact_at"], Customer.next_contact_at, render=due_moment_cell),
    Column(
        "idle",
        N_("Days idle"),
        (Customer.idle_since,),
        DaysSince(),
        sort=(Customer.idle_since,),
        is_reversed=True,
        numeric=True,
        make_value=idle_days,
        comparison=Customer.idle_since,
    ),
    column(CUSTOMER["code"], Customer.code),
    WRITE,
)

SHOWN_FIRST = frozenset(column_.key for column_ in COLUMNS)
MORE = (
    *(
        column(field, getattr(Customer, field.attr), None if field.type.kind in SORTED else ())
        for field in CUSTOMER
        if field.key not in SHOWN_FIRST and hasattr(Customer, field.attr)
    ),
    column(CREATED_BY, Customer.created_by_id, ()),
)

FILTERS = (
    Filter("q", N_("Quick search"), by_search_text(Customer), caps_count=True),
    level_filter(Customer.level_id, N_("Customer level")),
    dictionary_filter("status", N_("Customer status"), Customer.status_id, "customer_status"),
    person_filter("owner", Customer.owner_id, N_("Owner"), names_owner=True, current=True),
)

CUSTOMERS = listed(
    Table(
        key="customers",
        title=N_("My customers"),
        model=Customer,
        permission=CUSTOMER.permission("view"),
        rows=owned_rows,
        columns=COLUMNS,
        filters=FILTERS,
        default_sort="name",
        tie=(Customer.pinyin, Customer.id),
        endpoint="customers.index",
        row_endpoint="customers.show",
        depends=("customers", "users", "org_units"),
        export_permission=CUSTOMER.permission("export"),
        export_endpoint="customers.export",
        help=N_("Customers with an owner that you have access to. Select several to change or transfer them together."),
        empty_text=N_("Your customers will appear here. Add the first one, or import a list."),
        bulk=(*BULK, merging(CUSTOMER)),
        bulk_endpoint="customers.bulk",
        event="customers-changed",
        more=MORE,
        own_fields=True,
        shaped=with_writing,
        card=CUSTOMER.card,
    )
)
