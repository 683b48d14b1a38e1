"""Indexes of what was sold and received in a time, which answer a report without the tables

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SOLD = sa.text("deleted_at IS NULL AND approved_at IS NOT NULL")
ALIVE = sa.text("deleted_at IS NULL")
ORDERS = ["ordered_on", "customer_id", "owner_id", "unit_id", "state", "total", "received"]
RECEIPTS = ["received_on", "state", "customer_id", "owner_id", "unit_id", "amount"]


def upgrade():
    op.create_index("ix_orders_sold", "orders", ORDERS, sqlite_where=SOLD, postgresql_where=SOLD)
    op.create_index("ix_receipts_days", "receipts", RECEIPTS, sqlite_where=ALIVE, postgresql_where=ALIVE)


def downgrade():
    op.drop_index("ix_receipts_days", "receipts")
    op.drop_index("ix_orders_sold", "orders")
