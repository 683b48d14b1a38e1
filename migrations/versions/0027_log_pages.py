"""Seals of the logs, and indexes for the pages that look through them

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

INDEXES = {
    "operation_log": {
        "entity_at": ["entity", "at"],
        "user_at": ["user_id", "at"],
        "action_at": ["action", "at"],
        "address_at": ["address", "at"],
        "name": ["name", "at"],
    },
    "system_log": {
        "kind_at": ["kind", "at"],
        "user_at": ["user_id", "at"],
        "address_at": ["address", "at"],
        "name": ["name", "at"],
    },
}


def upgrade():
    op.create_table(
        "log_seals",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("log", sa.String(20), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("last_id", sa.Integer, nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("marks", sa.LargeBinary),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("until", sa.DateTime, nullable=False),
        sa.Column("key_mark", sa.String(16), nullable=False),
        sa.Column("signature", sa.String(64), nullable=False),
        sa.CheckConstraint("kind IN ('entries', 'pruned', 'restored')", name=op.f("ck_log_seals_kind")),
    )
    op.create_index("uq_log_seals_log", "log_seals", ["log", "number"], unique=True)
    for table, indexes in INDEXES.items():
        for name, columns in indexes.items():
            op.create_index(f"ix_{table}_{name}", table, columns)


def downgrade():
    for table, indexes in INDEXES.items():
        for name in indexes:
            op.drop_index(f"ix_{table}_{name}", table_name=table)
    op.drop_table("log_seals")
