"""Lengths of the shared texts of an .xls, which run on over several records."""

import struct
from collections.abc import Iterator

_CONTINUED = 0x003C
_WIDE, _FAR_EAST, _RICH = 0x01, 0x04, 0x08


def text_lengths(stream: bytes | bytearray, at: int) -> Iterator[int]:
    """The number of characters of each text of the table whose record begins at `at`.

    As many as there are: programs count them wrong, and Excel reads on. It ends before one that is broken off.
    """
    reader = _Reader(stream, at)
    try:
        reader.skip(8)
        while reader.more():
            yield reader.pass_text()
    except (struct.error, IndexError):
        return


class _Reader:
    def __init__(self, stream: bytes | bytearray, at: int) -> None:
        self.stream = stream
        self.at = at + 4
        self.end = self.at + struct.unpack_from("<H", stream, at + 2)[0]

    def more(self) -> bool:
        """Whether anything follows, in this record or in one that continues it."""
        if self.at < self.end:
            return True
        return self.stream[self.end : self.end + 2] == _CONTINUED.to_bytes(2, "little")

    def take(self, count: int) -> bytes:
        """Bytes that are never divided between records."""
        if self.at == self.end:
            self._go_on()
        if self.at + count > self.end:
            raise IndexError
        self.at += count
        return bytes(self.stream[self.at - count : self.at])

    def skip(self, count: int) -> None:
        while count > 0:
            if self.at == self.end:
                self._go_on()
            step = min(count, self.end - self.at)
            self.at += step
            count -= step

    def pass_text(self) -> int:
        characters, flags = struct.unpack("<HB", self.take(3))
        runs = struct.unpack("<H", self.take(2))[0] if flags & _RICH else 0
        phonetic = struct.unpack("<I", self.take(4))[0] if flags & _FAR_EAST else 0
        remaining, width = characters, 2 if flags & _WIDE else 1
        while remaining:
            if self.at == self.end:
                self._go_on()
                width = 2 if self.take(1)[0] & _WIDE else 1
            here = min(remaining, (self.end - self.at) // width)
            if not here:
                raise IndexError
            self.at += here * width
            remaining -= here
        self.skip(runs * 4 + phonetic)
        return int(characters)

    def _go_on(self) -> None:
        kind, length = struct.unpack_from("<HH", self.stream, self.end)
        if kind != _CONTINUED or self.end + 4 + length > len(self.stream) or not length:
            raise IndexError
        self.at = self.end + 4
        self.end = self.at + length
