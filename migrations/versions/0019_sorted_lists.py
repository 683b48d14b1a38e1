"""Lists sorted by telephone, and records by method and level: indexes in the order of the page

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OWNED = sa.text("deleted_at IS NULL AND owner_id IS NOT NULL")
ALIVE = sa.text("deleted_at IS NULL")
INDEXES = (
    ("ix_customers_phone", "customers", ["phone_key", "pinyin", "id", "owner_id"], OWNED),
    ("ix_contact_records_method", "contact_records", ["method_id", "contacted_at", "id", "customer_id"], ALIVE),
    ("ix_contact_records_level", "contact_records", ["level_id", "contacted_at", "id", "customer_id"], ALIVE),
)


def upgrade():
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def downgrade():
    for name, table, _columns, where in INDEXES:
        op.drop_index(name, table, sqlite_where=where, postgresql_where=where)
