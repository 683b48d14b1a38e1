"""Customers and their contact records are counted by idle days in indexes

Revision ID: 0042
Revises: 0041
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

NOT_DELETED = "deleted_at IS NULL"


def idle(columns, where):
    op.drop_index("ix_customers_idle", "customers")
    op.create_index(
        "ix_customers_idle", "customers", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )


def of_customer(columns):
    op.drop_index("ix_contact_records_customer", "contact_records")
    op.create_index("ix_contact_records_customer", "contact_records", columns)


def upgrade():
    idle(["idle_since", "id", "owner_id", "last_contact_at"], NOT_DELETED)
    of_customer(["customer_id", "contacted_at", "id", "deleted_at"])


def downgrade():
    of_customer(["customer_id", "contacted_at", "id"])
    idle(["idle_since", "id", "owner_id"], f"{NOT_DELETED} AND owner_id IS NOT NULL")
