"""What a notice asked for may be done: it is not shown any more

Revision ID: 0036
Revises: 0035
"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("notices", sa.Column("done_at", sa.DateTime))


def downgrade():
    with op.batch_alter_table("notices") as notices:
        notices.drop_column("done_at")
