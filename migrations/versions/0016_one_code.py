"""Codes that differ only in case, width or script are one code

A column holds the folded code, and no two records the same. Records whose codes are the same by now keep them: all but the
first get a mark after the key, which goes with the code, and the log names them.

Revision ID: 0016
Revises: 0015
"""

import logging

import sqlalchemy as sa
from alembic import op

from crm.entities.keys import folded_code
from crm.text.folding import SEPARATOR

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = ("customers", "contacts", "opportunities", "products", "quotes", "orders", "receipts")
log = logging.getLogger("crm")


def coded(table):
    return sa.table(table, *(sa.column(name) for name in ("id", "code", "code_key", "deleted_at")))


def fill(connection, table):
    """Nearly all codes are plain letters and digits, which the database folds itself."""
    kept = coded(table)
    connection.execute(kept.update().values(code_key=sa.func.lower(kept.c.code)))
    rows = connection.execute(sa.select(kept.c.id, kept.c.code, kept.c.code_key))
    other = [{"at": row.id, "key": key} for row in rows if (key := folded_code(row.code)) != row.code_key]
    put(connection, kept, other)


def put(connection, kept, keys):
    if keys:
        changed = kept.update().where(kept.c.id == sa.bindparam("at")).values(code_key=sa.bindparam("key"))
        connection.execute(changed, keys)


def tell_apart(connection, table):
    """The first that is not deleted is the one that its code means."""
    kept = coded(table)
    several = sa.select(kept.c.code_key).group_by(kept.c.code_key).having(sa.func.count() > 1)
    order = (kept.c.code_key, kept.c.deleted_at.is_not(None), kept.c.id)
    rows = connection.execute(sa.select(kept).where(kept.c.code_key.in_(several)).order_by(*order)).all()
    before, later = None, []
    for row in rows:
        if before is None or before.code_key != row.code_key:
            before = row
            continue
        later.append({"at": row.id, "key": f"{row.code_key}{SEPARATOR}{row.id}"})
        log.warning("%s: the codes %s and %s are one; please give one record another code", table, before.code, row.code)
    put(connection, kept, later)


def upgrade():
    for table in TABLES:
        op.add_column(table, sa.Column("code_key", sa.String(200), nullable=False, server_default=""))
        fill(op.get_bind(), table)
        tell_apart(op.get_bind(), table)
        op.create_index(op.f(f"ix_{table}_code_key"), table, ["code_key"], unique=True)


def downgrade():
    for table in TABLES:
        op.drop_index(op.f(f"ix_{table}_code_key"), table)
        with op.batch_alter_table(table) as batch:
            batch.drop_column("code_key")
