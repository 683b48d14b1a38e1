"""Making backups: whole, in time, kept, and told where it fails (D-3, hostile cases 57, 58 and 62)."""

import random
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.platform import backups as rules
from crm.domain.platform.backups import ATTACHMENTS
from crm.domain.platform.settings import change_settings
from crm.entities.record_saving import Actor
from crm.errors import DomainError
from crm.extensions import db
from crm.installation import backup_files
from crm.installation.archive import BadArchive, check_archive, read_manifest
from crm.installation.backup_files import backups_in
from crm.jobs import backups
from crm.jobs.backups import back_up
from crm.jobs.due_jobs import run_due
from crm.models import Customer, JobRun, Notice
from tests.cast import Cast
from tests.factories import make_customer
from tests.jobs.backing_up import backup_now


def test_a_backup_says_what_it_holds_and_is_one_file(session: Session, cast: Cast, admin: Actor, folder: Path) -> None:
    make_customer(session, cast.wang, name="蘇州方舟有限公司")
    (folder / ATTACHMENTS / "ab").mkdir(parents=True)
    (folder / ATTACHMENTS / "ab" / "cdef").write_bytes(b"a contract")
    made = backup_now(session, admin)
    manifest = read_manifest(made.path)
    assert manifest.rows_of("customers") == session.scalar(select(func.count()).select_from(Customer))
    assert manifest.made_by == cast.admin.name
    assert "attachments/ab/cdef" in manifest.files
    assert made.checked_at == admin.now
    assert sorted(path.suffix for path in made.path.parent.iterdir()) == [".json", ".zip"]
    with zipfile.ZipFile(made.path) as opened:
        assert opened.testzip() is None


def test_one_changed_bit_is_noticed_wherever_it_is(session: Session, admin: Actor, tmp_path: Path) -> None:
    made = backup_now(session, admin)
    whole = made.path.read_bytes()
    copy = tmp_path / "copy.zip"
    chance = random.Random(58)
    for place in [0, 10, len(whole) - 1, len(whole) - 70, *chance.sample(range(len(whole)), 40)]:
        changed = bytearray(whole)
        changed[place] ^= 1 << chance.randrange(8)
        copy.write_bytes(changed)
        with pytest.raises(BadArchive):
            check_archive(copy)
    copy.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadArchive):
        check_archive(copy)


def test_no_room_is_told_and_older_backups_stay(
    session: Session, cast: Cast, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hostile case 62: by hand the reason is shown, at the hour of the clock the administrators are told."""
    made = backup_now(session, admin)
    usage = shutil.disk_usage(made.path.parent)
    monkeypatch.setattr(rules.shutil, "disk_usage", lambda folder: usage._replace(free=1024))
    with pytest.raises(DomainError, match="not enough room"):
        backup_now(session, admin)
    change_settings(session, backup_on=True)
    session.commit()
    noon = datetime(2026, 11, 29, 4, 40, tzinfo=UTC)
    assert "backup" in run_due(db.engine, noon)
    assert [backup.name for backup in backups_in(made.path.parent)] == [made.name]
    check_archive(made.path)
    told = session.scalars(select(Notice).where(Notice.kind == "backup")).all()
    assert {notice.user_id for notice in told} == {cast.admin.id}
    assert told[0].message == rules.FULL
    run = session.scalars(select(JobRun).where(JobRun.job == "backup")).one()
    assert run.state == "failed"


def test_a_full_disk_in_the_middle_leaves_nothing_half(
    session: Session, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = backup_now(session, admin)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(rules, "write_archive", full)
    with pytest.raises(DomainError):
        backup_now(session, admin)
    left = sorted(path.name for path in made.path.parent.iterdir())
    assert left == [made.name, f"{made.name}.json"]


def test_every_day_at_its_hour_once(session: Session, admin: Actor, folder: Path) -> None:
    change_settings(session, backup_on=True, backup_time="18:05", timezone="Asia/Taipei")
    session.commit()
    before = datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
    run_due(db.engine, before)  # what was missed is made up once
    made = len(backups_in(folder / "backups"))
    assert "backup" not in run_due(db.engine, before + timedelta(minutes=1))
    assert "backup" in run_due(db.engine, before + timedelta(minutes=6))
    assert "backup" not in run_due(db.engine, before + timedelta(minutes=7))
    assert len(backups_in(folder / "backups")) == made + 1
    change_settings(session, backup_on=False)
    session.commit()
    assert "backup" not in run_due(db.engine, before + timedelta(days=2))


def test_the_newest_are_kept(session: Session, admin: Actor, folder: Path) -> None:
    change_settings(session, backup_keep=4)
    first = admin.now
    made = [backup_now(session, Actor(admin.rights, first + timedelta(hours=n), admin.zone)) for n in range(6)]
    assert [b.name for b in backups_in(folder / "backups")] == [b.name for b in reversed(made[2:])]


def test_a_second_folder_has_a_copy_and_its_absence_is_told(
    session: Session, cast: Cast, admin: Actor, tmp_path: Path
) -> None:
    usb = tmp_path / "usb"
    usb.mkdir()
    change_settings(session, backup_second=str(usb))
    made = backup_now(session, admin)
    assert (usb / made.name).read_bytes() == made.path.read_bytes()
    shutil.rmtree(usb)
    outcome = back_up(db.engine, admin, backup_files.BY_HAND)
    assert outcome.second_problem
    session.rollback()
    told = session.scalars(select(Notice).where(Notice.kind == "backup")).one()
    assert told.user_id == cast.admin.id
    assert told.values["folder"] == str(usb)


def test_without_a_backup_for_two_days_the_administrators_are_told(
    session: Session, cast: Cast, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(*_: Any, **__: Any) -> None:
        raise DomainError(rules.NO_BACKUP)

    backup_now(session, admin)
    monkeypatch.setattr(backups, "make_backup", unable)
    change_settings(session, backup_on=True)
    session.commit()
    run_due(db.engine, admin.now + timedelta(days=1))
    assert "backup_missing" not in run_due(db.engine, admin.now + timedelta(days=1, minutes=1))
    ran = [run_due(db.engine, admin.now + timedelta(days=days)) for days in (2, 3)]
    assert any("backup_missing" in each for each in ran)


@pytest.mark.parametrize(
    "name", ["../crm.sqlite3", "/etc/passwd", "shuke-20260101-000000.zip/..", "%2e%2e", "shuke-x.zip", "", "a" * 300]
)
def test_other_names_are_no_backups(app: CRM, folder: Path, name: str) -> None:
    assert backup_files.find(folder / "backups", name) is None


def test_a_link_is_no_backup(session: Session, admin: Actor, folder: Path) -> None:
    backup_now(session, admin)
    link = folder / "backups" / "shuke-20200101-000000.zip"
    link.symlink_to(folder / "crm.sqlite3")
    assert backup_files.find(folder / "backups", link.name) is None
