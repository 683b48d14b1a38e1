"""What was deleted at once is one line of the recycle bin; where the addresses of merged records lead

Revision ID: 0031
Revises: 0030
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("deletions", sa.Column("batch", sa.String(32)))
    op.create_index("ix_deletions_batch", "deletions", ["batch", "id"])
    table = op.create_table(
        "former_numbers",
        sa.Column("kind", sa.String(40), primary_key=True),
        sa.Column("former_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("record_id", sa.Integer, nullable=False),
    )
    op.create_index("ix_former_numbers_record", "former_numbers", ["kind", "record_id"])
    connection, found = op.get_bind(), {}
    for kind, record_id, merged in connection.execute(sa.text("SELECT kind, record_id, merged FROM merges ORDER BY id")):
        for former_id, *_told in json.loads(merged) if isinstance(merged, str) else merged:
            found[kind, former_id] = record_id
    for (kind, former_id), record_id in found.items():
        while (kind, record_id) in found and found[kind, record_id] != former_id:
            record_id = found[kind, record_id]
        connection.execute(table.insert().values(kind=kind, former_id=former_id, record_id=record_id))


def downgrade():
    op.drop_table("former_numbers")
    op.drop_index("ix_deletions_batch", "deletions")
    with op.batch_alter_table("deletions") as batch:
        batch.drop_column("batch")
