"""All reports, in the order of the menu. Adding one is adding its declaration here."""

from collections.abc import Mapping

from crm.domain.reports import by_line, contribution, customers, follow_up, levels, ranking, receivables, sales
from crm.domain.reports.declaration import Report

_ALL = (
    customers.CLASSES,
    customers.GROWTH,
    contribution.CONTRIBUTION,
    levels.LEVELS,
    follow_up.FOLLOW_UP,
    by_line.DETAILS,
    sales.CLASSES,
    sales.TREND,
    receivables.RECEIVABLES,
    by_line.PROFIT,
    by_line.PRODUCTS,
    sales.DISTRIBUTION,
    ranking.RANKING,
)
REPORTS: Mapping[str, Report] = {report.key: report for report in _ALL}


def report(key: str) -> Report:
    """Raises KeyError for one that does not exist."""
    return REPORTS[key]
