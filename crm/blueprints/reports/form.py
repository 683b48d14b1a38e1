"""The conditions of a report as fields with the labels of X-1a; what was typed stays, with what is wrong beside it."""

from typing import Any

from markupsafe import Markup

from crm.domain.reports import ReportQuery, periods
from crm.domain.reports.declaration import Dimension
from crm.domain.reports.query import TOPS, USUAL_TOP
from crm.models.table_versions import get_or_compute
from crm.web.errors import error_text
from crm.web.translation import gettext as _
from crm.web.widgets import NO_CHOICE, option_tags, with_choice


def controls(query: ReportQuery) -> list[dict[str, Any]]:
    """Label, name, value, options and problem of each field, in their order."""
    return [field for field in (*_period(query), *_shape(query), *_thresholds(query), *_conditions(query)) if field]


def _field(
    query: ReportQuery, name: str, label: str, value: str, options: Any = None, kind: str = ""
) -> dict[str, Any]:
    problem = query.problems.get(name)
    if problem is not None:
        # What was typed stays, also where it is none of the list.
        value = query.typed.get(name, "")
        if options is not None and value not in dict(options):
            options = [*options, (value, _choice_label(query, name, value))]
    return {
        "name": name,
        "label": label,
        "kind": kind or ("select" if options is not None else "text"),
        "value": value,
        "options": options,
        "tags": "",
        "problem": error_text(problem) if problem is not None else "",
    }


def _choice_label(query: ReportQuery, name: str, value: str) -> str:
    """What a choice was called that another 分類項目 does not offer; else what stands in the address."""
    known = {"rank": (*query.report.measures, *query.report.by_product)}.get(name, ())
    return next((_(dimension.label) for dimension in known if dimension.key == value), value)


def _period(query: ReportQuery) -> list[dict[str, Any]]:
    fields = [
        _field(query, "period", _(query.report.period_label), query.period, _localized_options(periods.PERIODS)),
        _field(query, "from", _("Start date"), query.from_text, kind="date"),
        _field(query, "to", _("End date"), query.to_text, kind="date"),
    ]
    if query.report.other_period:
        options = _localized_options(periods.OTHER_PERIODS)
        fields.append(_field(query, "sold_in", _(query.report.other_period), query.other_period, options))
    return fields


def _thresholds(query: ReportQuery) -> list[dict[str, Any]]:
    return [_field(query, t.key, _(t.label), str(query.thresholds[t.key])) for t in query.report.thresholds]


def _shape(query: ReportQuery) -> list[Any]:
    report = query.report
    none = [("none", _("None"))]
    by = [(key, _(query.dimension(key).label)) for key in query.offered_groupings]
    second = [(key, _(query.dimension(key).label)) for key in query.offered_seconds]
    ranks = [(m.key, _(m.label)) for m in query.rankable]
    tops = [("", _("Default (20)") if _has_many_groups(query) else _("All"))]
    tops += [(top, top) for top in TOPS] + [("all", _("All"))] * _has_many_groups(query)
    compare = [(key or "none", _(label)) for key, label in periods.COMPARISONS]
    charts = [(key, chart_name(key)) for key in report.charts]
    return [
        _field(query, "by", _("Group by"), _key(query.by), [*(none if report.optional else []), *by]),
        report.second and _field(query, "second", _("Second grouping"), _key(query.second), [*none, *second]),
        report.stage and _field(query, "stage", _("Interval"), query.stage, _localized_options(periods.STAGES)),
        len(charts) > 1 and _field(query, "chart", _("Chart"), query.chart, charts),
        not report.stage and _field(query, "top", _("Top"), query.top, tops),
        len(ranks) > 1 and _field(query, "rank", _("Ranked by"), query.rank, ranks),
        report.comparable and _field(query, "compare", _("Comparison"), query.compare or "none", compare),
    ]


def _has_many_groups(query: ReportQuery) -> bool:
    """Whether the chosen 分類項目 has so many values that only the first are shown unless more are asked for."""
    return query.top != "all" and query.group_limit == USUAL_TOP and not query.top


def chart_name(key: str) -> str:
    return {"bar": _("Bars"), "pie": _("Pie"), "line": _("Line"), "matrix": _("Matrix")}[key]


def _key(dimension: Any) -> str:
    return dimension.key if dimension is not None else "none"


def _conditions(query: ReportQuery) -> list[dict[str, Any]]:
    fields = []
    for key in query.offered_conditions:
        dimension, value = query.dimension(key), query.given.get(key, "")
        if dimension.options is None:
            fields.append(_field(query, key, _(dimension.label), value))
        elif key in query.problems:
            fields.append(_field(query, key, _(dimension.label), value, _offered(query, dimension)))
        else:
            fields.append(_field(query, key, _(dimension.label), value, kind="select"))
            fields[-1]["tags"] = _tags(query, dimension, value)
    return fields


def _offered(query: ReportQuery, dimension: Dimension) -> list[tuple[str, str]]:
    assert dimension.options is not None
    return [("", _("All")), *dimension.options(query.reader)]


OFFERED_FROM = (
    *("dictionary_items", "customer_levels", "provinces", "cities", "users", "org_units", "product_categories"),
    "custom_fields",
)
"""The tables that the choices of a dimension come from."""


def _tags(query: ReportQuery, dimension: Dimension, value: str) -> Markup:
    """The choices as they are written, the same for everybody: they are most of the form."""
    tags: Markup = get_or_compute(
        ("report choices", dimension.key, query.reader.language),
        OFFERED_FROM,
        lambda: option_tags(_offered(query, dimension), NO_CHOICE),
    )
    return with_choice(tags, value)


def _localized_options(options: Any) -> list[tuple[str, str]]:
    return [(key, _(label)) for key, label in options]
