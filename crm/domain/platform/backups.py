"""Backups: made, checked, kept (D-3). No transaction is open meanwhile: people go on working."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.office.notices import notify
from crm.domain.platform.settings import FirmSettings, save_settings
from crm.entities.record_saving import Actor
from crm.entities.registry import entities
from crm.errors import DomainError, FieldError
from crm.i18n import N_
from crm.installation import backup_files
from crm.installation.archive import (
    BadArchive,
    Manifest,
    NewerFormat,
    attachments_in,
    check_archive,
    extract,
    hash_of,
    write_archive,
)
from crm.installation.backup_files import ENCRYPTED, PLAIN, Backup
from crm.installation.database_backup import (
    NO_TOOLS,
    OLD_TOOLS,
    STILL_WRITING,
    CannotBackUp,
    Database,
)
from crm.installation.database_copy import contents_of
from crm.installation.database_file import open_connection
from crm.installation.file_encryption import NotEncrypted, WrongPassword, decrypt, encrypt
from crm.installation.startup_errors import CannotStart, system_error_reason
from crm.models import Permission, User, rights_of
from crm.models.encrypted import Undecryptable

RESERVE_BYTES = 32 * 1024 * 1024
ATTACHMENTS = Path("uploads", "attachments")
"""Where the files of people are within the instance folder (`stored_files`)."""
LONG_WITHOUT = 2
"""Days without a backup after which the administrators are notified."""
MIN_PASSWORD = 8

Progress = Callable[[int], None]
"""Hears how far it is, in per cent."""

DAMAGED = N_(
    "The database is damaged, so no backup of it was made: %(reason)s. Please tell your administrator at once."
)
DIFFERENT = N_("The backup was read again and differs from the database, so it was thrown away. Please try again.")
FULL = N_(
    "There is not enough room for a backup: it needs %(needed)s MB in %(folder)s, and %(free)s MB are free. "
    "Please make room there, or choose another folder."
)
UNUSABLE = N_("The folder %(folder)s cannot be used: %(reason)s.")
PROBLEMS = {
    NO_TOOLS: N_("The program %(tool)s is missing on the server. Please install PostgreSQL's client programs there."),
    OLD_TOOLS: N_(
        "The program %(tool)s is of version %(found)s, but the server is of version %(server)s. "
        "Please install its newer one."
    ),
    STILL_WRITING: N_("Others were saving all the time, so nothing was done. Please try again."),
}
REFUSED = N_("The database server refused: %(reason)s")
NO_BACKUP = N_("This file is no backup of this program, or it is damaged.")
NEWER = N_("This backup was made by a newer version of this program. Please install that version first.")
WRONG_PASSWORD = N_("The backup cannot be opened with this password.")


@dataclass(frozen=True)
class BackupDetails:
    """What a backup stores about its making. `revision` is the database's, `version` the program's."""

    at: datetime
    by: str
    reason: str
    revision: str
    version: str
    firm: str


@dataclass(frozen=True)
class Outcome:
    """`second_problem` says why there is no copy in the second folder; empty where there is, or none is wanted."""

    backup: Backup
    second_problem: str = ""
    pruned: int = 0


def folder_for(firm: FirmSettings, root: Path) -> Path:
    """Where backups are kept: within the allowed root."""
    return root.joinpath(*PurePosixPath(firm.backup_folder).parts) if firm.backup_folder else root


def second_folder(firm: FirmSettings) -> Path | None:
    return Path(firm.backup_second) if firm.backup_second else None


def password_of(firm: FirmSettings) -> str:
    """Raises DomainError where the saved one cannot be read: nobody could open such a backup later."""
    if isinstance(firm.backup_password, Undecryptable):
        raise DomainError(
            N_(
                "The saved backup password cannot be read, because the server's key was changed. "
                "Please type it again in the settings of the backup."
            )
        )
    return firm.backup_password


def check_folder(text: str, root: Path) -> str:
    """The folder as it is kept, relative to the root. Raises FieldError for one outside of it."""
    path_text = text.strip().replace("\\", "/")
    parts = [part for part in path_text.split("/") if part not in ("", ".")]
    if not parts:
        return ""
    odd = path_text.startswith("/") or any(
        part == ".." or part.startswith(".") or any(c in part for c in ':*?"<>|') or not part.isprintable()
        for part in parts
    )
    relative = "/".join(parts)
    if odd or len(relative) > 120 or not root.joinpath(*parts).resolve().is_relative_to(root.resolve()):
        raise FieldError(
            "backup_folder", N_("Please write the name of a folder within %(root)s, such as daily."), root=str(root)
        )
    return relative


def check_second(text: str, first: Path, instance: Path) -> str:
    """A folder that is there and can be written: of a USB disk, or a share. Raises FieldError."""
    path_text = text.strip()
    if not path_text:
        return ""
    path = Path(path_text)
    if not path.is_absolute() or not path_text.isprintable() or len(path_text) > 300:
        raise FieldError(
            "backup_second", N_("Please write the whole path of the folder, such as /media/usb/backups or E:\\backups.")
        )
    folder = path.resolve()
    if folder == first.resolve() or folder.is_relative_to(instance.resolve()) or (folder / "wsgi.py").exists():
        raise FieldError(
            "backup_second", N_("Please choose a folder on another disk: this one is lost together with the first.")
        )
    try:
        if not folder.is_dir():
            raise FieldError(
                "backup_second",
                N_("This folder is not there. Please make it first, and see that the disk is connected."),
            )
        probe = folder / "shuke-probe.part"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise FieldError(
            "backup_second", N_("This folder cannot be written: %(reason)s."), reason=system_error_reason(error)
        ) from error
    return path_text


def save_backup_settings(
    session: Session, values: Mapping[str, Any], root: Path, instance: Path, opened_version: int | None = None
) -> None:
    """【設置】 (D-3). An empty password leaves the present one; `no_password` takes it away.

    Raises FieldError for a folder that cannot be used, StaleRecord where somebody else saved first.
    """
    settings = {key: value for key, value in values.items() if key not in ("backup_password", "no_password")}
    settings["backup_folder"] = check_folder(str(values.get("backup_folder") or ""), root)
    first = root.joinpath(*PurePosixPath(settings["backup_folder"]).parts)
    settings["backup_second"] = check_second(str(values.get("backup_second") or ""), first, instance)
    if values.get("no_password"):
        if values.get("backup_password"):
            raise FieldError("no_password", N_("Please either type a new password, or tick this."))
        settings["backup_password"] = ""
    elif values.get("backup_password"):
        settings["backup_password"] = _long_enough(str(values["backup_password"]))
    save_settings(session, settings, opened_version)


def _long_enough(password: str) -> str:
    """Whoever has a backup can try passwords as long as they like."""
    if len(password) < MIN_PASSWORD:
        raise FieldError(
            "backup_password", N_("Please choose a password with at least %(least)s characters."), least=MIN_PASSWORD
        )
    return password


def make_backup(
    database: Database,
    instance: Path,
    firm: FirmSettings,
    root: Path,
    details: BackupDetails,
    report: Progress = lambda percent: None,
) -> Outcome:
    """One file with database and attachments, opened again and compared. Raises DomainError; older ones stay."""
    folder, password = folder_for(firm, root), password_of(firm)
    with explain_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        backup_files.remove_parts(folder)
        members = attachments_in(instance / ATTACHMENTS) if (instance / ATTACHMENTS).is_dir() else []
        check_disk_space(folder, 3 * database.size() + 2 * sum(path.stat().st_size for _name, path in members))
        target = backup_files.new_path(folder, details.at, ENCRYPTED if password else PLAIN)
        work = folder / f"{target.stem}.part"
        work.mkdir(mode=0o700)
        try:
            manifest = _write_checked_archive(database, members, work, details, report)
            file = _encrypted(work, password, manifest) if password else work / "archive.zip"
            backup_files.finish(file, target)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        backup = backup_files.note_checked(target, backup_files.facts_in(manifest), details.at)
        pruned = backup_files.prune(folder, firm.backup_keep, firm.backup_keep_days, details.at)
    report(99)
    return Outcome(backup, _second(firm, backup), len(pruned))


def _write_checked_archive(
    database: Database, members: list[tuple[str, Path]], work: Path, details: BackupDetails, report: Progress
) -> Manifest:
    """The zip in the work folder, opened again and compared with what was counted in the database."""
    copy = work / "copy"
    counted = database.copy(copy, lambda percent: report(percent * 40 // 100))
    draft = Manifest(
        details.at.isoformat(), details.by, details.reason, details.revision, details.version, details.firm, counted
    )
    total_bytes = copy.stat().st_size + sum(path.stat().st_size for _name, path in members)
    archive = work / "archive.zip"
    manifest = write_archive(
        archive, draft, [(database.member, copy), *members], lambda done: report(40 + done * 30 // max(total_bytes, 1))
    )
    copy.unlink()
    check_archive(archive)
    unpacked = work / "again"
    unpacked.mkdir()
    extract(archive, unpacked, lambda done: report(70 + done * 25 // max(total_bytes, 1)))
    if database.member.endswith(".sqlite3"):
        with open_connection(unpacked / database.member, "ro") as connection:
            if contents_of(connection) != counted:
                raise DomainError(DIFFERENT)
    shutil.rmtree(unpacked)
    return manifest


def _encrypted(work: Path, password: str, manifest: Manifest) -> Path:
    """Encrypted, and decrypted again to see that it can be."""
    archive, file, decrypted = work / "archive.zip", work / "encrypted", work / "again.zip"
    encrypt(archive, file, password, backup_files.facts_in(manifest))
    decrypt(file, decrypted, password)
    if hash_of(decrypted) != hash_of(archive):
        raise DomainError(DIFFERENT)
    return file


def _second(firm: FirmSettings, backup: Backup) -> str:
    """Why the copy in the second folder failed: a disk that is not open_connection must not undo the first."""
    folder = second_folder(firm)
    if folder is None:
        return ""
    try:
        backup_files.copy_to(backup.path, folder)
        backup_files.prune(folder, firm.backup_keep, firm.backup_keep_days, backup.made_at)
    except OSError as error:
        return system_error_reason(error)
    except BadArchive as error:
        return str(error)
    return ""


def check_disk_space(folder: Path, needed: int) -> None:
    """Raises DomainError with the figures where the disk is too full."""
    free = shutil.disk_usage(folder).free
    if free < needed + RESERVE_BYTES:
        raise DomainError(FULL, needed=_megabytes(needed + RESERVE_BYTES), free=_megabytes(free), folder=str(folder))


def _megabytes(count: int) -> str:
    return f"{-(-count // 1024**2):,}"


def problem_of(error: CannotBackUp) -> DomainError:
    """In words what the database or its programs refused."""
    return DomainError(PROBLEMS.get(error.problem, REFUSED), **error.values)


@contextmanager
def explain_errors(folder: Path) -> Iterator[None]:
    """What goes wrong with disk, database or file becomes a DomainError that says what to do."""
    try:
        yield
    except CannotBackUp as error:
        raise problem_of(error) from error
    except (sqlite3.DatabaseError, CannotStart) as error:
        raise DomainError(DAMAGED, reason=str(error)) from error
    except NewerFormat as error:
        raise DomainError(NEWER) from error
    except (BadArchive, NotEncrypted) as error:
        raise DomainError(NO_BACKUP) from error
    except WrongPassword as error:
        raise DomainError(WRONG_PASSWORD) from error
    except OSError as error:
        raise DomainError(UNUSABLE, folder=str(folder), reason=system_error_reason(error)) from error


def administrators_of_backups(session: Session) -> list[int]:
    """The people who may make backups; they are notified of failures."""
    people = session.scalars(select(User).where(User.disabled_at.is_(None), User.deleted_at.is_(None)))
    return [user.id for user in people if rights_of(session, user).may(Permission.BACKUP_SAVE)]


def tell_administrators(session: Session, message: str, values: Mapping[str, Any], actor: Actor, key: str) -> None:
    for user_id in administrators_of_backups(session):
        notify(session, user_id, "backup", message, values, "/backup", actor.now, key, by_mail=True)


def changes_since(session: Session, moment: datetime) -> list[tuple[str, int, int]]:
    """(kind, made, changed) of the records that a restore would lose, by every kind that has any."""
    lines = []
    for kind in entities():
        model: Any = kind.model
        if not hasattr(model, "created_at") or not hasattr(model, "updated_at"):
            continue
        made = select(func.count()).select_from(model).where(model.created_at > moment)
        changed = select(func.count()).select_from(model).where(model.updated_at > moment, model.created_at <= moment)
        counts = session.scalar(made) or 0, session.scalar(changed) or 0
        if any(counts):
            lines.append((kind.plural, *counts))
    return lines
