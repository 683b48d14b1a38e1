"""Files that only have the name of a spreadsheet, and spreadsheets that cannot be read: each with its own sentence."""

import codecs
import re
from collections.abc import Collection

from crm.spreadsheets import messages

_BEGIN = 4_000
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_WEB = re.compile(r"<(?:!doctype\s+html|html|head|body|meta|table|tr|style|div|center)\b|^MIME-Version:", re.IGNORECASE)
_XML_SPREADSHEET = re.compile(r"urn:schemas-microsoft-com:office:spreadsheet|progid=.Excel\.Sheet", re.IGNORECASE)
_FLAT_OPEN_DOCUMENT = re.compile(r"<office:document\b")
_SYLK = re.compile(r"ID;P[^\r\n]*(?:\r\n?|\n)[A-Z]{1,2};")
_PICTURES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*")
BEGINNING_OF_FILE = {0x0009: 2, 0x0209: 3, 0x0409: 4, 0x0809: 5}
"""What an .xls, or a file of an Excel before it, begins with → the first version that did so."""
_BEGINNING_LENGTHS = (4, 6, 8, 16)


def unreadable_reason(content: bytes) -> str | None:
    """The message for a file without a container that is known to be no table; None where it may be one."""
    if excel_version(content):
        return messages.OLD_EXCEL
    if content.startswith(_PICTURES):
        return messages.NOT_A_SPREADSHEET
    first_bytes = content[:_BEGIN]
    codec = next((name for mark, name in _MARKS.items() if first_bytes.startswith(mark)), "latin-1")
    text = first_bytes[: len(first_bytes) // 2 * 2].decode(codec, "replace").lstrip()
    if text.startswith("%PDF"):
        return messages.PDF
    if _XML_SPREADSHEET.search(text):
        return messages.XML_SPREADSHEET
    if _FLAT_OPEN_DOCUMENT.search(text):
        return messages.OPEN_DOCUMENT
    if text.startswith(("<", "MIME-Version:")) and _WEB.search(text):
        return messages.WEB_PAGE
    return messages.OLD_EXCEL if _SYLK.match(text) else None


def excel_version(content: bytes | bytearray) -> int | None:
    """The version of Excel whose record such a stream begins with, 5 standing for it and later ones; None for others.

    Excel 4 and older, and some programs of others later, wrote the records into the file without a container.
    """
    kind, length = int.from_bytes(content[:2], "little"), int.from_bytes(content[2:4], "little")
    return BEGINNING_OF_FILE.get(kind) if length in _BEGINNING_LENGTHS else None


def unreadable_package_reason(names: Collection[str], mimetype: bytes) -> str | None:
    """The same for a zip, by the names of its parts (in lower case)."""
    if mimetype.startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
        return messages.OPEN_DOCUMENT
    if any(name.endswith(".iwa") or name in ("index.zip", "index.xml", "index.apxl") for name in names):
        return messages.NUMBERS
    if any(name.endswith("workbook.bin") for name in names):
        return messages.BINARY_WORKBOOK
    if "[content_types].xml" in names or mimetype:
        return None
    if any(name.endswith((".xlsx", ".xls", ".csv", ".txt")) for name in names):
        return messages.ARCHIVE
    return None
