"""The list 操作日誌: who did what with which record, and each field from what to what."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, select

from crm.domain.platform.log_names import Names, read_names
from crm.domain.platform.log_words import ACTIONS, describe_changes, function_label, function_options, sentence
from crm.entities.listing import Query, Reader
from crm.entities.listing.filters import contains_text, fixed_filter, in_period, person_filter
from crm.entities.listing.rows import Row
from crm.fields import FixedChoice, MomentType, PersonChoice, Text
from crm.i18n import N_
from crm.models import OperationLog, Permission
from crm.web.log_links import record_link
from crm.web.table import Column, Filter, Table, listed

NAMES = "log names"
MAX_SHOWN = 240


class Functions(FixedChoice):
    """What an entry is about, as the menu calls it; known once all modules have declared what they log."""

    def __init__(self) -> None:
        pass

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        return function_options()

    def show(self, value: Any, context: Any) -> str:
        return function_label(value) if value else ""


def _read_names(query: Query[Any], rows: Sequence[Row]) -> None:
    """What the cells of these rows name, in two statements."""
    keys = [column.key for column in query.columns]
    entries: dict[int, tuple[str, int | None, Any]] = {}
    for row in rows:
        cells = dict(zip(keys, row.values, strict=True))
        key, record_id = (cells["record"][0], cells["record"][1]) if "record" in cells else ("", None)
        if "changes" in cells:
            key = cells["changes"][0]
        entries[row.id] = (key, record_id, cells["changes"][1] if "changes" in cells else {})
    query.reader.notes[NAMES] = read_names(query.reader, entries.values(), openable="record" in keys)


def _names(reader: Reader) -> Names:
    names: Names = reader.notes.get(NAMES) or Names()
    return names


def _person(reader: Reader, user_id: int | None) -> str | Markup:
    """Jobs, and what the program itself did, have no person."""
    return escape(reader.lookups.people.name(user_id) if user_id else reader.say(N_("The system")))


def _record(reader: Reader, key: str, record_id: int | None, name: str | None) -> Markup:
    label = name or ("" if record_id is None else f"#{record_id}")
    url = record_link(key, record_id) if record_id is not None and (key, record_id) in _names(reader).open else ""
    return Markup(f'<a href="{escape(url)}">{escape(label)}</a>') if url else escape(label)


def _changes_text(reader: Reader, key: str, changes: Any) -> str:
    return "\n".join(
        sentence(reader, change) for change in describe_changes(reader, key, changes or {}, _names(reader))
    )


def _changes(reader: Reader, key: str, changes: Any) -> Markup:
    line = _changes_text(reader, key, changes).replace("\n", "; " if reader.language == "en" else "；")
    shown = line if len(line) <= MAX_SHOWN else f"{line[: MAX_SHOWN - 1]}…"
    return Markup('<span class="wrap">{}</span>').format(shown)


def _by_name(reader: Reader, typed: str) -> ColumnElement[bool]:
    return contains_text(OperationLog.name)(reader, typed)


def address_condition(column: Any) -> Callable[[Reader, str], ColumnElement[bool]]:
    """The whole address, or its beginning: 192.168."""

    def condition(reader: Reader, typed: str) -> ColumnElement[bool]:
        matches: ColumnElement[bool] = column.between(typed, f"{typed}\uffff")
        with suppress(ValueError):
            matches = column == str(ip_address(typed.strip()))
        return matches

    return condition


OPERATIONS = listed(
    Table(
        key="operation_log",
        title=N_("Operation log"),
        model=OperationLog,
        permission=Permission.LOGS_VIEW,
        rows=lambda rights: select(OperationLog.id),
        prepare=_read_names,
        columns=(
            Column("at", N_("Time"), (OperationLog.at,), MomentType(), (OperationLog.at,)),
            Column("user", N_("Person"), (OperationLog.user_id,), PersonChoice(), render=_person),
            Column("function", N_("Function"), (OperationLog.entity,), Functions()),
            Column("action", N_("Action"), (OperationLog.action,), ACTIONS),
            Column(
                "record",
                N_("Record"),
                (OperationLog.entity, OperationLog.record_id, OperationLog.name),
                Text(),
                make_value=lambda reader, key, record_id, name: name,
                comparison=OperationLog.name,
                render=_record,
            ),
            Column(
                "changes",
                N_("Changes"),
                (OperationLog.entity, OperationLog.changes),
                Text(),
                make_value=_changes_text,
                render=_changes,
            ),
            Column("address", N_("Network address"), (OperationLog.address,), Text()),
        ),
        filters=(
            Filter("q", N_("Quick search"), _by_name, caps_count=True),
            Filter("at", N_("Time"), in_period(OperationLog.at), "period", caps_count=True),
            person_filter("user", OperationLog.user_id, N_("Person")),
            fixed_filter("function", N_("Function"), OperationLog.entity, Functions(), caps_count=True),
            fixed_filter("action", N_("Action"), OperationLog.action, ACTIONS, caps_count=True),
            Filter("address", N_("Network address"), address_condition(OperationLog.address), caps_count=True),
        ),
        default_sort="at",
        default_descending=True,
        tie=(OperationLog.at, OperationLog.id),
        endpoint="logs.index",
        card=("user", "function", "action", "record"),
        row_endpoint="logs.show",
        export_endpoint="logs.export",
        export_permission=Permission.LOGS_EXPORT,
        depends=("operation_log", "users"),
        help=N_("What people and jobs did. Entries are sealed and can be neither changed nor deleted here."),
        empty_text=N_("Nothing has been done yet."),
    )
)
