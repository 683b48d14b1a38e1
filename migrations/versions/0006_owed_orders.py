"""Indexes of the orders that are sold, and of those still owed something

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

SOLD_BEFORE = sa.text("deleted_at IS NULL AND state = 'approved'")
SOLD = sa.text("deleted_at IS NULL AND approved_at IS NOT NULL")
OWED = sa.text("deleted_at IS NULL AND approved_at IS NOT NULL AND received < total")
DUE = ['due_on', 'id', 'owner_id', 'total', 'received']


def upgrade():
    op.drop_index('ix_orders_due', 'orders')
    op.create_index('ix_orders_due', 'orders', DUE, sqlite_where=SOLD, postgresql_where=SOLD)
    owed = ['due_on', 'id', 'owner_id', 'customer_id', 'state', 'total', 'received', 'pending']
    op.create_index('ix_orders_owed', 'orders', owed, sqlite_where=OWED, postgresql_where=OWED)


def downgrade():
    op.drop_index('ix_orders_owed', 'orders')
    op.drop_index('ix_orders_due', 'orders')
    op.create_index('ix_orders_due', 'orders', DUE, sqlite_where=SOLD_BEFORE, postgresql_where=SOLD_BEFORE)
