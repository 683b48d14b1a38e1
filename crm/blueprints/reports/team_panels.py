"""The panels of whoever leads others: 團隊銷售 and 閒置客戶, each read from the report that counts it (W-8)."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from crm.domain.reports import ReportQuery
from crm.domain.reports.declaration import Report
from crm.domain.reports.follow_up import FOLLOW_UP
from crm.domain.reports.ranking import RANKING
from crm.domain.reports.sheet import Line, place_of, sentence, sheet_of
from crm.entities.listing import Parameters, Reader
from crm.i18n import N_
from crm.web.panels import Panel, declare

ROWS = 10
TEAM = {"by": "owner", "period": "month"}
IDLE = {"by": "owner", "rank": "neglected"}


def values(
    report: Report, parameters: dict[str, str], shown: Sequence[str], filled: str, reader: Reader
) -> dict[str, Any]:
    """The report's lines by person, with some of its figures; `filled` names the one that a line must have, if any."""
    # What a panel does not show is not counted for it.
    measures = tuple(measure for measure in report.measures if measure.key in shown)
    query = ReportQuery(replace(report, measures=measures), reader, Parameters(parameters.items()))
    sheet = sheet_of(query)
    known = sorted(query.measures, key=lambda measure: shown.index(measure.key))
    places = [place_of(query, measure) for measure in known]

    def row(line: Line) -> dict[str, Any]:
        """`group` are the parts of the address of the records behind it."""
        group = {**query.parts(), **dict(line.group), **({"of": filled} if filled else {})} if line.linked else None
        return {"name": line.name, "group": group, "texts": [line.cells[index].text for index in places]}

    lines = [line for line in sheet.lines if not filled or line.cells[places[shown.index(filled)]].value]
    return {
        # Who is idle now is no matter of the period.
        "sentence": "" if filled else sentence(query)[0],
        "headings": [sheet.headings[sheet.groups + index] for index in places],
        "rows": [row(line) for line in lines[:ROWS]],
        "total": row(sheet.total),
        "more": len(lines) > ROWS,
        "count": sheet.total.cells[places[shown.index(filled)]].value if filled else None,
        "endpoint": f"reports.{report.key}",
        "asked": query.parts(),
    }


declare(
    Panel(
        key="team_sales",
        title=N_("Team sales"),
        permission=RANKING.view,
        template="reports/_team_sales.html",
        values=partial(values, RANKING, TEAM, ("target", "sold", "received", "rate"), ""),
        refresh_on=("orders-changed", "receipts-changed", "targets-changed"),
        column=0,
        rank=30,
        of_team=True,
    )
)
declare(
    Panel(
        key="idle_customers",
        title=N_("Idle customers"),
        permission=FOLLOW_UP.view,
        template="reports/_idle_customers.html",
        values=partial(values, FOLLOW_UP, IDLE, ("neglected", "lost"), "neglected"),
        refresh_on=("records-changed", "customers-changed"),
        column=0,
        rank=45,
        of_team=True,
    )
)
