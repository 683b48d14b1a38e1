"""Asking a report in tests as whoever, at whatever moment, by the parts of an address."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from crm.domain.platform.readers import reader_for
from crm.domain.reports import REPORTS, ReportQuery
from crm.domain.reports.sheet import sheet_of
from crm.entities.listing import Parameters, Reader
from crm.models import User
from crm.models.permissions import Permission, Scope
from tests.cast import actor_as

NOW = datetime(2026, 11, 29, 4, tzinfo=UTC)


def reader_of(session: Session, person: User, scope: Scope | None = None, now: datetime = NOW) -> Reader:
    """`scope`: with every right reaching so far, instead of what the person's roles give."""
    found = reader_for(session, actor_as(session, person, now))
    if scope is not None:
        rights = replace(found.rights, scopes={permission.value: scope for permission in Permission})
        found = replace(found, rights=rights)
    return found


def ask(key: str, reader: Reader, address: str = "") -> ReportQuery:
    return ReportQuery(REPORTS[key], reader, Parameters.of(address))


def table(query: ReportQuery) -> list[tuple[Any, ...]]:
    """The report as it is read: (name, figure, figure …), the total last."""
    assert not query.problems
    told = sheet_of(query)
    return [(line.name, *(cell.text for cell in line.cells)) for line in (*told.lines, told.total)]
