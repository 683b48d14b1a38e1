"""Everything that stands in the database, logs and counters aside: for what must leave nothing behind."""

from typing import Any

from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from crm.entities.search_index import search_table_names, uses_fts
from crm.models import Base

LOGS = frozenset({"operation_log", "system_log", "notices", "mail_messages", "numbering_counters"})
HISTORY = frozenset({"import_runs", "long_tasks"})
"""What was done, by whom: it stays when that is undone."""
COUNTERS = frozenset({"version"})


def dump(session: Session) -> dict[str, list[Any]]:
    """Table → its rows in order."""
    session.flush()
    connection = session.connection()
    there = set(inspect(connection).get_table_names())
    found: dict[str, list[Any]] = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in LOGS and table.name in there:
            columns = [column for column in table.columns if column.name not in COUNTERS]
            rows = connection.execute(select(*columns)).all()
            found[table.name] = sorted(repr(dict(zip([c.name for c in columns], row, strict=True))) for row in rows)
    for name in search_table_names() if uses_fts(session) else ():
        found[name] = sorted(map(repr, connection.execute(text(f"SELECT rowid, document FROM {name}")).all()))
    return found


def differences(before: dict[str, list[Any]], after: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Table → the rows that only one of them has."""
    both = {name: set(before[name]) ^ set(after.get(name, ())) for name in before}
    return {name: sorted(rows) for name, rows in both.items() if rows}
