"""Many rows in little room: packed in pieces, unpacked one piece at a time."""

import io
import pickle
import zlib
from collections.abc import Iterator, Sequence
from typing import Any, overload

from crm.spreadsheets.sheet import Cell

_EACH = 200
_ALLOWED = {
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("crm.spreadsheets.unreadable", "Unreadable"),
    ("copyreg", "_reconstructor"),
}


class _Plain(pickle.Unpickler):
    """Makes nothing but cells."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is no cell")
        return super().find_class(module, name)


def packed(rows: Sequence[list[Cell]]) -> list[bytes]:
    return [
        zlib.compress(pickle.dumps(rows[start : start + _EACH], pickle.HIGHEST_PROTOCOL), 1)
        for start in range(0, len(rows), _EACH)
    ]


class PackedRows(Sequence[list[Cell]]):
    """The rows of a sheet, read like a list."""

    def __init__(self, pieces: list[bytes], length: int) -> None:
        self._pieces = pieces
        self._length = length
        self._at = -1
        self._open: list[list[Cell]] = []

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> list[Cell]: ...
    @overload
    def __getitem__(self, index: slice) -> list[list[Cell]]: ...
    def __getitem__(self, index: int | slice) -> list[Cell] | list[list[Cell]]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self._length))]
        if index < 0:
            index += self._length
        if not 0 <= index < self._length:
            raise IndexError(index)
        return self._piece(index // _EACH)[index % _EACH]

    def __iter__(self) -> Iterator[list[Cell]]:
        for number in range(len(self._pieces)):
            yield from self._piece(number)

    def _piece(self, number: int) -> list[list[Cell]]:
        if number != self._at:
            rows: list[list[Cell]] = _Plain(io.BytesIO(zlib.decompress(self._pieces[number]))).load()
            self._open, self._at = rows, number
            return rows
        return self._open
