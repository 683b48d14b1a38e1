"""What an order's lines add up to is kept with the order; indexes that let reports read neither lines nor customers

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ALIVE = sa.text("deleted_at IS NULL")
SOLD = sa.text("deleted_at IS NULL AND approved_at IS NOT NULL")
SUMS = ["line_count", "quantity", "untaxed", "untaxed_costed", "cost"]
OF_ORDERS = ["owner_id", "unit_id", "state", "total", "received"]
FORMER = ["ordered_on", "customer_id", *OF_ORDERS]
TRAITS = ["owner_id", "level_id", "region_id", "province_id", "city_id", "category_id", "source_id", "industry_id"]
TRAITS += ["status_id", "nature_id", "size_id"]
FILL = sa.text(
    "UPDATE orders SET (line_count, quantity, untaxed, untaxed_costed, cost) = (SELECT count(*),"
    " coalesce(sum(quantity), 0), coalesce(sum(net_untaxed), 0),"
    " coalesce(sum(CASE WHEN cost_amount IS NOT NULL THEN net_untaxed END), 0), coalesce(sum(cost_amount), 0)"
    " FROM order_lines WHERE order_lines.order_id = orders.id)"
)


def partial(name, table, columns, where):
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def upgrade():
    op.drop_index("ix_orders_sold", "orders")
    op.add_column("orders", sa.Column("line_count", sa.Integer(), server_default="0", nullable=False))
    for name in SUMS[1:]:
        op.add_column("orders", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.execute(FILL)
    partial("ix_orders_sold", "orders", [*FORMER, *SUMS], SOLD)
    partial("ix_orders_bought", "orders", ["customer_id", "ordered_on", *OF_ORDERS, *SUMS], SOLD)
    partial("ix_customers_days", "customers", ["registered_on", *TRAITS, "pinyin", "id"], ALIVE)
    traits = ["id", "deleted_at", "registered_on", *TRAITS, "idle_since", "last_contact_at"]
    op.create_index("ix_customers_traits", "customers", traits)
    partial("ix_contact_records_counted", "contact_records", ["customer_id", "created_by_id", "contacted_at"], ALIVE)


def downgrade():
    op.drop_index("ix_contact_records_counted", "contact_records")
    op.drop_index("ix_customers_traits", "customers")
    op.drop_index("ix_customers_days", "customers")
    op.drop_index("ix_orders_bought", "orders")
    op.drop_index("ix_orders_sold", "orders")
    with op.batch_alter_table("orders") as batch:
        for name in reversed(SUMS):
            batch.drop_column(name)
    partial("ix_orders_sold", "orders", FORMER, SOLD)
