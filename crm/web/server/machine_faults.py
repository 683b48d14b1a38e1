"""What is wrong with the machine, in words for people: a full disk, a disk that fails, a database that only reads."""

import errno
import sqlite3
from typing import Any

from crm.i18n import N_

BUSY = (
    N_("Please try again in a moment"),
    N_(
        "Other people are saving, and it is taking longer than usual. Nothing was saved. Please press the button again."
    ),
)
FULL = (
    N_("The server's disk is full"),
    N_(
        "Nothing was saved: the server's disk is full. Please ask your administrator to free some space, then press "
        "the button again."
    ),
)
FAILING = (
    N_("The server's disk is not working properly"),
    N_(
        "Nothing was saved: the server could not write to its disk. Please tell your administrator immediately, and "
        "press the button again once it is fixed."
    ),
)
READ_ONLY = (
    N_("The server's database is read-only"),
    N_(
        "Nothing was saved: the server's database is read-only. Please tell your administrator, and press the button "
        "again once it is fixed."
    ),
)
UNKNOWN = (
    N_("Something went wrong"),
    N_("Nothing was saved. Please try again; if it happens again, tell your administrator the number below."),
)
_SQLITE = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: FAILING,
    sqlite3.SQLITE_CORRUPT: FAILING,
    sqlite3.SQLITE_CANTOPEN: FAILING,
    sqlite3.SQLITE_READONLY: READ_ONLY,
}
_POSTGRES = {"53100": FULL, "58030": FAILING, "25006": READ_ONLY}
_SYSTEM = {errno.ENOSPC: FULL, errno.EDQUOT: FULL, errno.EIO: FAILING, errno.EROFS: READ_ONLY}


def is_busy(error: BaseException) -> bool:
    """Whether others wrote for longer than one waits, or two waited for each other: it can be sent again."""
    cause = getattr(error, "orig", error)
    if getattr(cause, "sqlstate", "") in ("55P03", "40P01", "40001"):
        return True
    return isinstance(cause, sqlite3.OperationalError) and "locked" in str(cause)


def fault_of(error: BaseException | None) -> tuple[str, str]:
    """Heading and advice; looks at what the error came from, too."""
    while error is not None:
        cause: Any = getattr(error, "orig", None) or error
        fault = None
        if isinstance(cause, sqlite3.Error):
            fault = _SQLITE.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
        elif isinstance(cause, OSError):
            fault = _SYSTEM.get(cause.errno or 0)
        fault = fault or _POSTGRES.get(getattr(cause, "sqlstate", None) or "")
        if fault:
            return fault
        error = error.__cause__ or error.__context__
    return UNKNOWN
