"""The tabs of the schedule, and a customer's own (S-1, S-5, C-2)."""

from datetime import date, timedelta
from typing import Any

from flask import request, url_for

from crm import clock
from crm.blueprints.schedule import blueprint
from crm.blueprints.schedule.panel import own_day
from crm.blueprints.schedule.table import DONE
from crm.domain.schedule import agenda
from crm.errors import DomainError
from crm.extensions import db
from crm.fields import parse_day
from crm.i18n import N_
from crm.models import Permission
from crm.web.access import actor, get_or_404, requires, rights
from crm.web.current_reader import reader
from crm.web.customer_file import file_of
from crm.web.firm_settings import settings
from crm.web.menu import menu_of
from crm.web.respond import page
from crm.web.static_files import static_url
from crm.web.table import table_page
from crm.web.translation import gettext as _

TABS = (
    ("index", N_("Today's schedule")),
    ("week", N_("This week's schedule")),
    ("month", N_("This month's schedule")),
    ("history", N_("Completed items")),
)
CUSTOMERS_ITEMS = 200
MAX_IN_MONTH = 3
"""So many items a day of the month shows, so that six weeks fit a screen; its week shows all."""


def tabs(current: str) -> list[dict[str, Any]]:
    return [{"label": _(t), "url": url_for(f"schedule.{key}"), "current": key == current} for key, t in TABS]


@blueprint.get("/schedule")
@requires(Permission.SCHEDULE_VIEW)
def index() -> Any:
    return page("schedule/index.html", tabs=tabs("index"), **own_day(reader()))


@blueprint.get("/schedule/week")
@requires(Permission.SCHEDULE_VIEW)
def week() -> Any:
    day = chosen_day()
    first, last = clock.week_of(day, settings().week_starts_on)
    neighbours = {"before": day - timedelta(days=7), "after": day + timedelta(days=7)}
    return _grid("week", first, last, heading=f"{first} – {last}", **neighbours)


@blueprint.get("/schedule/month")
@requires(Permission.SCHEDULE_VIEW)
def month() -> Any:
    day = chosen_day().replace(day=1)
    first, last = agenda.month_of(day, settings().week_starts_on)
    neighbours = {
        "before": (day - timedelta(days=1)).replace(day=1),
        "after": (day + timedelta(days=31)).replace(day=1),
    }
    return _grid("month", first, last, heading=f"{day:%Y-%m}", month=day.month, entry_limit=MAX_IN_MONTH, **neighbours)


def _grid(key: str, first: date, last: date, **values: Any) -> Any:
    weeks = agenda.grid(db.session(), rights().user_id, first, last, actor())
    values = {**values, "weeks": weeks, "today": reader().today, "tabs": tabs(key)}
    return page("schedule/grid.html", key=key, more_scripts=[static_url("vendor/Sortable.min.js")], **values)


def chosen_day() -> date:
    """The day of the address, or today. A day that is none, or at the end of time, is today."""
    try:
        day = parse_day(request.args.get("day", ""))
    except DomainError:
        return reader().today
    return day if 1900 <= day.year <= 2900 else reader().today


@blueprint.get("/schedule/history")
@requires(Permission.SCHEDULE_VIEW)
def history() -> Any:
    return page("schedule/history.html", tabs=tabs("history"), table=table_page(DONE))


@blueprint.get("/customers/<int:id>/schedule")
@menu_of("customers")
@requires(Permission.SCHEDULE_VIEW)
def of_customer(id: int) -> Any:
    """日程 in the customer's file: everybody's items that the reader may see, the latest first."""
    customer = get_or_404("customers", id)
    entries = agenda.of_customer(db.session(), rights(), customer.id, CUSTOMERS_ITEMS)
    return page("schedule/of_customer.html", entries=entries, today=reader().today, **file_of(customer, "schedule"))
