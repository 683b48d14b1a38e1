"""Whole days in the schedule are days, not the moments at which they begin in the firm's zone

Revision ID: 0012
Revises: 0011
"""

from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from crm.models.base import Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ITEMS = sa.table(
    "schedule_items",
    sa.column("id", sa.Integer()),
    sa.column("starts_at", Moment()),
    sa.column("ends_at", Moment()),
    sa.column("all_day", sa.Boolean()),
    sa.column("first_day", sa.Date()),
    sa.column("last_day", sa.Date()),
)
SETTINGS = sa.table("settings", sa.column("key", sa.String()), sa.column("value", sa.JSON()))
CHECK = "all_day = (first_day IS NOT NULL) AND all_day = (last_day IS NOT NULL)"


def upgrade():
    with op.batch_alter_table("schedule_items") as batch_op:
        batch_op.add_column(sa.Column("first_day", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("last_day", sa.Date(), nullable=True))
    _fill_days(op.get_bind())
    with op.batch_alter_table("schedule_items") as batch_op:
        batch_op.create_check_constraint("days", CHECK)


def _fill_days(connection):
    """By the zone that the firm has now: in it the days were entered."""
    name = connection.scalar(sa.select(SETTINGS.c.value).where(SETTINGS.c.key == "timezone"))
    zone = ZoneInfo(name or "Asia/Shanghai")
    wanted = sa.select(ITEMS.c.id, ITEMS.c.starts_at, ITEMS.c.ends_at).where(ITEMS.c.all_day.is_(sa.true()))
    days = [
        {
            "item": row.id,
            "first": row.starts_at.astimezone(zone).date(),
            "last": (row.ends_at or row.starts_at).astimezone(zone).date(),
        }
        for row in connection.execute(wanted)
    ]
    if days:
        one = ITEMS.update().where(ITEMS.c.id == sa.bindparam("item"))
        connection.execute(one.values(first_day=sa.bindparam("first"), last_day=sa.bindparam("last")), days)


def downgrade():
    with op.batch_alter_table("schedule_items") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_schedule_items_days"), type_="check")
    with op.batch_alter_table("schedule_items") as batch_op:
        batch_op.drop_column("last_day")
        batch_op.drop_column("first_day")
