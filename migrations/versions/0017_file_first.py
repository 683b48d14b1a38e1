"""An import may begin with the file alone: a run without a template

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("import_runs") as batch:
        batch.alter_column("template_id", existing_type=sa.Integer(), nullable=True)


def downgrade():
    op.execute("DELETE FROM import_runs WHERE template_id IS NULL")
    with op.batch_alter_table("import_runs") as batch:
        batch.alter_column("template_id", existing_type=sa.Integer(), nullable=False)
