"""Records that were made one, and customers that look alike but are not

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "merges",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("record_id", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by_id", sa.Integer, sa.ForeignKey("users.id")),
        sa.Column("merged", sa.JSON, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
    )
    op.create_index("ix_merges_record", "merges", ["kind", "record_id", "at"])
    op.create_index("ix_merges_at", "merges", ["at"])
    op.create_table(
        "no_duplicates",
        sa.Column("first_id", sa.Integer, sa.ForeignKey("customers.id"), primary_key=True),
        sa.Column("second_id", sa.Integer, sa.ForeignKey("customers.id"), primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by_id", sa.Integer, sa.ForeignKey("users.id")),
    )
    op.create_index("ix_no_duplicates_second_id", "no_duplicates", ["second_id"])


def downgrade():
    op.drop_table("no_duplicates")
    op.drop_table("merges")
