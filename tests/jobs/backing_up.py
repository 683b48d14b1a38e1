"""What the tests of backups and of restoring share."""

from typing import Any

from sqlalchemy.orm import Session

from crm.entities.record_saving import Actor
from crm.extensions import db
from crm.installation import backup_files
from crm.installation.backup_files import Backup
from crm.jobs.backups import back_up
from crm.jobs.restore import restore
from crm.models.engine import set_read_only

COUNTERS = {
    "system_log",
    "operation_log",
    "log_seals",
    "login_sessions",
    "long_tasks",
    "job_runs",
    "sqlite_sequence",
    "mail_messages",
}
"""What a restore itself writes, or what stands for what happened outside of the data."""


def backup_now(session: Session, actor: Actor, reason: str = backup_files.BY_HAND) -> Backup:
    session.commit()
    return back_up(db.engine, actor, reason).backup


def restore_by_name(session: Session, name: str, actor: Actor, **kwargs: Any) -> dict[str, Any]:
    session.commit()
    session.close()
    outcome = restore(db.engine, name, actor, **kwargs)
    session.expire_all()
    set_read_only(False)
    return outcome


def all_rows() -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, but for the logs and counters."""
    rows_of_table = {}
    with db.engine.connect() as connection:
        for table in database_tables(connection):
            if table in COUNTERS or table.startswith("alembic"):
                continue
            rows = connection.exec_driver_sql(f'SELECT * FROM "{table}"').all()
            rows_of_table[table] = sorted((tuple(row) for row in rows), key=repr)
    return rows_of_table


def database_tables(connection: Any) -> list[str]:
    from sqlalchemy import inspect

    return sorted(inspect(connection).get_table_names())
