"""While the data are being restored nobody else writes: what they saved would be lost without a word (hostile case 59).

The gate is a file in the installation's folder that its holder has locked; the system takes the lock back when the
process ends, so a gate that was left behind is noticed and removed.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import IO

from crm.installation.system_locks import lock_exclusive

NAME = "restoring"
_ours: ContextVar[bool] = ContextVar("crm_restoring", default=False)


class Restoring(sqlite3.OperationalError):
    """The data are being restored: nothing was saved, and it can be tried again. Taken for a busy database."""

    def __init__(self) -> None:
        super().__init__("database is locked: it is being restored")


@contextmanager
def closed(folder: Path) -> Iterator[None]:
    """Only this thread writes within. Raises Restoring where another restore holds the gate."""
    file = _take(folder / NAME)
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)
        with suppress(OSError):
            (folder / NAME).unlink()  # Windows refuses this while it is open: then the next look removes it
        file.close()


def _take(path: Path) -> IO[bytes]:
    while True:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
        if not lock_exclusive(file):
            file.close()
            raise Restoring
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()  # somebody removed the one that was left behind, just now


def look_at_gate(folder: str) -> None:
    """Before anything is written. Raises Restoring."""
    path = os.path.join(folder, NAME)
    if _ours.get() or not os.path.exists(path):
        return
    try:
        with open(path, "r+b") as file:
            if not lock_exclusive(file):
                raise Restoring
            with suppress(OSError):
                os.unlink(path)  # left behind by a process that is no more
    except FileNotFoundError:
        return
    except PermissionError as error:  # Windows, while its holder removes it
        raise Restoring from error
