"""Files at records

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

from crm.models.base import Moment

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "stored_files",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("media_type", sa.String(100), nullable=False),
        sa.Column("pictured", sa.Boolean, nullable=False),
        sa.Column("stored_at", Moment, nullable=False),
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("record_id", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), sa.ForeignKey("stored_files.digest"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("updated_at", Moment, nullable=False),
        sa.Column("created_by_id", sa.Integer, sa.ForeignKey("users.id")),
        sa.Column("deleted_at", Moment),
        sa.Column("deleted_by_id", sa.Integer, sa.ForeignKey("users.id")),
    )
    op.create_index("ix_attachments_record", "attachments", ["kind", "record_id", "id"])
    op.create_index("ix_attachments_digest", "attachments", ["digest"])


def downgrade():
    op.drop_table("attachments")
    op.drop_table("stored_files")
