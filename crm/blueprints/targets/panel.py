"""The panel 我的銷售: this month and this year, with a chart (W-1)."""

from typing import Any
from zlib import crc32

from flask_babel import gettext as _

from crm import clock
from crm.blueprints.targets.views import in_words, this_year
from crm.domain.figures import total_of, year_of
from crm.extensions import db
from crm.i18n import N_
from crm.models import Permission
from crm.web.access import rights
from crm.web.clock import now
from crm.web.firm import settings
from crm.web.panels import Panel, declare


def values() -> dict[str, Any]:
    year = this_year()
    months = year_of(db.session(), rights().user_id, year)
    total = total_of(months.values())
    month = months[clock.day_of(now(), settings().zone).month]
    return {
        "rows": [(_("This month"), month), (_("This year"), total)],
        "year": year,
        "alt": in_words(year, total),
        # Another picture has another address: a browser shows again what it has.
        "stamp": f"{crc32(repr(months).encode()):08x}",
        "any_figures": bool(total.target or total.sold or total.received),
    }


declare(
    Panel(
        key="my_sales",
        title=N_("My sales"),
        permission=Permission.TARGETS_VIEW,
        template="targets/_panel.html",
        values=values,
        refresh_on=("orders-changed", "receipts-changed", "targets-changed"),
        column=1,
        rank=40,
    )
)
