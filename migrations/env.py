"""Runs the migrations within the app. Foreign keys are off meanwhile and checked after:
Alembic's batch mode rebuilds tables, and with the keys on that empties their children."""

import warnings

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from crm.entities.search_index import PIECES, search_table_names
from crm.models.engine import set_read_only

database = current_app.extensions["migrate"].db

warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")
"""Batch mode looks at neighbouring tables, too: nobody can do anything about what it says of the firm's own fields."""


def include_object(item, name, kind, reflected, compare_to):
    """The full-text tables and their shadows, and PostgreSQL's pieces, are made by hand in the migrations."""
    by_hand = {"table": search_table_names(), "index": (PIECES,), "column": ("search_pieces",)}
    return not name or not name.startswith(by_hand.get(kind, ("\0",)))


def set_keys(connection: Connection, on: bool) -> None:
    raw = connection.connection.dbapi_connection
    raw.execute("PRAGMA query_only=OFF")
    raw.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def run() -> None:
    set_read_only(False)
    with database.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            set_keys(connection, False)
        context.configure(
            connection=connection,
            target_metadata=database.metadatas[None],
            include_object=include_object,
            render_as_batch=True,
            compare_type=True,
            transaction_per_migration=False,
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            if sqlite:
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise RuntimeError(f"the migration broke references: {broken[:5]}")
        if sqlite:
            connection.rollback()
            set_keys(connection, True)


run()
