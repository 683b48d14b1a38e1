"""Deleted sales targets lie in the recycle bin like every other kind of record

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from crm.models.base import Moment

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ALIVE = sa.text("deleted_at IS NULL")


def upgrade():
    with op.batch_alter_table("sales_targets") as batch_op:
        batch_op.add_column(sa.Column("deleted_at", Moment(), nullable=True))
        batch_op.add_column(sa.Column("deleted_by_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_sales_targets_deleted_by_id"), "users", ["deleted_by_id"], ["id"])
        batch_op.drop_index("uq_sales_targets_person")
    op.create_index(
        "uq_sales_targets_person",
        "sales_targets",
        ["user_id", "year"],
        unique=True,
        sqlite_where=ALIVE,
        postgresql_where=ALIVE,
    )


def downgrade():
    op.execute("DELETE FROM target_months WHERE target_id IN (SELECT id FROM sales_targets WHERE deleted_at IS NOT NULL)")
    op.execute("DELETE FROM sales_targets WHERE deleted_at IS NOT NULL")
    op.drop_index("uq_sales_targets_person", table_name="sales_targets")
    with op.batch_alter_table("sales_targets") as batch_op:
        batch_op.drop_constraint(op.f("fk_sales_targets_deleted_by_id"), type_="foreignkey")
        batch_op.drop_column("deleted_by_id")
        batch_op.drop_column("deleted_at")
        batch_op.create_index("uq_sales_targets_person", ["user_id", "year"], unique=True)
