"""The files that people sent for importing: kept while they are needed, then deleted (I-7)."""

import os
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.entities.record_saving import Actor
from crm.models import ImportRun
from crm.models.engine import instance_folder_of
from crm.models.imports import DONE

KEPT = timedelta(days=30)
"""So long a file that had something wrong can still be had with its cells marked."""
UNKNOWN_KEPT = timedelta(days=1)
_OURS = re.compile(r"[0-9a-f]{32}(\.\w+)?")


def folder_in(instance: Path) -> Path:
    """The folder of sent files; those of an older version are moved into it."""
    folder = instance / "uploads" / "imports"
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        for file in folder.parent.iterdir():
            if _OURS.fullmatch(file.name):
                os.replace(file, folder / file.name)
    return folder


def delete_if_clean(run: ImportRun, counts: Mapping[str, int], folder: Path) -> None:
    """Delete the file after an import without errors; its counts stay in the history."""
    if not counts["wrong"] and not counts["warnings"]:
        (folder / run.stored_name).unlink(missing_ok=True)


def expired_uploads(session: Session, actor: Actor) -> list[Path]:
    """Files of old runs, and files without a run that a stopped server left."""
    runs = {run.stored_name: run for run in session.scalars(select(ImportRun))}
    return [file for file, name in _files(session) if _is_old(file, runs.get(name), actor.now)]


def _files(session: Session) -> Iterator[tuple[Path, str]]:
    folder = instance_folder_of(session) / "uploads" / "imports"
    for file in folder.iterdir() if folder.exists() else ():
        if _OURS.fullmatch(file.name):
            yield file, file.name.partition(".")[0]


def _is_old(file: Path, run: ImportRun | None, now: datetime) -> bool:
    if run is None:
        return now - datetime.fromtimestamp(file.stat().st_mtime, UTC) > UNKNOWN_KEPT
    # The check of a finished import stays: it says what was wrong with which row.
    return now - (run.finished_at or run.started_at) > KEPT and not (run.state == DONE and file.suffix == ".json")


def delete_expired(session: Session, actor: Actor) -> int:
    """Delete them; returns how many."""
    files = expired_uploads(session, actor)
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)
