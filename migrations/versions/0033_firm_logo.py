"""The firm's logo

Revision ID: 0033
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "firm_logos",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("png", sa.LargeBinary, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
    )


def downgrade():
    op.drop_table("firm_logos")
    op.execute("DELETE FROM settings WHERE key = 'logo'")
