"""Looking at a backup: one that comes from outside, or an own one again (D-3)."""

import secrets
import shutil
import sqlite3
from pathlib import Path

from sqlalchemy import Engine

from crm.domain.platform import backups as rules
from crm.domain.platform.backups import explain_errors
from crm.entities.record_saving import Actor
from crm.errors import DomainError
from crm.installation import backup_files
from crm.installation.archive import check_archive, extract, size_unpacked
from crm.installation.database_backup import SQLiteDatabase
from crm.installation.database_copy import ForeignDatabase, check_ours
from crm.installation.revisions import known_revisions
from crm.jobs.places import place_of


def check_backup(engine: Engine, path: Path, actor: Actor, password: str = "") -> backup_files.Backup:
    """Look at every bit of a backup and at its database. Raises DomainError; what was found is written down."""
    place = place_of(engine)
    work = place.instance / f"checking-{secrets.token_hex(4)}.part"
    work.mkdir(mode=0o700)
    try:
        with explain_errors(path.parent):
            archive = backup_files.unpacked_zip(path, work, password)
            manifest = check_archive(archive)
            rules.check_disk_space(place.instance, size_unpacked(manifest))
            extract(archive, work / "again")
            if manifest.revision not in known_revisions():
                raise DomainError(rules.NEWER)
            if isinstance(place.database, SQLiteDatabase) and manifest.database == place.database.member:
                database_revision(work / "again" / manifest.database)
            facts = backup_files.facts_in(manifest)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return backup_files.note_checked(path, facts, actor.now)


def database_revision(file: Path) -> str:
    """Raises DomainError for a file that is not ours, or damaged: it is not the live database that is damaged."""
    try:
        return check_ours(file)
    except (ForeignDatabase, sqlite3.DatabaseError) as error:
        raise DomainError(rules.NO_BACKUP) from error
