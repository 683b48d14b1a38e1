"""Log rows that do not wait for the request's transaction: failed logins, exports, errors (A-9)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import has_request_context, request
from flask_login import current_user
from sqlalchemy import Engine, Table, insert, select

from crm.domain.accounts.login_limits import MAX_PER_ADDRESS, WINDOW
from crm.domain.accounts.sign_in import FAILED
from crm.entities.change_log import Changes, log_row
from crm.extensions import db
from crm.jobs.database import BUSY
from crm.models import OperationLog, SystemLog
from crm.models.engine import BUSY_MILLISECONDS, read_only, set_read_only, short_busy_timeout
from crm.text.visible import escape_invisible
from crm.web.background_work import runner
from crm.web.request_clock import now

log = logging.getLogger("crm")
READERS_MILLISECONDS = 50
TRIES = 60
"""Of five seconds each."""
MAX_OF_STRANGERS = 10
MAX_FAILED = 5 * MAX_PER_ADDRESS
"""Rows of one kind in a quarter of an hour from one address of people who are not signed in. Wrong passwords are
counted to limit them (L-2), so more of those are kept than are ever let through."""


def write_system_log(kind: str, name: str = "", detail: str = "", number: str = "", user_id: int | None = None) -> None:
    """Write one row in an own short transaction, after the request's has ended."""
    values = log_values(kind, name, detail, number, user_id)
    # The request's own transaction ends first: it may hold the database for writing.
    db.session.rollback()
    if values["user_id"] is not None or not _is_flooded(kind, values["address"]):
        _write_now(SystemLog, values)


def write_operation_log(
    action: str, entity: str, record_id: int | None = None, name: str = "", changes: Changes | None = None
) -> None:
    """A row of the operation log for an act that changes nothing: an export, a print (A-9)."""
    from crm.web.access import actor  # at call time: access is made with the log at hand

    row = log_row(actor(), action, entity, record_id, escape_invisible(name), changes or {})
    db.session.rollback()
    _write_now(OperationLog, row)


def _write_now(model: Any, values: dict[str, Any]) -> None:
    if has_request_context() and request.method in ("GET", "HEAD"):
        _write_soon(db.engine, model.__table__, values)
    else:
        _write(db.engine, model.__table__, values)


def _write(engine: Engine, table: Table, values: dict[str, Any], patience: int = BUSY_MILLISECONDS) -> None:
    with read_only(False), engine.connect() as connection, short_busy_timeout(connection, patience), connection.begin():
        connection.execute(insert(table), [values])


def _write_soon(engine: Engine, table: Table, values: dict[str, Any]) -> None:
    """Whoever reads does not wait for those who write: their row is written as soon as these are done."""
    try:
        _write(engine, table, values, READERS_MILLISECONDS)
    except BUSY:
        runner().submit(lambda: _write_at_last(engine, table, values))


def _write_at_last(engine: Engine, table: Table, values: dict[str, Any]) -> None:
    for _ in range(TRIES):
        try:
            return _write(engine, table, values)
        except BUSY:
            continue
    log.error("a row of %s could not be written: %s", table.name, values)


def _is_flooded(kind: str, address: str | None) -> bool:
    """Whether an address without a login has written the same entry so often that more of them say nothing new."""
    max_entries = MAX_FAILED if kind == FAILED else MAX_OF_STRANGERS
    recent = select(SystemLog.id).where(
        SystemLog.kind == kind, SystemLog.address == address, SystemLog.at > now() - WINDOW
    )
    with read_only(True), db.engine.connect() as connection:
        return connection.execute(recent.offset(max_entries - 1).limit(1)).first() is not None


def log_values(
    kind: str, name: str = "", detail: str = "", number: str = "", user_id: int | None = None
) -> dict[str, Any]:
    """A row of the system log about this request; control characters are made visible (hostile case 56)."""
    path = address = None
    if has_request_context():
        path, address = request.path, request.remote_addr
        if user_id is None and getattr(current_user, "is_authenticated", False):
            user_id = current_user.id
    return {
        "at": now(),
        "kind": kind,
        "user_id": user_id,
        "name": escape_invisible(name)[:200] or None,
        "address": (address or "")[:60] or None,
        "path": escape_invisible(path or "")[:300] or None,
        "number": number or None,
        "detail": escape_invisible(detail)[:4000] or None,
    }


@contextmanager
def short_transaction() -> Iterator[None]:
    """The short writing transaction of a view marked `own_transaction`; committed at its end."""
    db.session.rollback()
    set_read_only(False)
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        set_read_only(True)
