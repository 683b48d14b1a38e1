"""The zip of an .xlsx: opened with care, its parts found by their relationships, read in pieces under limits."""

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from crm.spreadsheets import messages
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.foreign import unreadable_package_reason
from crm.spreadsheets.limits import (
    MAX_RATIO,
    MAX_UNPACKED,
    MAX_ZIP_DIRECTORY,
    MAX_ZIP_ENTRIES,
    RATIO_MATTERS_FROM,
)
from crm.spreadsheets.read_budget import ReadBudget
from crm.spreadsheets.xml_part import read_part

_END = b"PK\x05\x06"
_ENCRYPTED = 0x1
_PIECE = 256 * 1024
_ROOT_RELATIONS = "_rels/.rels"
_USUAL_WORKBOOK = "xl/workbook.xml"
_TYPES = "[content_types].xml"
_WORKBOOK_TYPE = re.compile(r"(?:sheet|template)\.(?:main|macroEnabled\.main)\+xml")


class Package:
    """The parts of one file by their names: without case, and with either kind of slash."""

    def __init__(self, data: bytes, work: ReadBudget) -> None:
        _check_directory_size(data)
        self.work = work
        self.archive = zipfile.ZipFile(io.BytesIO(data))
        self.entries = _checked_entries(self.archive)

    def pieces(self, name: str, work: ReadBudget | None = None) -> Iterator[bytes]:
        """The content of a part. A declared size that lies ends it there, and its checksum is then wrong."""
        counted = work or self.work
        entry = self.entries.get(_plain(name))
        if entry is None:
            return
        with self.archive.open(entry) as part:
            while piece := part.read(_PIECE):
                counted.unpack(len(piece))
                yield piece

    def workbook(self) -> str:
        """The name of the workbook's part; raises SpreadsheetError for another kind of file."""
        reason = unreadable_package_reason(self.entries, next(self.pieces("mimetype"), b""))
        if reason is not None:
            raise SpreadsheetError(reason)
        declared = [target for kind, target in self.relations("").values() if kind == "officedocument"]
        for name in (*declared, *self._by_type(), _USUAL_WORKBOOK):
            if _plain(name) in self.entries:
                return _plain(name)
        raise SpreadsheetError(messages.NOT_A_SPREADSHEET)

    def _by_type(self) -> list[str]:
        """The parts that the list of types calls workbooks, for packages that say nothing else of theirs."""
        parts: list[str] = []

        def start(element: str, attributes: dict[str, str]) -> None:
            if element == "Override" and _WORKBOOK_TYPE.search(attributes.get("ContentType", "")):
                parts.append(attributes.get("PartName", ""))

        read_part(self.pieces(_TYPES), self.work, start)
        return parts

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Id → (kind in lower case, part's name) of the parts that this one refers to; "" is the file itself."""
        folder, name = posixpath.split(part)
        source = posixpath.join(folder, "_rels", f"{name}.rels") if part else _ROOT_RELATIONS
        relations: dict[str, tuple[str, str]] = {}

        def start(element: str, attributes: dict[str, str]) -> None:
            if (
                element == "Relationship"
                and len(relations) < MAX_ZIP_ENTRIES
                and attributes.get("TargetMode") != "External"
            ):
                target = attributes.get("Target", "").replace("\\", "/")
                kind = attributes.get("Type", "").rstrip("/ ").rpartition("/")[2].lower()
                relations[attributes.get("Id", "")] = (kind, self._target(folder, target))

        read_part(self.pieces(source), self.work, start)
        return relations

    def has_part(self, part: str) -> bool:
        return _plain(part) in self.entries

    def _target(self, folder: str, target: str) -> str:
        """The part's name; a target is an address, in which signs may be written as %20."""
        name = _plain(posixpath.normpath(posixpath.join("/" + folder, target)))
        return (
            name if name in self.entries else _plain(posixpath.normpath(posixpath.join("/" + folder, unquote(target))))
        )


def unpacks_within(path: Path, size: int) -> bool:
    """Whether the zip unpacks to no more than this by its own words, which its readers hold it to."""
    try:
        data = path.read_bytes()
        _check_directory_size(data)
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return sum(entry.file_size for entry in archive.infolist()) <= size
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, SpreadsheetError):
        return True  # refused at once


def _plain(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _check_directory_size(data: bytes) -> None:
    """The directory is read whole when a zip is opened, so its size is asked of the last record first."""
    end = data.rfind(_END, -65_557)
    if end < 0 or len(data) < end + 22:
        raise SpreadsheetError(messages.DAMAGED)
    count = int.from_bytes(data[end + 10 : end + 12], "little")
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if count > MAX_ZIP_ENTRIES or size > MAX_ZIP_DIRECTORY:
        raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)


def _checked_entries(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    if len(entries) > MAX_ZIP_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise SpreadsheetError(messages.PROTECTED)
    named = {_plain(entry.filename): entry for entry in entries}
    if len(named) < len(entries):
        raise SpreadsheetError(messages.DAMAGED)
    for entry in entries:
        _check_entry(entry)
    return named


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SpreadsheetError(messages.DAMAGED)
    if entry.file_size > RATIO_MATTERS_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)
