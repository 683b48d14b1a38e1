"""Addresses of a report: its own with the conditions, and of the records behind each figure."""

from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlencode

from flask import url_for

from crm.domain.reports import ReportQuery


def report_url(query: ReportQuery, name: str = "", more: Iterable[tuple[str, str]] = ()) -> str:
    """`name`: chart, print, export, details; empty for the page."""
    endpoint = f"reports.{query.report.key}_{name}" if name else f"reports.{query.report.key}"
    arguments = urlencode([*query.parts().items(), *more])
    return url_for(endpoint) + (f"?{arguments}" if arguments else "")


def details_urls(query: ReportQuery) -> Callable[[Sequence[tuple[str, str]]], str]:
    """The addresses of the records behind each of many groups: what they share is made once."""
    base = report_url(query, "details")
    joined = f"{base}{'&' if '?' in base else '?'}"
    return lambda group: joined + urlencode(group) if group else base
