"""What the pages of backup and restore share: where the files are, and the one that an address names (D-3, D-4)."""

from pathlib import Path

from flask import abort

from crm.domain.platform.backups import folder_for
from crm.extensions import db
from crm.installation import backup_files
from crm.installation.backup_files import Backup
from crm.jobs.places import Place, place_of
from crm.web.firm_settings import settings


def place() -> Place:
    return place_of(db.engine)


def folder() -> Path:
    return folder_for(settings(), place().root)


def backup_or_404(name: str) -> Backup:
    """The backup of that name in the folder; 404 for whatever else a name may point to (hostile case 57)."""
    backup = backup_files.find(folder(), name)
    if backup is None:
        abort(404)
    return backup
