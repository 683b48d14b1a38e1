"""Rules of approval, who stands in for whom, what a submitted document needs, and in whose place a step was taken

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def stamps():
    return [
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("updated_at", sa.DateTime, nullable=False),
        sa.Column("created_by_id", sa.Integer, sa.ForeignKey("users.id")),
        sa.Column("deleted_at", sa.DateTime),
        sa.Column("deleted_by_id", sa.Integer, sa.ForeignKey("users.id")),
    ]


def upgrade():
    op.create_table(
        "approval_rules",
        *stamps(),
        sa.Column("document", sa.String(20), nullable=False),
        sa.Column("condition", sa.String(8), nullable=False),
        sa.Column("amount", sa.BigInteger),
        sa.Column("level_id", sa.Integer, sa.ForeignKey("customer_levels.id")),
        sa.Column("role_id", sa.Integer, sa.ForeignKey("roles.id")),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("users.id")),
        sa.Column("second_id", sa.Integer, sa.ForeignKey("users.id")),
        sa.CheckConstraint("condition IN ('amount', 'price', 'level')", name="condition"),
        sa.CheckConstraint("(condition = 'amount') = (amount IS NOT NULL)", name="amount"),
        sa.CheckConstraint("(condition = 'level') = (level_id IS NOT NULL)", name="level"),
        sa.CheckConstraint("role_id IS NULL OR person_id IS NULL", name="decider"),
    )
    op.create_table(
        "approval_stand_ins",
        *stamps(),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("stand_in_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("until_on", sa.Date, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.CheckConstraint("user_id <> stand_in_id", name="somebody_else"),
        sa.CheckConstraint("until_on >= from_on", name="days"),
    )
    op.create_index("ix_approval_stand_ins_stand_in", "approval_stand_ins", ["stand_in_id", "active"])
    op.create_table(
        "approval_requirements",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("record_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False, server_default="0"),
        sa.Column("role_id", sa.Integer, sa.ForeignKey("roles.id")),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("users.id")),
        sa.Column("reasons", sa.JSON, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("decided_by_id", sa.Integer, sa.ForeignKey("users.id")),
        sa.Column("decided_at", sa.DateTime),
        sa.CheckConstraint("state IN ('waiting', 'open', 'done')", name="state"),
        sa.CheckConstraint("(state = 'done') = (decided_by_id IS NOT NULL)", name="decided"),
    )
    op.create_index("ix_approval_requirements_record", "approval_requirements", ["kind", "record_id", "position"])
    op.add_column("workflow_events", sa.Column("for_id", sa.Integer))


def downgrade():
    with op.batch_alter_table("workflow_events") as batch:
        batch.drop_column("for_id")
    op.drop_table("approval_requirements")
    op.drop_table("approval_stand_ins")
    op.drop_table("approval_rules")
