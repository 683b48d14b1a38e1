"""Reports kept under a name, to whom they are emailed, and emails that carry one

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "saved_reports",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("report", sa.String(40), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("role_id", sa.Integer, sa.ForeignKey("roles.id")),
        sa.Column("every", sa.String(14), nullable=False, server_default="never"),
        sa.Column("weekday", sa.Integer, nullable=False, server_default="0"),
        sa.Column("month_day", sa.Integer, nullable=False, server_default="1"),
        sa.Column("hour", sa.Integer, nullable=False, server_default="8"),
        sa.Column("emailed_for", sa.DateTime),
        sa.CheckConstraint("every IN ('never', 'daily', 'weekly', 'monthly', 'first_workday')", name="every"),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        sa.CheckConstraint("month_day BETWEEN 1 AND 31", name="month_day"),
    )
    op.create_index("ix_saved_reports_user", "saved_reports", ["user_id", "name"])
    op.create_table(
        "report_receivers",
        sa.Column("saved_report_id", sa.Integer, sa.ForeignKey("saved_reports.id"), primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id"), primary_key=True),
    )
    op.add_column("mail_messages", sa.Column("report", sa.JSON))


def downgrade():
    with op.batch_alter_table("mail_messages") as batch:
        batch.drop_column("report")
    op.drop_table("report_receivers")
    op.drop_table("saved_reports")
