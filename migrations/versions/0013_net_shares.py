"""What each order line is of its order's total is kept with it, and what it cost; the old ones are filled.

All in whole cents: a line's share of the discount is rounded half up, the last line takes what remains.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ORDERS = 2000
"""So many orders are filled at once."""
INDEX = ["order_id", "product_id", "quantity", "net", "net_untaxed", "cost_amount", "price"]
LINES = sa.text(
    "SELECT line.id, line.order_id, line.amount, line.tax, line.quantity, line.cost, orders.tax_mode,"
    " orders.discount_amount FROM order_lines AS line JOIN orders ON orders.id = line.order_id"
    " WHERE line.order_id > :after AND line.order_id <= :until ORDER BY line.order_id, line.position, line.id"
)
FILL = sa.text("UPDATE order_lines SET net = :net, net_untaxed = :untaxed, cost_amount = :cost WHERE id = :id")


def upgrade():
    op.add_column("order_lines", sa.Column("net", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("order_lines", sa.Column("net_untaxed", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("order_lines", sa.Column("cost_amount", sa.BigInteger(), nullable=True))
    connection = op.get_bind()
    last = connection.scalar(sa.text("SELECT max(order_id) FROM order_lines")) or 0
    for after in range(0, last, ORDERS):
        values = filled(connection.execute(LINES, {"after": after, "until": after + ORDERS}).all())
        if values:
            connection.execute(FILL, values)
    op.create_index("ix_order_lines_sold", "order_lines", INDEX)


def filled(rows):
    """The values of these lines; those of one order stand together."""
    found, start = [], 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or rows[end].order_id != rows[start].order_id:
            found += shares(rows[start:end])
            start = end
    return found


def shares(lines):
    whole, discount = sum(line.amount for line in lines), lines[0].discount_amount or 0
    left = discount if whole else 0
    for number, line in enumerate(lines, 1):
        off = left if number == len(lines) else half_up(discount * line.amount, whole) if whole else 0
        left -= off
        net = line.amount - off + (0 if line.tax_mode == "included" else line.tax)
        # A price has four decimals, a quantity three: their product is cents after five more.
        cost = None if line.cost is None else half_up(line.cost * line.quantity, 10**5)
        yield {"id": line.id, "net": net, "untaxed": net - line.tax, "cost": cost}


def half_up(part, whole):
    return (2 * part + whole) // (2 * whole)


def downgrade():
    op.drop_index("ix_order_lines_sold", "order_lines")
    with op.batch_alter_table("order_lines") as batch:
        batch.drop_column("cost_amount")
        batch.drop_column("net_untaxed")
        batch.drop_column("net")
