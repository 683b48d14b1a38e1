"""Administrators import past contact records and orders, and see how the system is

Revision ID: 0038
Revises: 0037
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

RIGHTS = ("import_records:view", "import_records:save", "import_orders:view", "import_orders:save")
RIGHTS += ("system_status:view",)


def upgrade():
    for right in RIGHTS:
        op.execute(
            f"INSERT INTO role_grants (role_id, permission) SELECT id, '{right}' FROM roles"
            " WHERE key = 'administrator'"
        )


def downgrade():
    for table in ("role_grants", "personal_grants"):
        op.execute(f"DELETE FROM {table} WHERE permission LIKE 'import_records:%'")
        op.execute(f"DELETE FROM {table} WHERE permission LIKE 'import_orders:%'")
        op.execute(f"DELETE FROM {table} WHERE permission LIKE 'system_status:%'")
