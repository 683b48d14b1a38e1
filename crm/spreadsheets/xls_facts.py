"""Facts about a sheet that only the records of an .xls hold: hidden, merged, or unreadable cells (I-5)."""

import struct
from dataclasses import dataclass, field

from crm.spreadsheets.sheet import Merge
from crm.spreadsheets.unreadable import NOT_COMPUTED, Unreadable

_FORMULA = 0x0006
_COLUMNS = 0x007D
_MERGED = 0x00E5
_TRUTH_OR_ERROR = 0x0205
_ROW = 0x0208
_ROW_HIDDEN = 0x20
_RESULT_IS_NO_NUMBER = b"\xff\xff"
_ERROR_RESULT, _EMPTY_RESULT = 2, 3
_MAX_MERGED = 100_000
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


@dataclass
class SheetFacts:
    """Places count from 0. `computed`: a program that works formulas out has saved the file."""

    computed: bool
    unreadable: dict[tuple[int, int], Unreadable] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[Merge] = field(default_factory=list)

    def note_record(self, kind: int, stream: bytearray, at: int, length: int) -> None:
        """Take note of a record of the sheet."""
        if kind == _ROW and length >= 16:
            (row,) = struct.unpack_from("<H", stream, at)
            if stream[at + 12] & _ROW_HIDDEN:
                self.hidden_rows.add(row)
        elif kind == _COLUMNS and length >= 10:
            first, last = struct.unpack_from("<HH", stream, at)
            if stream[at + 8] & 1 and first <= last:
                self.hidden_columns.update(range(first, min(last, 255) + 1))
        elif kind == _MERGED and length >= 2:
            self._merges(stream, at, length)
        elif kind == _TRUTH_OR_ERROR and length >= 8 and stream[at + 7]:
            self._error(stream, at, stream[at + 6])
        elif kind == _FORMULA and length >= 14 and stream[at + 12 : at + 14] == _RESULT_IS_NO_NUMBER:
            self._formula(stream, at)

    def _formula(self, stream: bytearray, at: int) -> None:
        if stream[at + 6] == _ERROR_RESULT:
            self._error(stream, at, stream[at + 8])
        elif stream[at + 6] == _EMPTY_RESULT and not self.computed:
            self.unreadable[struct.unpack_from("<HH", stream, at)] = Unreadable("", NOT_COMPUTED)

    def _error(self, stream: bytearray, at: int, code: int) -> None:
        self.unreadable[struct.unpack_from("<HH", stream, at)] = Unreadable(_ERRORS.get(code, "#"))

    def _merges(self, stream: bytearray, at: int, length: int) -> None:
        (count,) = struct.unpack_from("<H", stream, at)
        for start in range(at + 2, min(at + 2 + count * 8, at + length - 7), 8):
            if len(self.merged) < _MAX_MERGED:
                first, last, left, right = struct.unpack_from("<4H", stream, start)
                self.merged.append((first, left, last, right))
