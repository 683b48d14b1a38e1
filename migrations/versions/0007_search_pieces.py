"""PostgreSQL finds any part of a text, two characters too, by pieces in a column of their own; pg_trgm goes.

A piece is every one, two or three characters in a row; a GIN index holds them. The database makes them from
`search_text`, so that they are right whoever writes. SQLite has its full-text tables.
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("customers", "contacts", "opportunities", "products", "quotes", "orders", "receipts")
FUNCTION = """
CREATE FUNCTION search_pieces(words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT substr(words, at, size)), '{}')
    FROM generate_series(1, length(words)) AS at, generate_series(1, 3) AS size
    WHERE at + size - 1 <= length(words)
$$
"""


def upgrade():
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(FUNCTION)
    for table in TABLES:
        op.execute(f"DROP INDEX IF EXISTS trgm_{table}")
        column = "search_pieces text[] GENERATED ALWAYS AS (search_pieces(search_text)) STORED"
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
        op.execute(f"CREATE INDEX pieces_{table} ON {table} USING gin (search_pieces)")


def downgrade():
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} DROP COLUMN search_pieces")
    op.execute("DROP FUNCTION search_pieces(text)")
