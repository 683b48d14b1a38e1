"""A backup: one file with the database, the attachments and what they hold (D-3).

It is a plain zip: `manifest.json` first, then the database, then the attachments. Its last 64 bytes, in the zip's
comment, are the SHA-256 of everything before them, so that one changed bit is noticed wherever it is. With a password
the whole zip is encrypted (`encryption`).
"""

import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

FORMAT = 1
PRODUCT = "shuke-crm"
MANIFEST = "manifest.json"
SQLITE, POSTGRESQL = "database.sqlite3", "database.pgdump"
ATTACHMENTS = "attachments/"
HASH_LENGTH = 64
PIECE = 1024 * 1024
MAX_MANIFEST = 64 * 1024 * 1024
MAX_MEMBERS = 2_000_000
_MEMBER = re.compile(r"attachments/(?:[0-9A-Za-z_-]{1,80}/){0,3}[0-9A-Za-z_.-]{1,120}\Z")

Progress = Callable[[int], None]
"""Hears how far it is, in bytes."""


class BadArchive(Exception):
    """The file is damaged, or no backup of this program. The text is for the log."""


class NewerFormat(BadArchive):
    """It was made by a version that this one knows nothing of."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. `contents` is table → [rows, sum]; `files` is member → [bytes, SHA-256]."""

    made_at: str
    """In UTC, as 2026-11-29T04:00:00+00:00."""
    made_by: str
    reason: str
    revision: str
    version: str
    firm: str
    contents: dict[str, list[int]]
    files: dict[str, list[Any]] = field(default_factory=dict)
    product: str = PRODUCT
    format: int = FORMAT

    @property
    def database(self) -> str:
        return SQLITE if SQLITE in self.files else POSTGRESQL

    def rows_of(self, table: str) -> int:
        return int(self.contents.get(table, [0])[0])


def _no_progress(_bytes: int) -> None:
    pass


def write_archive(
    target: Path, manifest: Manifest, members: Iterable[tuple[str, Path]], report: Progress = _no_progress
) -> Manifest:
    """Write the zip with the members (name, file) and their hashes. Returns the manifest as it stands in it."""
    members = list(members)
    files = {name: [path.stat().st_size, hash_of(path)] for name, path in members}
    complete = Manifest(**{**asdict(manifest), "files": files})
    written = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True, compresslevel=1) as archive:
        archive.writestr(MANIFEST, json.dumps(asdict(complete), ensure_ascii=False))
        for name, path in members:
            with path.open("rb") as source, archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as out:
                while piece := source.read(PIECE):
                    out.write(piece)
                    written += len(piece)
                    report(written)
        archive.comment = b"0" * HASH_LENGTH
    with target.open("rb+") as out:
        digest = _hash_up_to_the_end(out)
        out.seek(-HASH_LENGTH, 2)
        out.write(digest)
    return complete


def hash_of(path: Path) -> str:
    digest = sha256()
    with path.open("rb") as source:
        while piece := source.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _hash_up_to_the_end(source: IO[bytes], report: Progress = _no_progress) -> bytes:
    source.seek(0, 2)
    remaining = source.tell() - HASH_LENGTH
    if remaining <= 0:
        raise BadArchive("too short")
    source.seek(0)
    digest, done = sha256(), 0
    while remaining:
        piece = source.read(min(PIECE, remaining))
        if not piece:
            raise BadArchive("it ends early")
        digest.update(piece)
        remaining -= len(piece)
        done += len(piece)
        report(done)
    return digest.hexdigest().encode()


def check_archive(file: Path, report: Progress = _no_progress) -> Manifest:
    """Look at every bit of a zip. Raises BadArchive, NewerFormat."""
    with file.open("rb") as source:
        expected = _hash_up_to_the_end(source, report)
        source.seek(-HASH_LENGTH, 2)
        if source.read() != expected:
            raise BadArchive("its hash is another one")
    return read_manifest(file)


def read_manifest(file: Path) -> Manifest:
    """The file's manifest, without checking the rest. Raises BadArchive, NewerFormat."""
    with _opened(file) as archive:
        return _manifest(archive)


def extract(file: Path, folder: Path, report: Progress = _no_progress) -> Manifest:
    """Unpack a checked zip into an empty folder, each member compared with its hash. Raises BadArchive, OSError."""
    done = 0
    with _opened(file) as archive:
        manifest = _manifest(archive)
        for name, (size, digest) in manifest.files.items():
            target = folder / name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            hashed, got = sha256(), 0
            with archive.open(name) as source, target.open("xb") as out:
                while piece := source.read(PIECE):
                    got += len(piece)
                    if got > size:
                        break
                    hashed.update(piece)
                    out.write(piece)
                    done += len(piece)
                    report(done)
            if got != size or hashed.hexdigest() != digest:
                raise BadArchive(f"{name} is another file")
    return manifest


class _opened:
    """A zip whose errors are BadArchive."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __enter__(self) -> zipfile.ZipFile:
        try:
            self.archive = zipfile.ZipFile(self.file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise BadArchive(str(error)) from error
        return self.archive

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self.archive.close()
        if isinstance(error, zipfile.BadZipFile | zipfile.LargeZipFile | EOFError | KeyError | NotImplementedError):
            raise BadArchive(str(error)) from error
        if error is not None and type(error).__module__ == "zlib":
            raise BadArchive(str(error)) from error


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    infos = archive.infolist()
    if not infos or len(infos) > MAX_MEMBERS or infos[0].filename != MANIFEST or infos[0].file_size > MAX_MANIFEST:
        raise BadArchive("no manifest")
    with archive.open(infos[0]) as source:
        raw = source.read(MAX_MANIFEST + 1)
    try:
        facts = json.loads(raw)
        if facts["product"] != PRODUCT:
            raise BadArchive("another product")
        if facts["format"] > FORMAT:
            raise NewerFormat(f"format {facts['format']}")
        manifest = Manifest(**facts)
        names = set(manifest.files)
        odd = [n for n in names if n not in (SQLITE, POSTGRESQL) and not _MEMBER.match(n)]
        numbers = all(isinstance(size, int) and isinstance(digest, str) for size, digest in manifest.files.values())
        counted = all(isinstance(n, int) for counts in manifest.contents.values() for n in counts)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadArchive(f"its manifest cannot be read: {error}") from error
    members = [info.filename for info in infos[1:]]
    if odd or not numbers or not counted or len(names & {SQLITE, POSTGRESQL}) != 1 or sorted(members) != sorted(names):
        raise BadArchive("its manifest does not fit")
    if any(info.file_size != manifest.files[info.filename][0] for info in infos[1:]):
        raise BadArchive("its sizes do not fit")
    return manifest


def size_unpacked(manifest: Manifest) -> int:
    return sum(int(size) for size, _digest in manifest.files.values())


def attachments_in(folder: Path) -> list[tuple[str, Path]]:
    """The members for the files of an attachments' folder; a file that is being written has another name."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    named = ((ATTACHMENTS + path.relative_to(folder).as_posix(), path) for path in paths)
    return sorted((name, path) for name, path in named if _MEMBER.match(name) and not name.endswith(".part"))


def put_attachments(source: Path, target: Path) -> int:
    """Add the files that are missing; they are named by their content, so what is there is the same. Says how many."""
    added = 0
    for name, path in attachments_in(source):
        target_path = target / name.removeprefix(ATTACHMENTS)
        if target_path.exists() and target_path.stat().st_size == path.stat().st_size:
            continue
        target_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = target_path.with_name(target_path.name + ".part")
        shutil.copyfile(path, part)
        part.replace(target_path)
        added += 1
    return added
