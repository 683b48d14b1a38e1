"""What is overdue is read from the reports' indexes of orders, too

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

SOLD = sa.text("deleted_at IS NULL AND approved_at IS NOT NULL")
SUMS = ["line_count", "quantity", "untaxed", "untaxed_costed", "cost"]
BEFORE = ["owner_id", "unit_id", "state", "total", "received"]


def make(columns):
    for name, first in (
        ("ix_orders_sold", ["ordered_on", "customer_id"]),
        ("ix_orders_bought", ["customer_id", "ordered_on"]),
    ):
        op.drop_index(name, "orders")
        op.create_index(name, "orders", [*first, *columns, *SUMS], sqlite_where=SOLD, postgresql_where=SOLD)


def upgrade():
    make([*BEFORE, "due_on"])


def downgrade():
    make(BEFORE)
