"""Opens the zip of an .xlsx with care and hands on a clean copy.

Two programs can see different contents in one malformed zip. So the parts are unpacked here, under
limits, looked through, and packed again uncompressed; the reader sees only what was looked through.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator

from crm.spreadsheets import messages
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.limits import (
    MAX_RATIO,
    MAX_UNPACKED,
    MAX_ZIP_DIRECTORY,
    MAX_ZIP_ENTRIES,
    RATIO_MATTERS_FROM,
)
from crm.spreadsheets.shared_texts import check_shared_texts
from crm.spreadsheets.sheet_xml import check_part

_END = b"PK\x05\x06"
_ENCRYPTED = 0x1
_NOT_NEEDED = (
    "docprops/", "customxml/", "xl/theme/", "xl/media/", "xl/drawings/", "xl/charts/", "xl/comments",
    "xl/threadedcomments/", "xl/persons/", "xl/pivottables/", "xl/pivotcache/", "xl/printersettings/",
    "xl/calcchain.xml", "xl/externallinks/", "xl/tables/", "xl/querytables/", "xl/slicers/",
)  # fmt: skip


def cleaned_xlsx(data: bytes, max_rows: int, max_columns: int) -> io.BytesIO:
    """The workbook's parts as a new uncompressed zip; raises SpreadsheetError for anything unsafe."""
    _check_directory_size(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = _checked_entries(archive)
            return _copy(archive, entries, max_rows, max_columns)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise SpreadsheetError(messages.DAMAGED) from error


def _check_directory_size(data: bytes) -> None:
    """The directory is read whole when a zip is opened, so its size is asked of the last record first."""
    end = data.rfind(_END, -65_557)
    if end < 0 or len(data) < end + 22:
        raise SpreadsheetError(messages.DAMAGED)
    count = int.from_bytes(data[end + 10 : end + 12], "little")
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    if count > MAX_ZIP_ENTRIES or size > MAX_ZIP_DIRECTORY:
        raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)


def _checked_entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    entries = archive.infolist()
    names = [entry.filename.lower() for entry in entries]
    if len(entries) > MAX_ZIP_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise SpreadsheetError(messages.PROTECTED)
    if "xl/workbook.bin" in names or "mimetype" in names:
        raise SpreadsheetError(messages.OTHER_WORKBOOK)
    if "xl/workbook.xml" not in names:
        raise SpreadsheetError(messages.NOT_A_SPREADSHEET)
    if len(set(names)) < len(names):
        raise SpreadsheetError(messages.DAMAGED)
    for entry in entries:
        _check_entry(entry)
    return [entry for entry in entries if _is_needed(entry.filename.lower())]


def _check_entry(entry: zipfile.ZipInfo) -> None:
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SpreadsheetError(messages.DAMAGED)
    if entry.file_size > RATIO_MATTERS_FROM and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)


def _is_needed(name: str) -> bool:
    return name.endswith((".xml", ".rels")) and not name.startswith(_NOT_NEEDED)


def _copy(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], max_rows: int, max_columns: int) -> io.BytesIO:
    parts = dict(_unpacked(archive, entries))
    for xml in parts.values():
        check_part(xml, max_rows, max_columns)
    check_shared_texts(parts)
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as target:
        while parts:
            target.writestr(*parts.popitem())
    copy.seek(0)
    return copy


def _unpacked(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> Iterator[tuple[str, bytes]]:
    """Each part's content. A declared size that lies ends the part there, and its checksum is then wrong."""
    left = MAX_UNPACKED
    for entry in entries:
        with archive.open(entry) as part:
            xml = part.read(left + 1)
        left -= len(xml)
        if left < 0:
            raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)
        yield entry.filename, xml
