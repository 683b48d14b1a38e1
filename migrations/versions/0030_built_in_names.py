"""Which choices came with the program: each reader is told those in their own language

Revision ID: 0030
Revises: 0029
"""

import sqlalchemy as sa
from alembic import op

from crm.text.built_in_names import BUILT_IN

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

TABLES = ("dictionary_items", "customer_levels")


def upgrade():
    for table in TABLES:
        op.add_column(table, sa.Column("built_in", sa.String(60)))
    connection = op.get_bind()
    items = sa.table("dictionary_items", sa.column("name"), sa.column("built_in"), sa.column("dictionary"))
    levels = sa.table("customer_levels", sa.column("name"), sa.column("built_in"))
    for key, names in BUILT_IN.items():
        own = items.c.dictionary.not_like("custom%")
        seeded = [names["zh_Hant"], names["zh_Hans"]]
        connection.execute(items.update().where(items.c.name.in_(seeded), own).values(built_in=key))
        connection.execute(levels.update().where(levels.c.name.in_(seeded)).values(built_in=key))


def downgrade():
    for table in TABLES:
        with op.batch_alter_table(table) as batch:
            batch.drop_column("built_in")
