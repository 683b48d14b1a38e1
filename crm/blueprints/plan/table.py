"""Who must be contacted, by the date of the next contact (N-1)."""

from datetime import date, timedelta
from functools import partial
from typing import Any

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
from crm.i18n import N_
from crm.models import Customer, Permission, Rights
from crm.models.rights import in_scope
from crm.web.table import Filter, Table, column, listed
from crm.web.table.cells import WRITE, due_moment_cell, level_cell, phone_column, with_writing

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
    periods: dict[str, tuple[date | None, date]] = {
        "today": (today, today),
        "week": clock.week_of(today, week_starts_on),
        "month": clock.month_of(today),
        "overdue": (None, today - timedelta(days=1)),
    }
    return periods.get(key)


def by_period(reader: Reader, key: str) -> ColumnElement[bool] | None:
    days = period_days(key, reader.today, read_settings(reader.session).week_starts_on)
    condition: ColumnElement[bool] | None = in_period(Customer.next_contact_at)(reader, days) if days else None
    return condition


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
            column(CUSTOMER["owner_id"], Customer.owner_id, (), names_owner=True),
            column(CUSTOMER["region_id"], Customer.region_id, ()),
            phone_column(CUSTOMER["phone"], Customer.phone),
            column(CUSTOMER["last_contact_at"], Customer.last_contact_at),
            column(CUSTOMER["next_contact_at"], Customer.next_contact_at, render=due_moment_cell),
            WRITE,
        ),
        filters=(
            Filter("period", N_("Period of the contact due"), by_period, "select", partial(fixed_options, PERIODS)),
            Filter("next", N_("Next contact"), in_period(Customer.next_contact_at), "period"),
            level_filter(Customer.level_id, N_("Customer level")),
            person_filter("owner", Customer.owner_id, N_("Owner"), names_owner=True, current=True),
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
        shaped=with_writing,
        card=("level_id", "phone", "next_contact_at"),
    )
)
