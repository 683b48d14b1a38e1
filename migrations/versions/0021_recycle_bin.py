"""The entries of the recycle bin; what was deleted before has one for each moment

Revision ID: 0021
Revises: 0020
"""

from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

KINDS = (
    ("customers", "customers", "name", "owner_id"),
    ("contacts", "contacts", "name", None),
    ("opportunities", "opportunities", "title", "owner_id"),
    ("quotes", "quotes", "title", "owner_id"),
    ("orders", "orders", "title", "owner_id"),
    ("receipts", "receipts", "code", "owner_id"),
    ("records", "contact_records", "content", None),
    ("products", "products", "name", None),
    ("target_setting", "sales_targets", "year", "user_id"),
    ("schedule", "schedule_items", "title", "owner_id"),
)
"""(kind, table, what names a record, whose it is), those that others belong to first."""


def upgrade():
    deletions = op.create_table(
        "deletions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by_id", sa.Integer, sa.ForeignKey("users.id")),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("record_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("customer_name", sa.String(200)),
        sa.Column("owner_id", sa.Integer, sa.ForeignKey("users.id")),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
    )
    op.create_index("ix_deletions_list", "deletions", ["at", "id"])
    op.create_index("ix_deletions_record", "deletions", ["kind", "record_id"])
    connection = op.get_bind()
    found = {}
    for kind, table, named, owner in KINDS:
        columns = [sa.column("id"), sa.column("deleted_at", sa.DateTime), sa.column("deleted_by_id"), sa.column(named)]
        if owner:
            columns.append(sa.column(owner))
        deleted = sa.select(*columns).select_from(sa.table(table, *columns)).where(columns[1].is_not(None))
        for row in connection.execute(deleted.order_by(columns[0])):
            found.setdefault((row[1], row[2]), []).append((kind, table, row[0], str(row[3] or ""), row[4] if owner else None))
    rows = [_entry(at, by_id, records) for (at, by_id), records in found.items()]
    if rows:
        op.bulk_insert(deletions, rows)


def _entry(at, by_id, records):
    """What was deleted at one moment by one person."""
    kind, _table, record_id, name, owner_id = records[0]
    counts = Counter(record[0] for record in records)
    counts[kind] -= 1
    moment = at.isoformat() + "+00:00"
    values = {"deleted_at": [None, moment], "deleted_by_id": [None, by_id]}
    return {
        "at": at,
        "by_id": by_id,
        "kind": kind,
        "record_id": record_id,
        "name": name[:200],
        "owner_id": owner_id,
        "counts": [[key, count] for key, count in counts.items() if count],
        "changes": [[table, [number], "changed", values] for _kind, table, number, _name, _owner in records],
    }


def downgrade():
    op.drop_table("deletions")
