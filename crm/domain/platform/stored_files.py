"""Files on disk, called by their content: put there first, then noted in the database, which decides (附件).

What the database does not know is an orphan (a server that was stopped in between), and thrown away after a day.
"""

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm.domain.platform.file_types import check_type
from crm.errors import DomainError, FieldError
from crm.i18n import N_
from crm.models import Attachment, StoredFile
from crm.models.engine import instance_folder_of

MAX_BYTES = 20 * 1024 * 1024
"""Of one file."""
MIN_FREE = 1024 * 1024 * 1024
"""So much of the disk stays free for the database and its backups."""
GIGABYTE = 1024**3
PART = 256 * 1024
ORPHANS_KEPT = timedelta(days=1)
_NAME = re.compile(r"[0-9a-f]{64}(\.jpg)?|tmp-[0-9a-f]{32}")

EMPTY = N_("%(name)s is empty.")
TOO_LARGE = N_("%(name)s is larger than %(size)s MB.")
TOO_MUCH = N_("The server's disk cannot hold that much: at most %(most)s GB can be promised now.")
FIRM_FULL = N_(
    "The attachments of the firm take %(used)s GB of the %(most)s GB that they may take, so nothing was kept. Please "
    "delete some, or ask an administrator to allow more."
)
NO_ROOM = N_("The disk of the server is nearly full, so the file was not kept. Please tell an administrator.")


@dataclass(frozen=True)
class Received:
    """A sent file that lies in the folder under a name of our own, and what was found in it."""

    path: Path
    name: str
    digest: str
    size: int
    media_type: str


def folder_in(instance: Path) -> Path:
    folder = instance / "uploads" / "attachments"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def path_of(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / digest


def picture_of(folder: Path, digest: str) -> Path:
    return folder / digest[:2] / f"{digest}.jpg"


@contextmanager
def received(folder: Path, stream: IO[bytes], name: str) -> Iterator[Received]:
    """Receive a sent file, piece by piece. Raises DomainError for a refused one, of which nothing stays."""
    path = folder / f"tmp-{secrets.token_hex(16)}"
    try:
        digest, size = _write(path, stream, name, folder)
        yield Received(path, name, digest, size, check_type(path, name))
    finally:
        path.unlink(missing_ok=True)


def _write(path: Path, stream: IO[bytes], name: str, folder: Path) -> tuple[str, int]:
    counted, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        os.chmod(path, 0o600)
        while part := stream.read(PART):
            size += len(part)
            if size > MAX_BYTES:
                raise DomainError(TOO_LARGE, name=name, size=MAX_BYTES // 1024 // 1024)
            counted.update(part)
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    if not size:
        raise DomainError(EMPTY, name=name)
    if shutil.disk_usage(folder).free < MIN_FREE:
        raise DomainError(NO_ROOM)
    return counted.hexdigest(), size


def put_in_place(folder: Path, file: Received) -> None:
    """Under the name of its content, safely on the disk; one that is there already is made young again."""
    path = path_of(folder, file.digest)
    if path.exists():
        os.utime(path)
        return
    path.parent.mkdir(mode=0o700, exist_ok=True)
    os.replace(file.path, path)
    _keep_entry(path.parent)


def _keep_entry(folder: Path) -> None:
    """The folder's own entry is written too, where the system can be asked for it."""
    if os.name != "nt":
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def total_size(session: Session) -> int:
    """What all attachments of the firm take on the disk."""
    return session.scalar(select(func.coalesce(func.sum(StoredFile.size), 0))) or 0


def space_of(session: Session) -> tuple[int, int]:
    """Bytes that the attachments take, and those of the disk that they could still take."""
    free = shutil.disk_usage(folder_in(instance_folder_of(session))).free
    return total_size(session), max(0, free - MIN_FREE)


def check_limit(session: Session, gigabytes: int) -> None:
    """That so much may be promised to attachments. Raises FieldError where the disk could not hold it."""
    used, free = space_of(session)
    if gigabytes * GIGABYTE > used + free:
        raise FieldError("attachments_gb", TOO_MUCH, most=(used + free) // GIGABYTE)


def check_room(session: Session, files: Sequence[Received], gigabytes: int) -> None:
    """That the firm's attachments stay within what is promised to them. Raises DomainError; what is there already
    under its content takes no more."""
    new_sizes = {file.digest: file.size for file in files if session.get(StoredFile, file.digest) is None}
    used = total_size(session)
    if new_sizes and used + sum(new_sizes.values()) > gigabytes * GIGABYTE:
        raise DomainError(FIRM_FULL, most=gigabytes, used=f"{used / GIGABYTE:.1f}")


def has_unused_files(session: Session, now: datetime) -> bool:
    """Whether there is something for `drop_unused` or `drop_orphans` to do."""
    return session.scalars(_unused(now).limit(1)).first() is not None or bool(orphans(session, now))


def _unused(now: datetime) -> Select[StoredFile]:
    used = select(Attachment.digest)
    return select(StoredFile).where(StoredFile.digest.not_in(used), StoredFile.stored_at < now - ORPHANS_KEPT)


def drop_unused(session: Session, now: datetime) -> int:
    """Forget files that no attachment uses any more; they are then orphans."""
    unused = session.scalars(_unused(now)).all()
    for stored in unused:
        session.delete(stored)
    session.flush()
    return len(unused)


def orphans(session: Session, now: datetime) -> list[Path]:
    """Files on disk that the database does not know, older than a day."""
    known = set(session.scalars(select(StoredFile.digest)))
    folder = instance_folder_of(session) / "uploads" / "attachments"
    files = (file for file in folder.rglob("*") if file.is_file()) if folder.exists() else ()
    unknown = (file for file in files if _NAME.fullmatch(file.name) and file.name.partition(".")[0] not in known)
    return [file for file in unknown if _is_old(file, now)]


def _is_old(file: Path, now: datetime) -> bool:
    try:
        return now - datetime.fromtimestamp(file.stat().st_mtime, UTC) > ORPHANS_KEPT
    except FileNotFoundError:
        return False


def drop_orphans(session: Session, now: datetime) -> int:
    orphaned = [file for file in orphans(session, now) if _is_old(file, now)]
    for file in orphaned:
        file.unlink(missing_ok=True)
    return len(orphaned)
