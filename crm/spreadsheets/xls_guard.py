"""Looks through an .xls before the fast reader may have it: how far its cells reach, passwords.

The reader trusts what records declare about sizes, makes the tables of all sheets at once and a copy
of a shared text for each cell that uses it; so all of this is added up, or corrected, first.
"""

import io
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from crm.spreadsheets import messages
from crm.spreadsheets.errors import SpreadsheetError
from crm.spreadsheets.extent import Extent
from crm.spreadsheets.foreign import excel_version
from crm.spreadsheets.limits import MAX_CELLS, MAX_SHEETS, MAX_TEXT
from crm.spreadsheets.ole import OleError, read_streams, wrap_stream
from crm.spreadsheets.read_budget import ReadBudget
from crm.spreadsheets.xls_codepages import UTF_16
from crm.spreadsheets.xls_facts import SheetFacts
from crm.spreadsheets.xls_strings import text_lengths

_END = 0x000A
_BEGIN = 0x0809
_CODEPAGE = 0x0042
_EXCEL_95 = 0x0500
_OLDER = (0x0002, 0x0007, 0x0200, 0x0300, 0x0400)
_SHEET = 0x0085
_PASSWORD = 0x002F
_SHARED_STRINGS = 0x00FC
_CALCULATED_BY = 0x01C1
_DIMENSIONS = 0x0200
_FORMULA = 0x0006
_SEVERAL_CELLS = 0x00BD
_SHARED_STRING_CELL = 0x00FD
_CELLS = frozenset((_FORMULA, _SEVERAL_CELLS, _SHARED_STRING_CELL, 0x00D6, 0x0203, 0x0204, 0x0205, 0x027E))


@dataclass(frozen=True)
class CheckedWorkbook:
    """A new container with the workbook alone, and what only its records tell of each sheet.

    `narrow`: its texts are bytes in the code page that it declares (None: it declares none).
    """

    file: io.BytesIO
    facts: list[SheetFacts]
    narrow: bool
    codepage: int | None


def check_xls(data: bytes, max_rows: int, max_columns: int) -> CheckedWorkbook:
    """Check an .xls for the fast reader. Raises SpreadsheetError for anything unsafe."""
    try:
        streams = read_streams(data, ("workbook", "book", "encryptedpackage", "encryptioninfo"))
    except OleError as error:
        raise SpreadsheetError(messages.DAMAGED) from error
    if "encryptedpackage" in streams or "encryptioninfo" in streams:
        raise SpreadsheetError(messages.PROTECTED)
    for name in ("workbook", "book"):
        if name in streams:
            workbook = _Workbook(bytearray(streams[name]))
            facts = workbook.clean(max_rows, max_columns)
            file = io.BytesIO(wrap_stream(name.title(), bytes(workbook.stream)))
            return CheckedWorkbook(file, facts, workbook.narrow, workbook.codepage)
    raise SpreadsheetError(messages.NOT_A_SPREADSHEET)


class _Workbook:
    """The stream is corrected in place."""

    def __init__(self, stream: bytearray) -> None:
        self.stream = stream
        self.sheets: list[int] = []
        self.strings_at: int | None = None
        self.uses: Counter[int] = Counter()
        self.computed = False
        self.narrow = False
        self.codepage: int | None = None
        self.work = ReadBudget()

    def clean(self, max_rows: int, max_columns: int) -> list[SheetFacts]:
        self._check_version()
        areas = [(0, self._general_records())]
        facts = []
        for start in self.sheets:
            extent = Extent(max_rows, max_columns)
            facts.append(SheetFacts(self.computed))
            areas.append((start, self._sheet(start, extent, facts[-1])))
            self.work.sheet(extent.rows, extent.columns)
        if any(start < end for (_, end), (start, _) in pairwise(sorted(areas))):
            raise SpreadsheetError(messages.DAMAGED)
        self._check_texts()
        return facts

    def _check_version(self) -> None:
        kind, length, version, content = struct.unpack_from("<4H", self.stream.ljust(8, b"\0"))
        if (excel_version(self.stream) or 5) < 5 or (kind == _BEGIN and version in _OLDER):
            raise SpreadsheetError(messages.OLD_EXCEL)
        # Some programs leave the version out; the reader then goes by the kind of content.
        self.narrow = kind == _BEGIN and length >= 4 and (version == _EXCEL_95 or (version == 0 and content == 0x1000))

    def _general_records(self) -> int:
        end = 0
        for kind, at, length in self._records(0):
            end = at + length
            if kind == _PASSWORD:
                raise SpreadsheetError(messages.PROTECTED)
            if kind == _SHEET and length >= 4:
                self.sheets.append(struct.unpack_from("<I", self.stream, at)[0])
                if len(self.sheets) > MAX_SHEETS:
                    raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)
            elif kind == _CALCULATED_BY:
                self.computed = True
            elif kind == _CODEPAGE and length >= 2:
                # The reader would go by it where it does not count, and in its own way where it does.
                self.codepage = struct.unpack_from("<H", self.stream, at)[0]
                struct.pack_into("<H", self.stream, at, UTF_16)
            elif kind == _SHARED_STRINGS and length >= 8:
                self.strings_at = at
                # Only asks for memory in advance, and is often wrong.
                self.stream[at + 4 : at + 8] = bytes(4)
        return end

    def _sheet(self, start: int, extent: Extent, facts: SheetFacts) -> int:
        end = start + 1
        for kind, at, length in self._records(start):
            end = at + length
            facts.note_record(kind, self.stream, at, length)
            if kind in _CELLS:
                self._cell(kind, at, length, extent)
            elif kind == _DIMENSIONS:
                # Only asks for memory in advance; formats far away are often counted in.
                self.stream[at:end] = bytes(length)
        return end

    def _cell(self, kind: int, at: int, length: int, extent: Extent) -> None:
        if length < 6:
            raise SpreadsheetError(messages.DAMAGED)
        row, column = struct.unpack_from("<HH", self.stream, at)
        if kind == _SEVERAL_CELLS:
            column = struct.unpack_from("<H", self.stream, at + length - 2)[0]
        elif kind == _SHARED_STRING_CELL and length >= 10:
            self.uses[struct.unpack_from("<I", self.stream, at + 6)[0]] += 1
        elif kind == _FORMULA and length >= 22:
            # No formula's text, only its value is wanted.
            self.stream[at + 20 : at + 22] = b"\0\0"
        self.work.cell()
        extent.use(row + 1, column + 1)

    def _records(self, at: int) -> Iterator[tuple[int, int, int]]:
        """Kind, place and length of each record up to the mark of the end."""
        while at + 4 <= len(self.stream):
            kind, length = struct.unpack_from("<HH", self.stream, at)
            if kind == _END:
                return
            if at + 4 + length > len(self.stream):
                raise SpreadsheetError(messages.DAMAGED)
            self.work.element()
            yield kind, at + 4, length
            at += 4 + length

    def _check_texts(self) -> None:
        """A text counts for each cell that uses it; none may be missing, for the reader would leave the cell empty."""
        if self.strings_at is None:
            return
        count = characters = 0
        for count, length in enumerate(text_lengths(self.stream, self.strings_at - 4), 1):
            characters += length * self.uses[count - 1]
            if characters > MAX_TEXT:
                raise SpreadsheetError(messages.UNPACKS_TOO_LARGE)
            if count > MAX_CELLS:
                raise SpreadsheetError(messages.TOO_MANY_CELLS, cells=MAX_CELLS)
        if self.uses and max(self.uses) >= count:
            raise SpreadsheetError(messages.DAMAGED)
