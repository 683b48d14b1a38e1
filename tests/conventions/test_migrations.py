"""The migrations make exactly what the models say, and go both ways."""

import shutil
import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.options import Options
from crm.domain.imports.runs import begin_run
from crm.domain.imports.templates import templates_of
from crm.domain.platform.settings import change_settings
from crm.domain.schedule.items import save_item
from crm.entities.search_index import PIECES, search_table_names
from crm.extensions import db
from crm.installation.revisions import MIGRATIONS
from crm.models import Base, ImportRun, LongTask, ScheduleItem
from crm.models.engine import set_read_only
from crm.web.server.upgrade import upgrade_database
from tests.cast import Cast, actor_as
from tests.conftest import make_app
from tests.postgres import sqlite_only


def ours(item: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    by_hand = {"table": search_table_names(), "index": (PIECES,), "column": ("search_pieces",)}
    return name is None or not name.startswith(by_hand.get(kind, ("\0",)))


def test_the_migrations_equal_the_models(app: CRM) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_they_go_down_to_nothing_and_up_again(tmp_path: Path) -> None:
    app = make_app(tmp_path / "instance")
    with app.app_context():
        set_read_only(False)
        upgrade_database(app)
        downgrade(MIGRATIONS, "base")
        assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}
        upgrade(MIGRATIONS)
        assert "customers" in inspect(db.engine).get_table_names()
        db.engine.dispose()


def test_upgrading_twice_changes_nothing(migrated: Path, tmp_path: Path) -> None:
    shutil.copytree(migrated, tmp_path / "instance")
    app = make_app(tmp_path / "instance")
    with app.app_context():
        set_read_only(False)
        assert "up to date" in upgrade_database(app)
        db.engine.dispose()
    assert not (tmp_path / "instance" / "backups").exists()


@sqlite_only("the backup made before an upgrade")
def test_an_upgrade_of_an_older_database_keeps_it_and_leaves_a_backup(tmp_path: Path) -> None:
    """What was there is there; the backup opens and is of the version before."""
    app = make_app(tmp_path / "instance")
    with app.app_context():
        set_read_only(False)
        upgrade(MIGRATIONS, "0001")
        db.session.execute(text("INSERT INTO settings (key, value) VALUES ('firm_name', '\"老店\"')"))
        db.session.commit()
        assert "0001" in upgrade_database(app)
        assert db.session.scalar(text("SELECT value FROM settings WHERE key = 'firm_name'")) == '"老店"'
        db.session.remove()
        db.engine.dispose()
    (backup,) = (tmp_path / "instance" / "backups").iterdir()
    with sqlite3.connect(backup) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert connection.execute("SELECT count(*) FROM settings").fetchone() == (1,)
    connection.close()


def test_imports_that_an_older_version_left_under_way_become_tasks(app: CRM, session: Session, cast: Cast) -> None:
    template, actor = templates_of(session, KINDS["customers"])[0], actor_as(session, cast.admin)
    halfway = {"began": actor.now.isoformat(), "to": 4, "imported": 5, "updated": 0}
    for name, state, counts in (("a", "checking", {}), ("b", "running", halfway), ("c", "checked", {})):
        run = begin_run(session, template, [], f"{name}.csv", name, Options(), actor)
        run.state, run.counts = state, counts
    session.commit()
    db.session.remove()
    downgrade(MIGRATIONS, "0010")
    upgrade(MIGRATIONS)
    wanted = select(ImportRun.file_name, LongTask).join(LongTask, LongTask.id == ImportRun.task_id)
    found = {row.file_name: row.LongTask for row in session.execute(wanted)}
    assert {name: (task.kind, task.state) for name, task in found.items()} == {
        "a.csv": ("import_check", "waiting"),
        "b.csv": ("import", "waiting"),
    }
    assert found["b.csv"].result == halfway
    assert found["b.csv"].asked_at == actor.now


def test_whole_days_of_an_older_database_become_the_days_of_the_firms_zone(
    app: CRM, session: Session, cast: Cast
) -> None:
    """0012: by the zone in which they were entered."""
    start = datetime(2026, 9, 9, 3, 0, tzinfo=UTC)
    values = {"title": "出差", "all_day": True, "starts_at": start, "ends_at": start + timedelta(days=2)}
    item = save_item(session, None, values, actor_as(session, cast.wang))
    timed = save_item(session, None, {"title": "會議", "starts_at": start}, actor_as(session, cast.wang))
    change_settings(session, timezone="America/New_York")
    numbers = item.id, timed.id
    session.commit()
    db.session.remove()
    downgrade(MIGRATIONS, "0011")
    upgrade(MIGRATIONS)
    found = [session.get_one(ScheduleItem, number) for number in numbers]
    assert [(each.first_day, each.last_day) for each in found] == [(date(2026, 9, 9), date(2026, 9, 11)), (None, None)]
