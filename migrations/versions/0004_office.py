"""The schedule's repetition, participants and calendar addresses; second factors; when a session last sent something

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

import crm.models.base

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TO_REMIND = sa.text("remind_minutes IS NOT NULL AND deleted_at IS NULL AND done_at IS NULL")
RECORDS_TO_REMIND = {
    "sqlite_where": sa.text("remind_by_email = 1 AND deleted_at IS NULL"),
    "postgresql_where": sa.text("remind_by_email AND deleted_at IS NULL"),
}


def upgrade():
    upgrade_schedule()
    upgrade_signing_in()


def downgrade():
    downgrade_signing_in()
    downgrade_schedule()


def upgrade_schedule():
    op.create_table(
        "schedule_series",
        sa.Column("frequency", sa.String(length=10), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("frequency IN ('daily', 'weekly', 'monthly')", name=op.f("ck_schedule_series_frequency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_series")),
    )
    with op.batch_alter_table("schedule_items") as batch_op:
        batch_op.add_column(sa.Column("series_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("series_day", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("on_its_own", sa.Boolean(), server_default="0", nullable=False))
        batch_op.create_foreign_key(
            batch_op.f("fk_schedule_items_series_id"), "schedule_series", ["series_id"], ["id"]
        )
        batch_op.create_index("ix_schedule_items_series", ["series_id", "series_day"])
        batch_op.create_index(
            "ix_schedule_items_to_remind", ["starts_at"], sqlite_where=TO_REMIND, postgresql_where=TO_REMIND
        )
    op.create_table(
        "schedule_participants",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["schedule_items.id"], name=op.f("fk_schedule_participants_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_schedule_participants_user_id")),
        sa.PrimaryKeyConstraint("item_id", "user_id", name=op.f("pk_schedule_participants")),
    )
    op.create_index(op.f("ix_schedule_participants_user_id"), "schedule_participants", ["user_id"])
    op.create_index("ix_contact_records_to_remind", "contact_records", ["next_contact_at"], **RECORDS_TO_REMIND)
    op.create_table(
        "calendar_addresses",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", crm.models.base.Moment(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_calendar_addresses_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_addresses")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_addresses_token_hash")),
        sa.UniqueConstraint("user_id", name=op.f("uq_calendar_addresses_user_id")),
    )


def downgrade_schedule():
    op.drop_table("calendar_addresses")
    op.drop_index("ix_contact_records_to_remind", "contact_records", **RECORDS_TO_REMIND)
    op.drop_table("schedule_participants")
    with op.batch_alter_table("schedule_items") as batch_op:
        batch_op.drop_index("ix_schedule_items_to_remind", sqlite_where=TO_REMIND, postgresql_where=TO_REMIND)
        batch_op.drop_index("ix_schedule_items_series")
        batch_op.drop_constraint(batch_op.f("fk_schedule_items_series_id"), type_="foreignkey")
        batch_op.drop_column("on_its_own")
        batch_op.drop_column("series_day")
        batch_op.drop_column("series_id")
    op.drop_table("schedule_series")


def upgrade_signing_in():
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.String(length=64), nullable=False),
        sa.Column("begun_at", crm.models.base.Moment(), nullable=False),
        sa.Column("confirmed_at", crm.models.base.Moment(), nullable=True),
        sa.Column("last_step", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_second_factors_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", crm.models.base.Moment(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint("user_id", "code_hash", name=op.f("uq_recovery_codes_user_id_code_hash")),
    )
    with op.batch_alter_table("login_sessions") as batch_op:
        batch_op.add_column(sa.Column("last_sent_at", crm.models.base.Moment(), nullable=True))


def downgrade_signing_in():
    with op.batch_alter_table("login_sessions") as batch_op:
        batch_op.drop_column("last_sent_at")
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
