"""銷售排名分析: who sold most, and which place they had in the period before (SR-8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from crm.domain.reports import profit, sales
from crm.domain.reports.counting import Figures, Row, Values, complete_values
from crm.domain.reports.declaration import Measure, Report
from crm.domain.reports.dimensions import COMMON, OF_PRODUCT
from crm.domain.reports.groups import grouped, in_groups, others_of
from crm.domain.reports.periods import span_before
from crm.domain.reports.query import ReportQuery
from crm.entities.listing import Parameters
from crm.fields import FieldType, Integer
from crm.i18n import N_

Place = Mapping[Any, int]


@dataclass(frozen=True)
class RankChange(FieldType):
    """How many places were gained or lost: ↑2, ↓1, 0."""

    kind = "places"
    numeric = True

    def show(self, value: Any, context: Any) -> str:
        if value is None:
            return ""
        return f"{'↑' if value > 0 else '↓'}{abs(value):,}" if value else "0"

    def cell(self, value: Any, context: Any) -> Any:
        return value


def ranking(query: ReportQuery) -> Figures:
    """Every group is ranked, whatever is shown of them; equal ones share a place and leave the next ones free."""
    all_groups = ReportQuery(query.report, query.reader, Parameters(query.parts(top="all").items()))
    counted = in_groups(all_groups)
    before = previous_places(all_groups)
    ranked = places({row.key: row.values for row in counted.rows}, query.rank)
    rows = []
    for row in sorted(counted.rows, key=lambda row: ranked.get(row.key, len(counted.rows) + 1)):
        rank, place_before = ranked.get(row.key), before.get(row.key)
        gained = place_before - rank if rank is not None and place_before is not None else None
        rows.append(Row(row.key, {**row.values, "place": rank, "place_before": place_before, "gained": gained}))
    shown = tuple(rows[: query.group_limit])
    has_others = counted.others is not None or len(shown) < len(rows)
    return Figures(shown, counted.total, others_of(query, shown, counted.total) if has_others else None)


def previous_places(query: ReportQuery) -> Place:
    """The places in the period before; none where the period has no beginning."""
    span = span_before(query.period, query.span, query.week_starts_on)
    if span is None:
        return {}
    groups, _more, _whole = grouped(query, span, [d.key for d in query.groupings])
    return places({key: complete_values(query, values) for key, values in groups.items()}, query.rank)


def places(groups: Mapping[Any, Values], rank: str) -> Place:
    """Group → its place by that figure, 1 for the largest; what has no figure has no place."""
    sizes = {key: values[rank] for key, values in groups.items() if values[rank] is not None}
    first = _first_places(sizes.values())
    return {key: first[size] for key, size in sizes.items()}


def _first_places(sizes: Iterable[Any]) -> dict[Any, int]:
    places_by_size: dict[Any, int] = {}
    for rank, size in enumerate(sorted(sizes, reverse=True), 1):
        places_by_size.setdefault(size, rank)
    return places_by_size


PEOPLE = ("owner", "unit")
PLACE = Measure(
    key="place",
    label=N_("Place"),
    help=N_("By the chosen figure among all that the report counts; equal figures share a place."),
    type=Integer(),
)
PLACE_BEFORE = Measure(
    key="place_before",
    label=N_("Previous place"),
    help=N_("The place by the same figure in the previous period; – if there was none."),
    type=Integer(),
)
GAINED = Measure(
    key="gained",
    label=N_("Places gained"),
    help=N_("Places gained (↑) or lost (↓) since the previous period."),
    type=RankChange(),
)

RANKING = Report(
    key="sales_ranking",
    label=N_("Sales ranking report"),
    description=N_("Who and what sold most in the period, with the place in the previous period."),
    period_label=sales.SOLD_IN,
    default_period="month",
    measures=(
        PLACE,
        replace(sales.SOLD, share=True),
        PLACE_BEFORE,
        GAINED,
        sales.ORDER_COUNT,
        sales.RECEIVED,
        profit.PROFIT,
        replace(sales.TARGET, only_by=PEOPLE),
        replace(sales.RATE, only_by=PEOPLE, ranks=True),
    ),
    by_product=(
        PLACE,
        replace(sales.LINE_SOLD, share=True),
        PLACE_BEFORE,
        GAINED,
        sales.LINE_ORDERS,
        profit.PROFIT,
    ),
    dimensions=("owner", "unit", "customer", "product", "product_category", "region", "province"),
    conditions=(*COMMON, *OF_PRODUCT),
    comparable=False,
    figures=ranking,
)
