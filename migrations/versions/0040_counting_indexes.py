"""Lists of orders and receipts are counted and added up in their indexes

Revision ID: 0040
Revises: 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

ALIVE = sa.text("deleted_at IS NULL")
ADDED = {"orders": ["customer_id", "unit_id", "total", "received"], "receipts": ["customer_id", "unit_id", "amount"]}
DAYS = {"orders": "ordered_on", "receipts": "received_on"}


def make(table, name, columns, where=None):
    op.drop_index(name, table)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def upgrade():
    for table, added in ADDED.items():
        day = DAYS[table]
        make(table, f"ix_{table}_list", [day, "id", "owner_id", "state", *added], ALIVE)
        make(table, f"ix_{table}_state", ["state", day, "id", "owner_id", *added], ALIVE)


def downgrade():
    for table, day in DAYS.items():
        make(table, f"ix_{table}_list", [day, "id", "owner_id", "state"], ALIVE)
        make(table, f"ix_{table}_state", ["state", day, "id", "owner_id"])
