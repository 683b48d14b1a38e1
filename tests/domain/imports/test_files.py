"""What becomes of the files that people send for importing (I-7)."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.mapping import TemplateColumn
from crm.domain.imports.options import Options
from crm.domain.imports.runs import begin_run, claim_run, new_stored_name
from crm.domain.imports.sent_files import folder_in
from crm.domain.imports.templates import templates_of
from crm.extensions import db
from crm.jobs.registry import JOBS
from crm.models import ImportRun
from crm.models.imports import CHECKED, DONE, RUNNING
from tests.cast import Cast
from tests.domain.imports.test_imports import Act
from tests.importing import Imports


@pytest.fixture
def folder(app: CRM) -> Path:
    return folder_in(Path(app.config["CRM_INSTANCE"]))


def bring_in(session: Session, folder: Path, actor: Act, cast: Cast, text: str) -> ImportRun:
    name = new_stored_name()
    (folder / name).write_text(text, encoding="utf-8")
    template = templates_of(session, KINDS["customers"])[0]
    columns = [TemplateColumn("name", "名稱"), TemplateColumn("email", "信箱")]
    run = begin_run(session, template, columns, "x.csv", name, Options(), actor(cast.wang))
    session.commit()
    job = Imports(db.engine)
    job.check(run.id)
    assert claim_run(session, run.id, CHECKED, RUNNING)
    session.commit()
    job.apply(run.id)
    session.expire_all()
    assert run.state == DONE
    session.rollback()
    return run


def left(folder: Path) -> set[str]:
    return {file.suffix for file in folder.iterdir()}


def test_a_file_without_mistakes_is_thrown_away_at_once(session: Session, folder: Path, actor: Act, cast: Cast) -> None:
    run = bring_in(session, folder, actor, cast, "名稱,信箱\n甲公司,a@example.com\n")
    assert left(folder) == {".json"}
    assert run.counts["imported"] == 1


def test_a_file_to_be_corrected_stays_for_a_month(session: Session, folder: Path, actor: Act, cast: Cast) -> None:
    run = bring_in(session, folder, actor, cast, "名稱,信箱\n甲公司,a@example.com\n乙公司,kaputt\n")
    job = JOBS["import_files"]
    assert job.needed is not None
    for days, needed, kept in ((29, False, {"", ".json"}), (31, True, {".json"})):
        later = actor(cast.admin, run.started_at + timedelta(days=days))
        assert job.needed(session, later) is needed
        job.verb(session, later)
        assert left(folder) == kept


def test_what_a_stopped_server_left_is_thrown_away(session: Session, folder: Path, actor: Act, cast: Cast) -> None:
    now = actor(cast.admin).now
    lost, strange, fresh = folder / new_stored_name(), folder / "not-ours.txt", folder / new_stored_name()
    for file in (lost, strange, fresh):
        file.write_text("x")
    long_ago = (now - timedelta(days=3)).timestamp()
    os.utime(lost, (long_ago, long_ago))
    os.utime(strange, (long_ago, long_ago))
    JOBS["import_files"].verb(session, actor(cast.admin))
    assert {file.name for file in folder.iterdir()} == {strange.name, fresh.name}


def test_files_of_an_older_version_move(app: CRM) -> None:
    uploads = Path(app.config["CRM_INSTANCE"]) / "uploads"
    uploads.mkdir()
    name = new_stored_name()
    (uploads / f"{name}.json").write_text("{}")
    (uploads / "other").write_text("x")
    folder = folder_in(uploads.parent)
    assert [file.name for file in folder.iterdir()] == [f"{name}.json"]
    assert (uploads / "other").exists()
