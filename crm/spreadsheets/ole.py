"""The container of .xls files (compound file): takes one stream out, and wraps one up again.

As with zips, the reader is given a newly made container that holds only the stream which was looked
through.
"""

import struct

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = 0xFFFFFFFE
_FREE = 0xFFFFFFFF
_FAT = 0xFFFFFFFD
_LAST_SECTOR = 0xFFFFFFFA
_STREAM, _ROOT = 2, 5
_SECTOR = 4096


class OleError(ValueError):
    """The container is damaged."""


def read_streams(data: bytes, names: tuple[str, ...]) -> dict[str, bytes]:
    """The streams with the wanted names (lower case) that the container has; raises OleError."""
    try:
        return _Container(data).streams(names)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise OleError from error


class _Container:
    def __init__(self, data: bytes) -> None:
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if data[:8] != SIGNATURE or (shift, mini_shift) not in ((9, 6), (12, 6)):
            raise OleError
        self.data = data
        self.sector_size = 1 << shift
        self.sectors = max(len(data) // self.sector_size - 1, 0) + 1
        first_directory, _, self.mini_cutoff, first_mini_fat = struct.unpack_from("<IIII", data, 48)
        self.fat = self._fat()
        self.directory = self._chain(first_directory)
        self.mini_fat = _numbers(self._chain(first_mini_fat)) if first_mini_fat < _LAST_SECTOR else ()

    def streams(self, names: tuple[str, ...]) -> dict[str, bytes]:
        streams: dict[str, bytes] = {}
        mini = b""
        for at in range(0, len(self.directory) - 127, 128):
            entry = self.directory[at : at + 128]
            name_length, kind = struct.unpack_from("<HB", entry, 64)
            first, size = struct.unpack_from("<II", entry, 116)
            if kind == _ROOT and first < _LAST_SECTOR:
                mini = self._chain(first)
            elif kind == _STREAM and 2 <= name_length <= 64:
                name = entry[: name_length - 2].decode("utf-16-le").lower()
                if name in names and name not in streams:
                    content = self._chain(first) if size >= self.mini_cutoff else self._mini(mini, first)
                    streams[name] = content[:size]
        return streams

    def _fat(self) -> tuple[int, ...]:
        places = list(_numbers(self.data[76:512]))
        following, count = struct.unpack_from("<II", self.data, 68)
        for _ in range(min(count, self.sectors)):
            if following >= _LAST_SECTOR:
                break
            *sectors, following = _numbers(self._sector(following))
            places += sectors
        used = [index for index in places if index < _LAST_SECTOR]
        if len(used) > self.sectors:
            raise OleError
        return _numbers(b"".join(self._sector(sector) for sector in used))

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.sector_size
        if start >= len(self.data):
            raise OleError
        return self.data[start : start + self.sector_size]

    def _chain(self, first: int) -> bytes:
        pieces: list[bytes] = []
        while first != _END:
            if len(pieces) > self.sectors:
                raise OleError  # a circle
            pieces.append(self._sector(first))
            first = self.fat[first]
        return b"".join(pieces)

    def _mini(self, mini: bytes, first: int) -> bytes:
        pieces: list[bytes] = []
        while first != _END:
            if len(pieces) > len(self.mini_fat):
                raise OleError
            pieces.append(mini[first * 64 : first * 64 + 64])
            first = self.mini_fat[first]
        return b"".join(pieces)


def _numbers(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def wrap_stream(name: str, content: bytes) -> bytes:
    """A new container (version 4, sectors of 4,096 bytes) with this one stream, padded with zeros.

    In order: header, stream, directory, an empty place for small streams, the table of sectors.
    """
    count = max(-(-len(content) // _SECTOR), 1)
    directory_at, mini_at, fat_at = count, count + 1, count + 2
    fat_count = 1
    while fat_count * (_SECTOR // 4) < fat_at + fat_count:
        fat_count += 1
    fat = [*range(1, count), _END, _END, _END, *[_FAT] * fat_count]
    fat += [_FREE] * (fat_count * (_SECTOR // 4) - len(fat))
    places = [*range(fat_at, fat_at + fat_count)]
    places += [_FREE] * (109 - fat_count)
    header = struct.pack(
        "<8s16xHHHHH6x9I109I",
        SIGNATURE, 0x3E, 4, 0xFFFE, 12, 6, 1, fat_count, directory_at, 0, 4096, _END, 0, _END, 0, *places,
    )  # fmt: skip
    directory = _entry("Root Entry", _ROOT, 1, mini_at, 64)
    directory += _entry(name, _STREAM, _FREE, 0, count * _SECTOR)
    parts = (header, content, directory, b"", struct.pack(f"<{len(fat)}I", *fat))
    sizes = (1, count, 1, 1, fat_count)
    return b"".join(part.ljust(size * _SECTOR, b"\0") for part, size in zip(parts, sizes, strict=True))


def _entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    return struct.pack("<64sHBBIII36xIQ", text, len(text), kind, 1, _FREE, _FREE, child, first, size)
