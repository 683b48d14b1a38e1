"""The reports: each page over a year and over all of it, for the first time and again, its picture, its details."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from flask import url_for
from sqlalchemy import select

from crm.domain.platform.readers import reader_for
from crm.domain.platform.settings import read_settings
from crm.domain.reports import REPORTS, ReportQuery
from crm.domain.reports.figures import figures
from crm.domain.reports.sheet import group_parts
from crm.entities.listing import Parameters
from crm.entities.record_saving import Actor
from crm.extensions import db
from crm.models import User, rights_of
from tests.bench.firm import ADMIN
from tests.bench.pages import OTHER_DAYS, Page

FIRST, AGAIN, ALL, DETAILS, PICTURE_AGAIN = 60, 12, 150, 14, 3
YEAR, WHOLE = 365, 365 * 12
PICTURE_MILLISECONDS = 120
"""The processor's time that drawing one may take."""


def report_pages(keys: Iterable[str]) -> list[Page]:
    """Asked for inside a request: addresses are made."""
    found = []
    for key in keys:
        path, name = url_for(f"reports.{key}"), key.replace("_", " ")
        details, picture = url_for(f"reports.{key}_details"), url_for(f"reports.{key}_chart")
        found += [
            Page(f"{name}, first time", f"{path}?{OTHER_DAYS}", FIRST, statements=None, days=YEAR),
            Page(f"{name}, again", f"{path}?{_year()}", AGAIN, statements=None),
            Page(f"{name}, over all", f"{path}?{OTHER_DAYS}", ALL, statements=None, days=WHOLE),
            Page(f"{name}, picture again", f"{picture}?{_year()}", PICTURE_AGAIN, statements=None),
        ]
        if group := _largest_group(key):
            found.append(Page(f"{name}, details", f"{details}?{OTHER_DAYS}&{group}", DETAILS, days=YEAR))
    return found


def new_pictures(keys: Iterable[str]) -> list[Page]:
    """Pictures that were not drawn before."""
    return [
        Page(f"{key.replace('_', ' ')}, picture", f"{url_for(f'reports.{key}_chart')}?{OTHER_DAYS}", 0, days=YEAR)
        for key in keys
    ]


def _year() -> str:
    today = datetime.now(UTC).date()
    return urlencode({"period": "custom", "from": today - timedelta(days=YEAR), "to": today})


def _largest_group(key: str) -> str:
    """The first group of the last year as the address of its details says it; empty where there is none."""
    admin = db.session.scalars(select(User).where(User.login == ADMIN)).one()
    session, now = db.session(), datetime.now(UTC)
    reader = reader_for(session, Actor(rights_of(session, admin), now, read_settings(session).zone))
    query = ReportQuery(REPORTS[key], reader, Parameters.of(_year()))
    filled = [row for row in figures(query).rows if any(row.values.values())]
    return urlencode(group_parts(query, filled[len(filled) // 2 if query.stage else 0])) if filled else ""
