"""Backups before an upgrade: written aside, checked, then named; the last few are kept. D-3's: `backup_files`."""

import shutil
from datetime import datetime
from pathlib import Path

from crm.installation.backup_files import remove_parts
from crm.installation.database_backup import Database, SQLiteDatabase
from crm.installation.folder import sync_file, sync_folder
from crm.installation.startup_errors import CannotStart

MAX_BACKUPS = 5
MAX_BYTES = 2 * 1024**3
"""The oldest are removed above either; the newest always stays."""
RESERVE_BYTES = 16 * 1024 * 1024
PART = ".part"


def upgrade_backups_in(folder: Path, suffix: str = ".sqlite3") -> list[Path]:
    """The finished ones, the oldest first: their names begin with their time."""
    return sorted(folder.glob(f"before-upgrade-*{suffix}"))


def suffix_of(database: Database) -> str:
    """What the copies of such a database end with."""
    return Path(database.member).suffix


def back_up_before_upgrade(database: Database, folder: Path, now: datetime) -> Path:
    """A checked copy of the database. Raises CannotStart where there is no room for the upgrade, or it is damaged,
    CannotBackUp where the database server's own programs cannot copy it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    remove_parts(folder, begins="")  # of a start, or of a backup by day, that was cut off
    _look_for_room(database, folder)
    target = folder / f"before-upgrade-{now:%Y%m%d-%H%M%S-%f}{suffix_of(database)}"
    part = target.with_name(target.name + PART)
    try:
        database.copy(part, lambda percent: None)
        sync_file(part)
        part.replace(target)
        sync_folder(folder)
    except BaseException:
        remove_parts(folder, begins=target.name)
        raise
    return target


def _look_for_room(database: Database, folder: Path) -> None:
    """The copy needs as much again, and so does the log of a migration that rewrites every table; a server keeps that
    on a disk of its own, and takes the migration back where it is full."""
    size, places = database.size(), [(folder, 1)]
    if isinstance(database, SQLiteDatabase):
        database_folder = database.file.parent
        is_same_disk = folder.stat().st_dev == database_folder.stat().st_dev
        places = [(folder, 2 if is_same_disk else 1), (database_folder, 2 if is_same_disk else 1)]
    for path, times in places:
        needed, free = size * times, shutil.disk_usage(path).free
        if free < needed + RESERVE_BYTES:
            raise CannotStart(
                f"The disk is too full for the upgrade: it needs {_megabytes(needed + RESERVE_BYTES)} in {path}, and "
                f"{_megabytes(free)} are free. Free some space, then start again. Nothing was changed."
            )


def _megabytes(count: int) -> str:
    return f"{-(-count // 1024**2)} MB"


def delete_old_backups(folder: Path, suffix: str = ".sqlite3") -> None:
    """Remove the oldest that are too many, or too large together."""
    newest_first = list(reversed(upgrade_backups_in(folder, suffix)))
    size = 0
    for number, backup in enumerate(newest_first):
        size += backup.stat().st_size
        if number and (number >= MAX_BACKUPS or size > MAX_BYTES):
            backup.unlink()
