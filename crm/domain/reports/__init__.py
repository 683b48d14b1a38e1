"""The thirteen reports on one mechanism (05-reports): declared, asked by a `ReportQuery`, counted by the database."""

from crm.domain.reports.query import ReportQuery
from crm.domain.reports.registry import REPORTS, report

__all__ = ["REPORTS", "ReportQuery", "report"]
