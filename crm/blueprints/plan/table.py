"""Who must be contacted, by the date of the next contact (N-1)."""

from datetime import date, timedelta
from functools import partial
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, select

from crm import clock
from crm.domain.platform.settings import read_settings
from crm.entities.customers import CUSTOMER
from crm.entities.listing import Reader
from crm.entities.listing.filters import (
    by_search_text,
    dictionary_filter,
    fixed_options,
    in_period,
    level_filter,
    person_filter,
)
from crm.fields.types import Text
from crm.i18n import N_
from crm.models import Customer, Permission, Rights
from crm.models.rights import in_scope
from crm.web.table import Column, Filter, Table, column, listed
from crm.web.table.cells import level_cell, phone_column
from crm.web.urls import url_maker

PERIODS = (
    ("today", N_("Today")),
    ("week", N_("This week")),
    ("month", N_("This month")),
    ("overdue", N_("Overdue")),
)


def plan_rows(rights: Rights) -> Select[Any]:
    return select(Customer.id).where(
        Customer.deleted_at.is_(None),
        Customer.owner_id.is_not(None),
        Customer.next_contact_at.is_not(None),
        in_scope(Customer.owner_id, rights, Permission.PLAN_VIEW),
    )


def period_days(key: str, today: date, week_starts_on: int) -> tuple[date | None, date] | None:
    """First and last day of a named period; overdue is everything before today."""
    found: dict[str, tuple[date | None, date]] = {
        "today": (today, today),
        "week": clock.week_of(today, week_starts_on),
        "month": clock.month_of(today),
        "overdue": (None, today - timedelta(days=1)),
    }
    return found.get(key)


def by_period(reader: Reader, key: str) -> ColumnElement[bool] | None:
    days = period_days(key, reader.today, read_settings(reader.session).week_starts_on)
    condition: ColumnElement[bool] | None = in_period(Customer.next_contact_at)(reader, days) if days else None
    return condition


def new_record_cell(reader: Reader, customer_id: int) -> Markup:
    """The way to a new record, in place where scripts run."""
    url = _new_record_url(customer_id)
    return Markup('<a href="{0}" hx-get="{0}" hx-target="#box">{1}</a>').format(url, _("Add contact record"))


def _new_record_url(customer_id: int) -> str:
    return f"{url_maker('customers.show')(customer_id)}/records/new"


PLAN = listed(
    Table(
        key="plan",
        title=N_("Contact plan"),
        model=Customer,
        permission=Permission.PLAN_VIEW,
        rows=plan_rows,
        columns=(
            column(CUSTOMER["name"], Customer.name, (Customer.pinyin,)),
            column(CUSTOMER["level_id"], Customer.level_id, (), render=level_cell),
            column(CUSTOMER["owner_id"], Customer.owner_id, ()),
            column(CUSTOMER["region_id"], Customer.region_id, ()),
            phone_column(CUSTOMER["phone"], Customer.phone),
            column(CUSTOMER["last_contact_at"], Customer.last_contact_at),
            column(CUSTOMER["next_contact_at"], Customer.next_contact_at),
            Column("write", N_("Action"), (Customer.id,), Text(), render=new_record_cell, exported=False),
        ),
        filters=(
            Filter("period", N_("Period of the contact due"), by_period, "select", partial(fixed_options, PERIODS)),
            Filter("next", N_("Next contact"), in_period(Customer.next_contact_at), "period"),
            level_filter(Customer.level_id, N_("Customer level")),
            person_filter("owner", Customer.owner_id, N_("Owner")),
            dictionary_filter("region", N_("Region"), Customer.region_id, "region"),
            Filter("q", N_("Quick search"), by_search_text(Customer), caps_count=True),
        ),
        default_sort="next_contact_at",
        tie=(Customer.next_contact_at, Customer.id),
        endpoint="plan.index",
        row_endpoint="customers.show",
        depends=("customers", "users", "org_units"),
        export_permission=Permission.PLAN_EXPORT,
        export_endpoint="plan.export",
        help=N_("When to contact whom: customers by their next contact. Each contact record sets the next one."),
        empty_text=N_("No customers are due to be contacted. Each contact record sets the next contact."),
        event="customers-changed",
        own_fields=True,
    )
)
