"""The lock of the folder: held by whatever serves it (with others), and by an upgrade (alone)."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from crm.installation.startup_errors import CannotStart
from crm.installation.system_locks import lock_exclusive, lock_shared

NAME = "lock"


class FolderLock:
    """In the file stands the address of the server that was started last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: IO[bytes] | None = None

    def acquire_shared(self) -> None:
        """Acquire it for a server, or a command that uses the database. Raises CannotStart during an upgrade."""
        if not self._try_lock(lock_shared):
            raise CannotStart(
                f"The database in {self.folder} is being brought up to date by another start. Wait until it is done, "
                "then start again."
            )

    def acquire_exclusive(self) -> None:
        """Acquire it for an upgrade. Raises CannotStart beside a server or another upgrade."""
        if not self._try_lock(lock_exclusive):
            address = self.address()
            running = f"Shuke CRM is already running at {address}" if address else "Shuke CRM is already running"
            raise CannotStart(
                f"{running} and serves the folder {self.folder}. The database is to be brought up to date first: stop "
                "that program (Ctrl+C in its window), then start again. Nothing was changed."
            )
        self._write("")

    def is_held(self) -> bool:
        """Whether a server, or an upgrade, holds the folder."""
        if self._file is not None:
            return False
        with self._open() as file:
            return not lock_exclusive(file)

    def write_address(self, address: str) -> None:
        self._write(address)

    def address(self) -> str:
        with suppress(OSError), self._open() as file:
            file.seek(0)
            return file.read(200).decode("ascii", "replace").strip()
        return ""

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> "FolderLock":
        return self

    def __exit__(self, *error: object) -> None:
        self.release()

    def _try_lock(self, take: Callable[[IO[bytes]], bool]) -> bool:
        """The file is opened anew each time: a shared lock becomes exclusive only by being released first."""
        self.release()
        file = self._open()
        if not take(file):
            file.close()
            return False
        self._file = file
        return True

    def _write(self, text: str) -> None:
        if self._file is None:
            return
        with suppress(OSError):  # it is only told to whoever starts a second time
            self._file.truncate(0)
            self._file.seek(0)
            self._file.write(text.encode())
            self._file.flush()

    def _open(self) -> IO[bytes]:
        return os.fdopen(os.open(self.folder / NAME, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
