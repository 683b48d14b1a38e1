"""The panel 我的銷售: this month and this year, with a chart (W-1)."""

from typing import Any
from zlib import crc32

from crm.blueprints.targets.views import chart_text
from crm.domain.sales.sales_by_month import total_of, year_of
from crm.entities.listing import Reader
from crm.i18n import N_
from crm.models import Permission
from crm.web.panels import Panel, declare


def values(reader: Reader) -> dict[str, Any]:
    year = reader.today.year
    months = year_of(reader.session, reader.rights.user_id, year)
    total = total_of(months.values())
    month = months[reader.today.month]
    return {
        "rows": [(reader.say(N_("This month")), month), (reader.say(N_("This year")), total)],
        "year": year,
        "alt": chart_text(reader, year, total),
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
