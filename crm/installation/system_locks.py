"""File locks of the operating system: it releases them when their process ends, however it ends."""

import errno
import os
from collections.abc import Callable
from typing import IO

PLACES = 64
"""Windows knows no shared lock here. Each holder locks a byte of its own of so many; who is alone locks them all."""
FIRST = 1 << 20
"""Beyond what is written in the file: there a locked byte can be read by nobody."""
HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)

if os.name == "nt":
    import msvcrt

    def _lock(file: IO[bytes], index: int, count: int) -> None:
        file.seek(FIRST + index)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, count)  # type: ignore[attr-defined]

    def _alone(file: IO[bytes]) -> None:
        _lock(file, 0, PLACES)

    def _shared(file: IO[bytes]) -> None:
        for index in range(PLACES - 1):
            try:
                return _lock(file, index, 1)
            except OSError as error:
                if error.errno not in HELD:
                    raise
        _lock(file, PLACES - 1, 1)

else:
    import fcntl

    def _alone(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _shared(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)


def lock_exclusive(file: IO[bytes]) -> bool:
    """False where another open file holds it, alone or shared."""
    return _try(_alone, file)


def lock_shared(file: IO[bytes]) -> bool:
    """False where another open file holds it alone."""
    return _try(_shared, file)


def _try(take: Callable[[IO[bytes]], None], file: IO[bytes]) -> bool:
    try:
        take(file)
    except OSError as error:
        if error.errno in HELD:
            return False
        raise
    return True
