"""A lock that the operating system releases when its process ends, so that abandoned work is noticed."""

from pathlib import Path
from typing import IO

from crm.installation.system_locks import lock_exclusive


class WorkLock:
    """Held while something is worked on, from the request that asks for it to its end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    def take(self) -> bool:
        """False where another process, or this one, works on it."""
        file = self.path.open("ab")
        if not lock_exclusive(file):
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            self.path.unlink(missing_ok=True)
