"""Everything of the firm as one zip of workbooks and attachments, made in the background (D-3)."""

import secrets
import zipfile
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.platform.backups import check_disk_space, explain_errors
from crm.domain.platform.open_files import (
    ATTACHMENTS,
    MAX_FOLDER_LENGTH,
    OpenAttachment,
    attachments_sheet,
    file_name,
    open_attachments,
    open_workbooks,
    sheets_to_write,
)
from crm.domain.platform.readers import reader_for
from crm.domain.platform.stored_files import folder_in as folder_of_attachments
from crm.domain.platform.stored_files import path_of
from crm.entities.change_log import EXPORTED, log_action
from crm.entities.listing import Reader
from crm.errors import NotAllowed
from crm.i18n import N_
from crm.jobs import exports
from crm.jobs.database import read_session
from crm.jobs.long_tasks import LongWork, declare
from crm.jobs.places import place_of
from crm.jobs.progress import NO_RIGHT, RunningTask
from crm.models import Attachment, Permission, StoredFile

RIGHT = Permission.RESTORE_SAVE
"""Whoever may take a backup away holds everything in any case."""
LOGGED = "backup"
TITLE = N_("All data")
ABOUT = N_("About these files")
README = N_(
    "These are all data of %(firm)s, as they were on %(moment)s. Each kind of record has a workbook; its first sheet "
    "has the records, the others what belongs to them. Whatever names another record says its ID too. The attachments "
    "stand in folders by record. What lies in the recycle bin, passwords and the logs are left out."
)


def export_everything(running: RunningTask) -> None:
    """All of one moment, whatever scope its person has. Begun anew after a stop."""
    place = place_of(running.engine)
    folder = exports.folder_in(place.instance)
    part = folder / f"{running.id}.zip.part"
    book = folder / f"{running.id}.xlsx.part"
    try:
        with read_session(running.engine) as session:
            actor = running.actor(session)
            if not actor.rights.may(RIGHT):
                raise NotAllowed(NO_RIGHT)
            check_disk_space(folder, 2 * place.database.size() + _size_of_attachments(session))
            reader = reader_for(session, actor, running.payload["language"])
            making = _Zip(running, reader, folder_of_attachments(place.instance), part, book)
            with explain_errors(folder):
                making.write(running.payload["firm"])
        running.file = f"{secrets.token_hex(16)}.zip"
        part.replace(folder / running.file)
    finally:
        part.unlink(missing_ok=True)
        book.unlink(missing_ok=True)
    title = reader.say(TITLE)
    name = exports.file_name(file_name(f"{running.payload['firm']} {title}", MAX_FOLDER_LENGTH), actor, "zip")
    running.done = running.total = making.rows + making.files
    running.result = {"rows": making.rows, "files": making.files, "missing": making.missing[:20], "name": name}
    with running.step() as session:
        changes = {"rows": [None, making.rows], "files": [None, making.files]}
        log_action(session, actor, EXPORTED, LOGGED, name=title, changes=changes)
        exports.notify_if_late(session, running, TITLE, actor)
        running.finish()


class _Zip:
    """The zip while it is being written: a workbook at a time, then the attachments."""

    def __init__(self, running: RunningTask, reader: Reader, stored: Path, part: Path, book: Path) -> None:
        self.running, self.reader, self.stored, self.part, self.book = running, reader, stored, part, book
        self.rows = self.files = self.total = 0
        self.missing: list[str] = []
        """What the database knows and the disk does not have."""

    def write(self, firm: str) -> None:
        from crm.spreadsheets.writing import write_workbook

        reader = self.reader
        workbooks = open_workbooks(reader)
        counted = sum(sheet.count(reader.session) for workbook in workbooks for sheet in workbook.sheets)
        self.total = counted + (reader.session.scalar(select(func.count(Attachment.id))) or 0)
        moment = reader.now.astimezone(reader.zone).strftime("%Y-%m-%d %H:%M")
        about = reader.say(README) % {"firm": firm, "moment": moment}
        # What is in it is packed already.
        with zipfile.ZipFile(self.part, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            archive.writestr(f"{file_name(reader.say(ABOUT), MAX_FOLDER_LENGTH)}.txt", f"\ufeff{about}\r\n")
            for workbook in workbooks:
                write_workbook(self.book, sheets_to_write(workbook, reader, self._row))
                archive.write(self.book, f"{file_name(workbook.title, MAX_FOLDER_LENGTH)}.xlsx")
            write_workbook(self.book, [attachments_sheet(reader, self._attached(archive))])
            archive.write(self.book, f"{file_name(reader.say(ATTACHMENTS), MAX_FOLDER_LENGTH)}.xlsx")

    def _row(self) -> None:
        self.rows += 1
        self._report_progress()

    def _attached(self, archive: zipfile.ZipFile) -> Iterator[OpenAttachment]:
        """Each attachment, as soon as its file stands in the zip."""
        for attachment in open_attachments(self.reader):
            try:
                archive.write(path_of(self.stored, attachment.digest), attachment.path)
                self.files += 1
            except FileNotFoundError:
                self.missing.append(attachment.path)
            self._report_progress()
            yield attachment

    def _report_progress(self) -> None:
        done = self.rows + self.files
        self.running.report_progress(done, max(self.total, done))


def _size_of_attachments(session: Session) -> int:
    """Those that many records have stand there for each of them."""
    statement = select(func.sum(StoredFile.size)).join(Attachment, Attachment.digest == StoredFile.digest)
    return int(session.scalar(statement.where(Attachment.deleted_at.is_(None))) or 0)


OPEN_FILES = declare(LongWork("open_files", export_everything))
exports.MADE_FILES.add(OPEN_FILES.key)
