"""Provinces and cities say which version was saved

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade():
    for table in ("provinces", "cities"):
        op.add_column(table, sa.Column("version", sa.Integer, nullable=False, server_default="1"))


def downgrade():
    for table in ("cities", "provinces"):
        op.drop_column(table, "version")
