"""Print templates: what was ticked, and the paper

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("print_templates", sa.Column("paper", sa.String(12), nullable=False, server_default="a4"))
    op.add_column("print_templates", sa.Column("choices", sa.JSON))


def downgrade():
    op.drop_column("print_templates", "choices")
    op.drop_column("print_templates", "paper")
