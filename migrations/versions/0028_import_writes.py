"""What each step of an import wrote, so that it can be undone

Revision ID: 0028
Revises: 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "import_writes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("run_id", sa.Integer, sa.ForeignKey("import_runs.id"), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("made", sa.JSON, nullable=False),
        sa.Column("changed", sa.JSON, nullable=False),
        sa.Column("items", sa.JSON, nullable=False),
    )
    op.create_index("ix_import_writes_run_id", "import_writes", ["run_id"])


def downgrade():
    op.drop_table("import_writes")
