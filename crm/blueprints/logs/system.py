"""The list 系統日誌: signing in and its failures, jobs, backups, errors with the number that their page shows."""

import re

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, select

from crm.blueprints.logs.operations import address_condition
from crm.domain.platform.system_log_words import EVENTS, SUBJECTS, detail_text
from crm.entities.listing import Reader
from crm.entities.listing.filters import contains_text, fixed_filter, in_period, person_filter
from crm.fields import LongText, MomentType, PersonChoice, Text
from crm.i18n import N_
from crm.jobs.registry import JOBS
from crm.models import Permission, SystemLog
from crm.web.table import Column, Filter, Table, listed
from crm.web.table.declaration import long_cell

NUMBER = re.compile(r"[0-9A-Fa-f]{8}")


def subject(reader: Reader, kind: str, name: str | None) -> str:
    """The name, file or job that the entry is about."""
    if kind == "job" and name in JOBS:
        return reader.say(JOBS[name].label)
    return reader.say(SUBJECTS[name]) if kind == "backup" and name in SUBJECTS else name or ""


def details(reader: Reader, stored: str | None) -> str:
    return detail_text(reader.say, stored)


def _details_cell(reader: Reader, stored: str | None) -> Markup | str:
    return long_cell(reader, details(reader, stored))


def _number(reader: Reader, number: str | None) -> Markup:
    return Markup("<code>{}</code>").format(number) if number else escape("")


def _anywhere(reader: Reader, typed: str) -> ColumnElement[bool]:
    """The number of an error as somebody tells it, or a part of the name."""
    if NUMBER.fullmatch(typed.strip()):
        return SystemLog.number == typed.strip().upper()
    return contains_text(SystemLog.name)(reader, typed)


SYSTEM = listed(
    Table(
        key="system_log",
        title=N_("System log"),
        model=SystemLog,
        permission=Permission.LOGS_VIEW,
        rows=lambda rights: select(SystemLog.id),
        columns=(
            Column("at", N_("Time"), (SystemLog.at,), MomentType(), (SystemLog.at,)),
            Column("kind", N_("Event"), (SystemLog.kind,), EVENTS),
            Column("user", N_("Person"), (SystemLog.user_id,), PersonChoice()),
            Column(
                "name",
                N_("Subject"),
                (SystemLog.kind, SystemLog.name),
                Text(),
                make_value=subject,
                comparison=SystemLog.name,
            ),
            Column("number", N_("Error number"), (SystemLog.number,), Text(), render=_number),
            Column(
                "detail",
                N_("Details"),
                (SystemLog.detail,),
                LongText(),
                make_value=details,
                render=_details_cell,
                comparison=SystemLog.detail,
            ),
            Column("address", N_("Network address"), (SystemLog.address,), Text()),
        ),
        more=(Column("path", N_("Page"), (SystemLog.path,), Text()),),
        filters=(
            Filter("q", N_("Name or error number"), _anywhere, caps_count=True),
            Filter("at", N_("Time"), in_period(SystemLog.at), "period", caps_count=True),
            fixed_filter("kind", N_("Event"), SystemLog.kind, EVENTS, caps_count=True),
            person_filter("user", SystemLog.user_id, N_("Person")),
            Filter("address", N_("Network address"), address_condition(SystemLog.address), caps_count=True),
        ),
        default_sort="at",
        default_descending=True,
        tie=(SystemLog.at, SystemLog.id),
        endpoint="logs.system",
        card=("kind", "user", "name", "number"),
        row_endpoint="logs.show_system",
        export_endpoint="logs.export_system",
        export_permission=Permission.LOGS_EXPORT,
        depends=("system_log", "users"),
        help=N_("Sign-ins and failed attempts, jobs, backups, and errors with the number that the error page shows."),
        empty_text=N_("Nothing has happened yet."),
    )
)
