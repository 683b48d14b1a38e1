"""Links by which a person sets a new password, and emails that carry one

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "password_links",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.Column("made_by_id", sa.Integer, sa.ForeignKey("users.id")),
        sa.Column("expires_at", sa.DateTime, nullable=False),
        sa.Column("ended_at", sa.DateTime),
        sa.CheckConstraint("purpose IN ('reset', 'invitation')", name=op.f("ck_password_links_purpose")),
    )
    op.create_index("ix_password_links_user_made", "password_links", ["user_id", "made_at"])
    op.add_column("mail_messages", sa.Column("private_url", sa.Text))


def downgrade():
    op.drop_column("mail_messages", "private_url")
    op.drop_table("password_links")
