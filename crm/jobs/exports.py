"""A large list as a workbook, made in the background into a file that its person fetches within a day (C-5)."""

import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from crm.domain.office.notices import notify
from crm.domain.platform.readers import reader_for
from crm.entities.change_log import EXPORTED, log_action
from crm.entities.listing import Parameters, Query
from crm.entities.listing.declaration import listing_for
from crm.entities.listing.line_sheet import TITLE, line_headings, line_rows
from crm.entities.listing.rows import count_up_to, workbook_columns, workbook_kinds, workbook_rows
from crm.entities.record_saving import Actor
from crm.errors import NotAllowed
from crm.i18n import N_
from crm.jobs.database import read_session
from crm.jobs.long_tasks import LongWork, declare
from crm.jobs.progress import NO_RIGHT, RunningTask
from crm.models import LongTask
from crm.models.engine import FOLDER
from crm.models.jobs import DONE

if TYPE_CHECKING:
    from crm.spreadsheets.writing import SheetToWrite

KEPT_FOR = timedelta(days=1)
"""So long the file can be fetched: it holds the firm's records, and is made anew in a minute."""
NOTIFY_AFTER = timedelta(seconds=20)
"""Who waited so long may have gone on to something else: a notice then says that the file is there."""
READY = "export"
MADE_FILES = {"export"}
"""The kinds of long work whose file lies in the folder of exports."""


def folder_in(instance: Path) -> Path:
    folder = instance / "exports"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def export_path(task: LongTask, instance: Path) -> Path | None:
    """Where the file of a finished export is; None for tasks that made none."""
    return folder_in(instance) / task.file if task.kind in MADE_FILES and task.state == DONE and task.file else None


def is_available(task: LongTask, now: datetime) -> bool:
    return task.finished_at is not None and now - task.finished_at < KEPT_FOR


def log_export(session: Session, actor: Actor, listing: Any, rows: int, search: str) -> None:
    log_action(session, actor, EXPORTED, listing.key, changes=log_values(rows, search))


def sheet_of(query: Query[Any], title: str, rows: Iterable[list[Any]]) -> "SheetToWrite":
    """The workbook's sheet of a search, its amounts in the format of amounts."""
    from crm.spreadsheets.writing import Column, SheetToWrite

    headings = zip(workbook_columns(query), workbook_kinds(query), strict=True)
    return SheetToWrite(title, [Column(heading, kind) for heading, kind in headings], rows)


def sheets_of(query: Query[Any], title: str, rows: Iterable[list[Any]]) -> "list[SheetToWrite]":
    """The same, and of documents their lines."""
    from crm.spreadsheets.writing import Column, SheetToWrite

    sheets = [sheet_of(query, title, rows)]
    lines = query.table.lines
    if lines is not None:
        say = query.reader.say
        columns = [Column(say(label), kind.sheet) for label, kind in line_headings(lines)]
        sheets.append(SheetToWrite(say(TITLE), columns, line_rows(query, lines)))
    return sheets


def log_values(rows: int, search: str) -> dict[str, list[Any]]:
    """The operation log's entry of an export."""
    return {"rows": [None, rows], "search": [None, search[:500]]}


def file_name(title: str, actor: Actor, ending: str = "xlsx") -> str:
    return f"{title}-{actor.now.astimezone(actor.zone).strftime('%Y%m%d-%H%M')}.{ending}"


def export(running: RunningTask) -> None:
    """Everything that the search finds now, as its person may see it now. Begun anew after a stop."""
    from crm.spreadsheets.writing import write_workbook

    search = running.payload["search"]
    typed = Parameters.of(search)
    folder = folder_in(Path(running.engine.get_execution_options()[FOLDER]))
    part = folder / f"{running.id}.part"
    try:
        with read_session(running.engine) as session:
            actor = running.actor(session)
            reader = reader_for(session, actor, running.payload["language"])
            listing = listing_for(running.payload["list"], reader, typed)
            if listing.export_permission is None or not actor.rights.may(listing.export_permission):
                raise NotAllowed(NO_RIGHT)
            query = Query(listing, reader, typed)
            query.for_file = True
            title = query.reader.say(listing.title)
            rows = CountedRows(query, running)
            write_workbook(part, sheets_of(query, title, rows))
        running.file = f"{secrets.token_hex(16)}.xlsx"
        part.replace(folder / running.file)
    finally:
        part.unlink(missing_ok=True)
    running.done = running.total = rows.count
    running.result = {"rows": rows.count, "name": file_name(title, actor)}
    with running.step() as session:
        log_export(session, actor, listing, rows.count, search)
        notify_if_late(session, running, listing.title, actor)
        running.finish()


class CountedRows:
    """The rows of the workbook, counted while they are written."""

    def __init__(self, query: Query[Any], running: RunningTask) -> None:
        self.query, self.running, self.count = query, running, 0
        self.total = count_up_to(query)

    def __iter__(self) -> Iterator[list[Any]]:
        for row in workbook_rows(self.query):
            self.count += 1
            self.running.report_progress(self.count, max(self.total, self.count))
            yield row


def notify_if_late(session: Session, running: RunningTask, title: str, actor: Actor) -> None:
    if running.clock() - running.asked_at > NOTIFY_AFTER:
        message = N_("The export you asked for is ready: %(list)s, %(count)s rows.")
        values = {"list": title, "count": running.result["rows"]}
        notify(session, running.by_id, READY, message, values, f"/tasks/{running.id}", actor.now, f"task-{running.id}")


def _files(instance: Path) -> Iterator[Path]:
    yield from (file for file in folder_in(instance).iterdir() if file.suffix in (".xlsx", ".zip", ".part"))


def expired_exports(instance: Path, now: datetime) -> list[Path]:
    """The files that nobody can fetch any more, also those that a stopped server left."""
    return [f for f in _files(instance) if now - datetime.fromtimestamp(f.stat().st_mtime, UTC) > KEPT_FOR]


EXPORT = declare(LongWork("export", export))
