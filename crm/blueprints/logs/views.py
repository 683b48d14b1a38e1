"""The pages of both logs."""

from typing import Any

from flask import url_for
from sqlalchemy import select

from crm.blueprints.logs import blueprint
from crm.blueprints.logs.operations import OPERATIONS
from crm.blueprints.logs.system import SYSTEM, details, subject
from crm.domain.platform.log_names import read_names
from crm.domain.platform.log_words import ACTIONS, describe_changes, function_label
from crm.domain.platform.system_log_words import EVENTS
from crm.models import OperationLog, Permission, SystemLog
from crm.web.access import one_or_404, requires
from crm.web.current_reader import reader
from crm.web.log_links import record_link
from crm.web.respond import page
from crm.web.table import table_export, table_page
from crm.web.table.declaration import Table
from crm.web.translation import gettext as _


@blueprint.get("/logs")
@requires(Permission.LOGS_VIEW)
def index() -> Any:
    return _list(OPERATIONS)


@blueprint.get("/logs/system")
@requires(Permission.LOGS_VIEW)
def system() -> Any:
    return _list(SYSTEM)


def _list(table: Table) -> Any:
    tabs = [
        {"label": label, "url": url_for(f"logs.{name}"), "current": table.endpoint == f"logs.{name}"}
        for name, label in (("system", _("System log")), ("index", _("Operation log")))
    ]
    return page("logs/index.html", table=table_page(table), tabs=tabs)


@blueprint.get("/logs/export")
@requires(Permission.LOGS_EXPORT)
def export() -> Any:
    return table_export(OPERATIONS)


@blueprint.get("/logs/system/export")
@requires(Permission.LOGS_EXPORT)
def export_system() -> Any:
    return table_export(SYSTEM)


@blueprint.get("/logs/<int:id>")
@requires(Permission.LOGS_VIEW)
def show(id: int) -> Any:
    """One entry with all its fields."""
    entry: OperationLog = one_or_404(select(OperationLog).where(OperationLog.id == id))
    by = reader()
    names = read_names(by, [(entry.entity, entry.record_id, entry.changes)])
    is_openable = (entry.entity, entry.record_id) in names.open
    return page(
        "logs/operation.html",
        entry=entry,
        function=_(function_label(entry.entity)),
        action=_(ACTIONS.show(entry.action, by)) or entry.action,
        url=record_link(entry.entity, entry.record_id) if is_openable and entry.record_id is not None else "",
        changes=describe_changes(by, entry.entity, entry.changes or {}, names),
    )


@blueprint.get("/logs/system/<int:id>")
@requires(Permission.LOGS_VIEW)
def show_system(id: int) -> Any:
    entry: SystemLog = one_or_404(select(SystemLog).where(SystemLog.id == id))
    by = reader()
    event = EVENTS.show(entry.kind, by)
    return page(
        "logs/system.html",
        entry=entry,
        event=_(event) if event else entry.kind,
        name=subject(by, entry.kind, entry.name),
        detail=details(by, entry.detail),
    )
