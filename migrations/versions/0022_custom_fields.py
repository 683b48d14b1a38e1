"""Fields that a firm adds to its records, and their values

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

TABLES = ("customers", "contacts", "contact_records", "opportunities", "quotes", "orders", "products")
MODULES = ("customers", "contacts", "records", "opportunities", "quotes", "orders", "products")


def upgrade():
    op.create_table(
        "custom_fields",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("entity", sa.String(40), nullable=False),
        sa.Column("label", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("heading", sa.String(40)),
        sa.Column("help", sa.String(200)),
        sa.Column("start", sa.String(200)),
        sa.Column("required", sa.Boolean, nullable=False),
        sa.Column("restricted", sa.Boolean, nullable=False),
        sa.Column("retired", sa.Boolean, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    )
    op.create_index("ix_custom_fields_entity", "custom_fields", ["entity", "position", "id"])
    for table in TABLES:
        op.add_column(table, sa.Column("custom", sa.Text().with_variant(JSONB(), "postgresql")))
    # Who sees everything sees the restricted fields too.
    for module in MODULES:
        op.execute(
            f"INSERT INTO role_grants (role_id, permission) SELECT id, '{module}:restricted' FROM roles"
            " WHERE key IN ('administrator', 'sales_manager')"
        )


def downgrade():
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        # A column that an index is made of cannot be dropped there.
        found = sa.text("SELECT name FROM sqlite_master WHERE type = 'index' AND substr(name, 1, 4) = 'own_'")
        for name in list(connection.scalars(found)):
            op.drop_index(name)
    op.execute("DELETE FROM role_grants WHERE permission LIKE '%_restricted'")
    op.execute("DELETE FROM personal_grants WHERE permission LIKE '%_restricted'")
    for table in TABLES:
        op.drop_column(table, "custom")
    op.drop_table("custom_fields")
