"""One runner for long work: imports are long tasks too

Revision ID: 0011
Revises: 0010
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from crm.models.base import Moment

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

RUNS = sa.table(
    "import_runs",
    *(sa.column(name, kind) for name, kind in (("id", sa.Integer), ("by_id", sa.Integer), ("task_id", sa.Integer))),
    sa.column("state", sa.String),
    sa.column("counts", sa.JSON),
    sa.column("started_at", Moment),
)
TASKS = sa.table(
    "long_tasks",
    *(sa.column(name, sa.Integer) for name in ("id", "by_id", "done", "total", "starts")),
    *(sa.column(name, sa.String) for name in ("kind", "state")),
    *(sa.column(name, sa.JSON) for name in ("payload", "result")),
    sa.column("asked_at", Moment),
)
KINDS = {"checking": "import_check", "running": "import"}


def upgrade() -> None:
    with op.batch_alter_table("long_tasks") as batch:
        batch.add_column(sa.Column("starts", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("file", sa.String(60), nullable=True))
        batch.add_column(sa.Column("number", sa.String(20), nullable=True))
    with op.batch_alter_table("import_runs") as batch:
        batch.add_column(sa.Column("task_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_import_runs_task_id"), "long_tasks", ["task_id"], ["id"], ondelete="SET NULL"
        )
        batch.create_index(op.f("ix_import_runs_task_id"), ["task_id"])
    _go_on_with_runs()


def _go_on_with_runs() -> None:
    """What the older version left under way becomes a task of its own, so that it is finished."""
    connection = op.get_bind()
    left = connection.execute(sa.select(RUNS).where(RUNS.c.state.in_(KINDS))).mappings().all()
    for run in left:
        task: dict[str, Any] = {
            "kind": KINDS[run["state"]],
            "by_id": run["by_id"],
            "asked_at": run["started_at"],
            "state": "waiting",
            "payload": {"run": run["id"]},
            "result": run["counts"] if "began" in run["counts"] else {},
            "done": 0,
            "total": 100,
            "starts": 0,
        }
        made = connection.execute(sa.insert(TASKS).values(**task).returning(TASKS.c.id)).scalar_one()
        connection.execute(sa.update(RUNS).where(RUNS.c.id == run["id"]).values(task_id=made))


def downgrade() -> None:
    with op.batch_alter_table("import_runs") as batch:
        batch.drop_index(op.f("ix_import_runs_task_id"))
        batch.drop_constraint(op.f("fk_import_runs_task_id"), type_="foreignkey")
        batch.drop_column("task_id")
    with op.batch_alter_table("long_tasks") as batch:
        batch.drop_column("number")
        batch.drop_column("file")
        batch.drop_column("starts")
