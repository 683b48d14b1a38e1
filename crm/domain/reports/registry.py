"""All reports, in the order of the menu. Adding one is adding its declaration here."""

from collections.abc import Mapping

from crm.domain.reports import contribution, customers, follow_up, levels, sales
from crm.domain.reports.declaration import Report

_ALL = (
    customers.CLASSES,
    customers.GROWTH,
    contribution.CONTRIBUTION,
    levels.LEVELS,
    follow_up.FOLLOW_UP,
    sales.CLASSES,
    sales.TREND,
)
REPORTS: Mapping[str, Report] = {one.key: one for one in _ALL}


def report(key: str) -> Report:
    """Raises KeyError for one that does not exist."""
    return REPORTS[key]
