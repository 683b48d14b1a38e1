"""The folder of backups: their names, what is known of each, which are kept, and the copy in a second folder (D-3).

Beside a backup stands a small file with what a check found. It only spares looking: what it says of a file of another
size or age does not count.
"""

import json
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crm.installation.archive import BadArchive, Manifest, check_archive, read_manifest
from crm.installation.file_encryption import NotEncrypted, decrypt, read_facts
from crm.installation.folder import sync_file, sync_folder, write_atomically

PLAIN, ENCRYPTED = ".zip", ".backup"
NAME = re.compile(r"shuke-\d{8}-\d{6}(?:-\d{1,3})?(?:\.zip|\.backup)\Z", re.ASCII)
BY_HAND, SCHEDULED, BEFORE_RESTORE, UPLOADED = "by hand", "scheduled", "before restore", "uploaded"
MIN_KEPT = 3
SAFETY_KEPT = timedelta(days=7)
"""What was made before a restore stays so long, whatever the number of backups."""
_FACTS = ("made_at", "made_by", "reason", "revision", "version", "firm", "contents")


@dataclass(frozen=True)
class Backup:
    """A backup in its folder. `facts` is empty where it cannot be read; `checked_at` None where nobody looked."""

    path: Path
    size: int
    facts: dict[str, Any]
    checked_at: datetime | None
    problem: str = ""

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def is_encrypted(self) -> bool:
        return self.path.suffix == ENCRYPTED

    @property
    def made_at(self) -> datetime:
        """The time of its data: from its manifest, else from its name."""
        with suppress(KeyError, ValueError, TypeError):
            return datetime.fromisoformat(self.facts["made_at"]).astimezone(UTC)
        return datetime.strptime(self.name[6:21], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)

    @property
    def reason(self) -> str:
        return str(self.facts.get("reason", ""))


def new_path(folder: Path, now: datetime, suffix: str) -> Path:
    """A name that is free."""
    stem = f"shuke-{now.astimezone(UTC):%Y%m%d-%H%M%S}"
    names = [stem, *(f"{stem}-{number}" for number in range(2, 999))]
    taken = {path.stem for path in folder.glob(f"{stem}*")}
    return folder / f"{next(name for name in names if name not in taken)}{suffix}"


def is_name(name: str) -> bool:
    """Whether a backup may have this name: anything else is no file of ours (hostile case 57)."""
    return len(name) < 60 and NAME.match(name) is not None


def find(folder: Path, name: str) -> Backup | None:
    path = folder / name
    return look_at(path) if is_name(name) and path.is_file() and not path.is_symlink() else None


def backups_in(folder: Path) -> list[Backup]:
    """All of them, the newest first."""
    if not folder.is_dir():
        return []
    paths = (path for path in folder.iterdir() if is_name(path.name) and path.is_file() and not path.is_symlink())
    return sorted((look_at(path) for path in paths), key=lambda backup: (backup.made_at, backup.name), reverse=True)


def look_at(path: Path) -> Backup:
    stat = path.stat()
    known = _known(path)
    if known.get("size") == stat.st_size and known.get("mtime") == int(stat.st_mtime):
        checked = datetime.fromisoformat(known["checked_at"])
        return Backup(path, stat.st_size, known["facts"], checked, known["problem"])
    return Backup(path, stat.st_size, facts_of(path), None)


def facts_of(path: Path) -> dict[str, Any]:
    """The data of the file's manifest, before anybody checked it."""
    try:
        facts = read_facts(path) if path.suffix == ENCRYPTED else facts_in(read_manifest(path))
    except (BadArchive, NotEncrypted, OSError):
        return {}
    return {key: facts[key] for key in _FACTS if key in facts}


def facts_in(manifest: Manifest) -> dict[str, Any]:
    rows = {table: counts for table, counts in manifest.contents.items() if table in MAIN_TABLES}
    return {**{key: getattr(manifest, key) for key in _FACTS}, "contents": rows}


MAIN_TABLES = (
    "customers",
    "contacts",
    "contact_records",
    "opportunities",
    "quotes",
    "orders",
    "receipts",
    "products",
    "users",
)
"""Those whose rows a list shows."""


def _side(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _known(path: Path) -> dict[str, Any]:
    try:
        known = json.loads(_side(path).read_text(encoding="utf-8"))
        datetime.fromisoformat(known["checked_at"])
        fits = isinstance(known["facts"], dict) and isinstance(known["problem"], str)
    except (OSError, ValueError, TypeError, KeyError):
        return {}
    return known if fits else {}


def note_checked(path: Path, facts: dict[str, Any], now: datetime, problem: str = "") -> Backup:
    """Write down what looking at every bit of it found."""
    stat = path.stat()
    known = {
        "size": stat.st_size,
        "mtime": int(stat.st_mtime),
        "checked_at": now.isoformat(),
        "facts": facts,
        "problem": problem,
    }
    write_atomically(_side(path), json.dumps(known, ensure_ascii=False))
    return look_at(path)


def unpacked_zip(path: Path, folder: Path, password: str) -> Path:
    """The plain zip of a backup: itself, or decrypted into the folder. Raises WrongPassword, NotEncrypted."""
    if path.suffix != ENCRYPTED:
        return path
    plain = folder / "decrypted.zip"
    decrypt(path, plain, password)
    return plain


def finish(part: Path, target: Path) -> None:
    """Give a checked file its name, on the disk for sure."""
    sync_file(part)
    part.replace(target)
    sync_folder(target.parent)


def copy_to(path: Path, folder: Path) -> None:
    """A copy in a second folder, compared with the first. Raises OSError, BadArchive where they differ."""
    part = folder / f"{path.name}.part"
    try:
        shutil.copyfile(path, part)
        if path.suffix == PLAIN:
            check_archive(part)
        elif part.stat().st_size != path.stat().st_size:
            raise BadArchive("the copy has another size")
        finish(part, folder / path.name)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def delete(path: Path) -> None:
    path.unlink(missing_ok=True)
    _side(path).unlink(missing_ok=True)
    sync_folder(path.parent)


def prune(folder: Path, max_backups: int, days: int, now: datetime) -> list[str]:
    """Remove those that are too many or too old (0: none is); the newest three always stay. Says which went."""
    removed = []
    for index, backup in enumerate(backups_in(folder)):
        age = now - backup.made_at
        protected = index < MIN_KEPT or (backup.reason == BEFORE_RESTORE and age < SAFETY_KEPT)
        if not protected and (index >= max_backups or (days and age > timedelta(days=days))):
            delete(backup.path)
            removed.append(backup.name)
    return removed


def remove_parts(folder: Path, begins: str = "shuke-") -> None:
    """What a backup left that was cut off: files, and the folder that it was put together in."""
    for part in folder.glob(f"{begins}*.part*"):
        if part.is_dir():
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.unlink(missing_ok=True)
