"""Restoring a backup: exactly, or not at all (D-4, hostile cases 58 to 61)."""

import shutil
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.accounts.sign_in import start_session, token_hash, user_of_token
from crm.domain.platform.backups import ATTACHMENTS
from crm.domain.platform.custom_fields import save_field
from crm.domain.platform.settings import change_settings, read_settings
from crm.entities.custom_fields import attribute
from crm.entities.customers import CUSTOMER
from crm.entities.lookups import Lookups
from crm.entities.record_saving import Actor
from crm.errors import DomainError
from crm.extensions import db
from crm.fields import Context
from crm.installation import archive, backup_files, database_copy, restore_gate
from crm.installation.backup_files import Backup
from crm.installation.database_file import open_connection
from crm.jobs import restore as restoring
from crm.jobs.backup_check import check_backup
from crm.jobs.database import write_session
from crm.jobs.long_tasks import request_task, run_task
from crm.jobs.restore import RESTORE, restore
from crm.models import Customer, JobRun, LoginSession, MailMessage, SystemLog
from crm.models.custom_values import value_of
from tests.cast import Cast
from tests.factories import make_customer
from tests.jobs.backing_up import all_rows, backup_now, restore_by_name


def names(session: Session) -> set[str]:
    session.rollback()
    return set(session.scalars(select(Customer.name)))


def test_restored_it_is_exactly_as_at_noon(session: Session, cast: Cast, admin: Actor, folder: Path) -> None:
    kept = make_customer(session, cast.wang, name="中午的客戶")
    attachments = folder / ATTACHMENTS
    attachments.mkdir(parents=True)
    (attachments / "kept").write_bytes(b"1")
    made = backup_now(session, admin)
    before = all_rows()
    kept.name = "改壞了"
    make_customer(session, cast.wang, name="下午的客戶")
    change_settings(session, firm_name="別的公司")
    (attachments / "kept").unlink()
    told = restore_by_name(session, made.name, admin)
    assert all_rows() == before
    assert (attachments / "kept").read_bytes() == b"1"
    assert "中午的客戶" in names(session)
    assert read_settings(session).firm_name != "別的公司"  # nothing is remembered of what was
    safety = backup_files.find(made.path.parent, told["safety"])
    assert safety is not None
    assert safety.reason == backup_files.BEFORE_RESTORE
    log = session.scalars(select(SystemLog).where(SystemLog.name == "restored")).one()
    assert made.name in (log.detail or "")
    assert log.user_id == cast.admin.id
    restore_by_name(session, safety.name, admin)
    assert {"改壞了", "下午的客戶"} <= names(session)


def test_a_firm_with_custom_fields_gets_its_data_back(session: Session, cast: Cast, admin: Actor) -> None:
    field = save_field(
        session, None, CUSTOMER, {"label": "編號", "kind": "text"}, Context(UTC, Lookups(session)), admin
    )
    customer = make_customer(session, cast.wang, name="有編號的", **{attribute(field): "A-1"})
    made = backup_now(session, admin)
    check_backup(db.engine, made.path, admin)
    customer.custom = None
    restore_by_name(session, made.name, admin)
    assert [value_of(found, attribute(field)) for found in session.scalars(select(Customer))] == ["A-1"]


def test_everybody_else_is_signed_out(session: Session, cast: Cast, admin: Actor) -> None:
    made = backup_now(session, admin)
    mine, theirs = (start_session(session, user, "", "", admin.now) for user in (cast.admin, cast.wang))
    restore_by_name(session, made.name, admin, token_hash=token_hash(mine))
    assert user_of_token(session, mine, admin.now) is not None
    assert user_of_token(session, theirs, admin.now) is None
    open_ones = select(func.count()).select_from(LoginSession).where(LoginSession.ended_at.is_(None))
    assert session.scalar(open_ones) == 1


def test_what_was_sent_or_done_since_is_not_done_again(session: Session, cast: Cast, admin: Actor) -> None:
    def letter(key: str) -> MailMessage:
        return MailMessage(
            key=key,
            user_id=cast.wang.id,
            address="wang@example.com",
            language="zh_Hant",
            message="x",
            values={},
            created_at=admin.now,
            next_try_at=admin.now,
        )

    session.add(letter("waiting"))
    made = backup_now(session, admin)
    session.add(JobRun(job="recycling", due="2026-11-29", state="done", claimed_at=admin.now))
    restore_by_name(session, made.name, admin)
    assert session.scalars(select(MailMessage.state)).all() == ["failed"]
    assert session.scalar(select(JobRun.due).where(JobRun.job == "recycling")) == "2026-11-29"


def spoil(made: Backup, change: Callable[[Path], None]) -> str:
    """The backup again, with a database that was changed by hand and hashes that fit: as somebody hostile would."""
    work = made.path.parent / "work"
    work.mkdir()
    manifest = archive.extract(made.path, work)
    change(work / manifest.database)
    target = backup_files.new_path(made.path.parent, datetime.now(UTC), ".zip")
    archive.write_archive(target, manifest, [(manifest.database, work / manifest.database)])
    shutil.rmtree(work)
    return target.name


def with_trigger(file: Path) -> None:
    with open_connection(file) as connection:
        connection.execute("CREATE TRIGGER evil AFTER INSERT ON customers BEGIN DELETE FROM users; END")


def with_view(file: Path) -> None:
    with open_connection(file) as connection:
        connection.execute("CREATE VIEW more AS SELECT * FROM users")


def foreign(file: Path) -> None:
    with open_connection(file) as connection:
        connection.execute("PRAGMA application_id=1")


def newer(file: Path) -> None:
    with open_connection(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def with_orphans(file: Path) -> None:
    with open_connection(file) as connection:
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute("UPDATE users SET unit_id = 99999")


def with_another_table(file: Path) -> None:
    with open_connection(file) as connection:
        connection.execute("CREATE TABLE more (id INTEGER)")


def truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-4096])


@pytest.mark.parametrize(
    "change", [with_trigger, with_view, foreign, newer, with_orphans, with_another_table, truncated]
)
def test_what_is_not_ours_is_refused_and_nothing_changes(
    session: Session, cast: Cast, admin: Actor, change: Callable[[Path], None], folder: Path
) -> None:
    """Hostile case 58."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("a file of SQLite's, changed by hand")
    name = spoil(backup_now(session, admin), change)
    make_customer(session, cast.wang, name="還在")
    session.commit()
    before = all_rows()
    with pytest.raises(DomainError):
        restore_by_name(session, name, admin)
    assert all_rows() == before
    assert not (folder / "restoring.part").exists()
    assert not (folder / "restoring").exists()


def test_an_encrypted_backup_opens_with_its_password_alone(session: Session, cast: Cast, admin: Actor) -> None:
    change_settings(session, backup_password="雨傘 umbrella 7")
    make_customer(session, cast.wang, name="加密的客戶")
    made = backup_now(session, admin)
    assert made.is_encrypted
    assert "加密的客戶".encode() not in made.path.read_bytes()
    assert b"SQLite" not in made.path.read_bytes()
    change_settings(session, backup_password="")
    session.commit()
    with pytest.raises(DomainError, match="password"):
        restore(db.engine, made.name, admin, password="something else")
    flipped = bytearray(made.path.read_bytes())
    flipped[-5] ^= 1
    spoiled = made.path.with_name("shuke-20200101-000000.backup")
    spoiled.write_bytes(flipped)
    with pytest.raises(DomainError):
        restore(db.engine, spoiled.name, admin, password="雨傘 umbrella 7")
    restore_by_name(session, made.name, admin, password="雨傘 umbrella 7")
    assert "加密的客戶" in names(session)


def test_while_people_write_it_is_exactly_the_backup_and_the_rest_is_in_the_safety_one(
    app: CRM, session: Session, cast: Cast, admin: Actor
) -> None:
    """Hostile cases 59 and 61: what was acknowledged is in the one or the other, and what was refused is in neither."""
    made = backup_now(session, admin)
    before = all_rows()
    kept: list[str] = []
    refused: list[str] = []
    ended = threading.Event()

    def write(thread: int) -> None:
        number = 0
        while not ended.is_set() and number < 2000:
            number += 1
            name = f"同時 {thread}-{number}"
            try:
                with write_session(engine) as session:
                    session.add(SystemLog(at=admin.now, kind="note", name=name))
                kept.append(name)
            except Exception:
                refused.append(name)

    session.close()
    engine = db.engine
    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        told = restore(engine, made.name, admin)
    finally:
        ended.set()
        for thread in threads:
            thread.join()
    assert all_rows() == before
    safety = backup_files.find(made.path.parent, told["safety"])
    assert safety is not None
    with db.engine.connect() as connection:
        now_there = set(connection.execute(select(SystemLog.name).where(SystemLog.kind == "note")).scalars())
    restore_by_name(session, safety.name, admin)
    with db.engine.connect() as connection:
        saved_before = set(connection.execute(select(SystemLog.name).where(SystemLog.kind == "note")).scalars())
    assert set(kept) == now_there | saved_before
    assert not now_there & saved_before


class Killed(BaseException):
    pass


POINTS = {
    "before the safety backup": (restoring, "back_up_locked"),
    "before it is settled": (restoring, "carry_over"),
    "before it is replaced": (database_copy, "restore_backup"),
    "after all": (restoring, "clear_all_caches"),
}


@pytest.mark.parametrize("point", POINTS)
def test_stopped_in_the_middle_it_is_wholly_old_or_wholly_new(
    session: Session, cast: Cast, admin: Actor, monkeypatch: pytest.MonkeyPatch, point: str, folder: Path
) -> None:
    """Hostile case 60."""
    if db.engine.dialect.name != "sqlite" and point == "before it is replaced":
        pytest.skip("on PostgreSQL the data are settled after they came in, in the same transaction")
    make_customer(session, cast.wang, name="舊的")
    made = backup_now(session, admin)
    noon = all_rows()
    make_customer(session, cast.wang, name="新的")
    token = start_session(session, cast.admin, "", "", admin.now)
    task = request_task(session, RESTORE.key, {"name": made.name, "session": token_hash(token)}, admin)
    session.commit()
    task_id = task.id
    evening = all_rows()
    session.close()
    module, name = POINTS[point]

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    if name == "restore_backup":
        from crm.installation import database_backup

        monkeypatch.setattr(database_backup, "restore_backup", die)
    else:
        monkeypatch.setattr(module, name, die)
    with pytest.raises(Killed):
        run_task(db.engine, task_id, lambda: admin.now)
    monkeypatch.undo()
    db.engine.dispose()
    assert all_rows() == (noon if point == "after all" else evening)
    run_task(db.engine, task_id, lambda: admin.now)  # as a start does with what a stopped one left
    assert all_rows() == (noon if point == "after all" else evening)
    with db.engine.connect() as connection:
        state = connection.exec_driver_sql(f"SELECT state FROM long_tasks WHERE id = {task_id}").scalar()
    assert state == ("done" if point == "after all" else "failed")
    with write_session(db.engine) as fresh:
        fresh.add(SystemLog(at=admin.now, kind="note", name="it goes on"))
    assert not (folder / restore_gate.NAME).exists()


def test_the_page_of_a_restore_tells_its_end(session: Session, cast: Cast, admin: Actor) -> None:
    made = backup_now(session, admin)
    task = request_task(session, RESTORE.key, {"name": made.name}, admin)
    session.commit()
    task_id = task.id
    session.close()
    run_task(db.engine, task_id, lambda: admin.now)
    with db.engine.connect() as connection:
        state = connection.exec_driver_sql(f"SELECT state FROM long_tasks WHERE id = {task_id}").scalar()
    assert state == "done"


def test_a_gate_that_was_left_behind_is_opened(session: Session, admin: Actor, folder: Path) -> None:
    session.commit()
    (folder / restore_gate.NAME).write_bytes(b"")
    with write_session(db.engine) as fresh:
        fresh.add(SystemLog(at=admin.now, kind="note"))
    assert not (folder / restore_gate.NAME).exists()
