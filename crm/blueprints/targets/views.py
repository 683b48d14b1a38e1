"""The page of one's own year, and its chart (T-1)."""

from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from crm import clock
from crm.blueprints.targets import blueprint
from crm.domain.sales.sales_by_month import Figures, total_of, year_of
from crm.entities.listing import Reader
from crm.entities.targets import MONTH_LABELS
from crm.extensions import db
from crm.fields.types import Amount
from crm.i18n import N_
from crm.models import Permission
from crm.web.access import requires, rights
from crm.web.charts import figures_by_month, picture
from crm.web.current_reader import reader
from crm.web.firm_settings import settings
from crm.web.language import choose_language
from crm.web.request_clock import now
from crm.web.respond import page

EARLIEST, LATEST = 2000, 2100
LARGE, SMALL = (760, 280), (420, 230)
"""Width and height of the chart in pixels: on the page, and on the workbench."""


def this_year() -> int:
    return clock.day_of(now(), settings().zone).year


def chosen_year() -> int:
    """The year of the address, if it is one that can have a target, else this year."""
    year = request.args.get("year", type=int)
    return year if year is not None and EARLIEST <= year <= LATEST else this_year()


@blueprint.get("/targets")
@requires(Permission.TARGETS_VIEW)
def index() -> Any:
    year = chosen_year()
    months = year_of(db.session(), rights().user_id, year)
    return page(
        "targets/index.html",
        year=year,
        earlier=url_for("targets.index", year=year - 1) if year > EARLIEST else "",
        later=url_for("targets.index", year=year + 1) if year < LATEST else "",
        months=[(_(label), months[n]) for n, label in enumerate(MONTH_LABELS, 1)],
        total=total_of(months.values()),
        alt=in_words(reader(), year, total_of(months.values())),
    )


@blueprint.get("/targets/chart.png")
@requires(Permission.TARGETS_VIEW)
def chart() -> Any:
    months = list(year_of(db.session(), rights().user_id, chosen_year()).values())
    names = (_("Sold"), _("Received"), _("Target"))
    return picture(
        figures_by_month(
            [str(n) for n in range(1, 13)],
            [m.sold for m in months],
            [m.received for m in months],
            [m.target for m in months],
            names,
            choose_language(),
            SMALL if "small" in request.args else LARGE,
        )
    )


def in_words(reader: Reader, year: int, total: Figures) -> str:
    """What the chart shows, for those who cannot see it."""
    said = reader.say(N_("%(year)s: target %(target)s, sold %(sold)s, received %(received)s."))
    amounts = {key: Amount().show(getattr(total, key), reader) for key in ("target", "sold", "received")}
    return said % {"year": year, **amounts}
