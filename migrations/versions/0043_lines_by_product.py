"""Each order line holds its order's day of sale and customer, so that reports by product read one index

The day is worked out by the database from the order's state, and carried over to the lines by their foreign key.

Revision ID: 0043
Revises: 0042
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

SOLD_ON = "CASE WHEN state = 'approved' AND deleted_at IS NULL THEN ordered_on ELSE '0001-01-01' END"
KEY = "fk_order_lines_order_id"
FILL = sa.text(
    "UPDATE order_lines SET (sold_on, buyer_id) ="
    " (SELECT orders.sold_on, orders.customer_id FROM orders WHERE orders.id = order_lines.order_id)"
)
PRODUCTS = ["product_id", "sold_on", "buyer_id", "quantity", "net", "net_untaxed", "cost_amount", "price"]


def upgrade():
    # PostgreSQL has no index of a column that is not stored; to a table that exists SQLite adds no stored one.
    stored = None if op.get_context().dialect.name == "sqlite" else True
    op.add_column("orders", sa.Column("sold_on", sa.Date, sa.Computed(SOLD_ON, persisted=stored), nullable=False))
    op.create_index("uq_orders_sale", "orders", ["id", "sold_on", "customer_id"], unique=True)
    op.add_column("order_lines", sa.Column("sold_on", sa.Date, nullable=False, server_default="0001-01-01"))
    op.add_column("order_lines", sa.Column("buyer_id", sa.Integer, nullable=False, server_default="0"))
    op.execute(FILL)
    with op.batch_alter_table("order_lines") as batch:
        batch.alter_column("sold_on", existing_type=sa.Date, existing_nullable=False, server_default=None)
        batch.alter_column("buyer_id", existing_type=sa.Integer, existing_nullable=False, server_default=None)
        batch.drop_constraint(KEY, type_="foreignkey")
        batch.create_foreign_key(
            KEY,
            "orders",
            ["order_id", "sold_on", "buyer_id"],
            ["id", "sold_on", "customer_id"],
            onupdate="CASCADE",
        )
    op.drop_index("ix_order_lines_product_id", "order_lines")
    op.create_index("ix_order_lines_products", "order_lines", PRODUCTS)


def downgrade():
    op.drop_index("ix_order_lines_products", "order_lines")
    op.create_index("ix_order_lines_product_id", "order_lines", ["product_id"])
    with op.batch_alter_table("order_lines") as batch:
        batch.drop_constraint(KEY, type_="foreignkey")
        batch.create_foreign_key(KEY, "orders", ["order_id"], ["id"])
        batch.drop_column("buyer_id")
        batch.drop_column("sold_on")
    op.drop_index("uq_orders_sale", "orders")
    op.drop_column("orders", "sold_on")
