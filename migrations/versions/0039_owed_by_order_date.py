"""The report of receivables finds what is owed by order date and department in its index

Revision ID: 0039
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

OWED = sa.text("deleted_at IS NULL AND approved_at IS NOT NULL AND received < total")
BEFORE = ["due_on", "id", "owner_id", "customer_id", "state", "total", "received", "pending"]


def make(columns):
    op.drop_index("ix_orders_owed", "orders")
    op.create_index("ix_orders_owed", "orders", columns, sqlite_where=OWED, postgresql_where=OWED)


def upgrade():
    make([*BEFORE, "ordered_on", "unit_id"])


def downgrade():
    make(BEFORE)
