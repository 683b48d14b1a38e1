"""What somebody sold and received in a year is read in an index alone

Revision ID: 0041
Revises: 0040
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

ALIVE = sa.text("deleted_at IS NULL")
COLUMNS = {
    "orders": ["owner_id", "state", "ordered_on", "id", "total", "received"],
    "receipts": ["owner_id", "state", "received_on", "id", "amount"],
}


def make(where):
    for table, columns in COLUMNS.items():
        name = f"ix_{table}_owner"
        op.drop_index(name, table)
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def upgrade():
    make(ALIVE)


def downgrade():
    make(None)
