"""The page of one's own year, and its chart (T-1)."""

from typing import Any

from flask import request, url_for

from crm import clock
from crm.blueprints.targets import blueprint
from crm.charts import Drawing, Series
from crm.domain.platform.drawing import Picture
from crm.domain.sales.sales_by_month import Figures, total_of, year_of
from crm.entities.listing import Reader
from crm.entities.targets import MONTH_LABELS
from crm.extensions import db
from crm.fields import Amount
from crm.i18n import N_
from crm.models import Permission
from crm.web.access import requires, rights
from crm.web.charts import answer, configured_font
from crm.web.current_reader import reader
from crm.web.firm_settings import settings
from crm.web.language import choose_language
from crm.web.request_clock import now
from crm.web.respond import page
from crm.web.translation import gettext as _

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
        alt=chart_text(reader(), year, total_of(months.values())),
    )


@blueprint.get("/targets/chart.png")
@requires(Permission.TARGETS_VIEW)
def chart() -> Any:
    months = list(year_of(db.session(), rights().user_id, chosen_year()).values())

    def series(label: str, key: str, look: str) -> Series:
        return Series(label, tuple(float(getattr(month, key)) for month in months), look)

    figures = (
        series(_("Sold"), "sold", "main"),
        series(_("Received"), "received", "before"),
        series(_("Target"), "target", "target"),
    )
    labels, (width, height) = tuple(str(n) for n in range(1, 13)), SMALL if "small" in request.args else LARGE
    drawing = Drawing("months", labels, figures, choose_language(), width=width, height=height)
    return answer(Picture(drawing, configured_font()))


def chart_text(reader: Reader, year: int, total: Figures) -> str:
    """What the chart shows, for those who cannot see it."""
    sentence = reader.say(N_("%(year)s: target %(target)s, sold %(sold)s, received %(received)s."))
    amounts = {key: Amount().show(getattr(total, key), reader) for key in ("target", "sold", "received")}
    return sentence % {"year": year, **amounts}
