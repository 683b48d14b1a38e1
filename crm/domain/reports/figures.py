"""The figures of a report, kept in memory until a table that they were counted from changes."""

from crm.domain.reports.counting import Figures
from crm.domain.reports.groups import in_groups
from crm.domain.reports.query import ReportQuery
from crm.domain.reports.steps import in_steps
from crm.models.engine import in_large_sorts
from crm.models.table_versions import get_or_compute

SECONDS = 60


def figures(query: ReportQuery) -> Figures:
    """Kept in memory until a table that they were counted from changes."""

    def make() -> Figures:
        return in_large_sorts(query.reader.session, lambda: _counted(query))

    counted: Figures = get_or_compute(("report", *query.cache_key), query.depends, make, SECONDS)
    return counted


def _counted(query: ReportQuery) -> Figures:
    if query.report.figures is not None:
        return query.report.figures(query)
    return in_steps(query) if query.stage else in_groups(query)
