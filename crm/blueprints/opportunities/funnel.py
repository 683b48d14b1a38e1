"""The funnel: what the open opportunities are worth, stage by stage; a page, and a workbench panel (B-3, W-1)."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Select

from crm.blueprints.opportunities import blueprint
from crm.blueprints.opportunities.board import BOARD
from crm.blueprints.opportunities.table import OPPORTUNITIES
from crm.blueprints.opportunities.view_tabs import view_tabs
from crm.domain.sales.opportunities import STAGES
from crm.domain.sales.pipeline import StageValue, value_by_stage
from crm.entities.listing import Reader
from crm.entities.listing.rows import visible_ids
from crm.entities.measures import IN_PROGRESS
from crm.entities.opportunities import OPPORTUNITY
from crm.i18n import N_
from crm.models.opportunities import OPEN
from crm.web.access import requires
from crm.web.panels import Panel, declare
from crm.web.respond import page
from crm.web.table import Search, search_parts

FUNNEL = replace(BOARD, key="funnel", endpoint="opportunities.funnel")


@blueprint.get("/opportunities/funnel")
@requires(OPPORTUNITY.permission("view"))
def funnel() -> Any:
    search = Search(FUNNEL)
    stages = funnel_of(search.reader, visible_ids(search))
    for row in stages["rows"]:
        row["url"] = search.url("opportunities.index", stage=row["stage"].id, state=OPEN)
    return page("opportunities/funnel.html", funnel=search_parts(search), tabs=view_tabs("funnel"), **stages)


def funnel_of(reader: Reader, ids: Select[Any]) -> dict[str, Any]:
    """A row for each stage with the lengths of its bars in percent of the longest, and the total."""
    values = value_by_stage(reader.session, ids.where(*IN_PROGRESS))
    largest = max((w.amount for w in values.values()), default=0) or 1
    stages = [s for s in reader.lookups.dictionary(STAGES).items if not s.retired or s.id in values]
    rows: list[dict[str, Any]] = []
    for stage in stages:
        value = values.get(stage.id, StageValue())
        amount_bar, weighted_bar = (round(100 * part / largest, 1) for part in (value.amount, value.weighted))
        rows.append({"stage": stage, "worth": value, "bar": amount_bar, "weighted_bar": weighted_bar})
    return {"rows": rows, "total": sum(values.values(), StageValue())}


def panel_values(reader: Reader) -> dict[str, Any]:
    rows_and_total = funnel_of(reader, OPPORTUNITIES.rows(reader.rights))
    return {**rows_and_total, "count": rows_and_total["total"].count}


declare(
    Panel(
        key="funnel",
        title=N_("Sales funnel"),
        permission=OPPORTUNITY.permission("view"),
        template="opportunities/_panel.html",
        values=panel_values,
        refresh_on=("opportunities-changed",),
        column=None,
        rank=60,
    )
)
