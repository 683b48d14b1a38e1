"""Errors that keep the program from starting, each in one sentence that says what to do."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click import ClickException
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

FULL = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)
FULL_DISK = "The disk is full: free some space, then start again."


class CannotStart(ClickException):
    """Shown without a traceback; the command ends with 1."""


def system_error_reason(error: OSError) -> str:
    """The operating system's reason, in words."""
    if error.errno in FULL:
        return "the disk is full"
    if error.errno == errno.EROFS:
        return "it is on a disk that is read-only"
    if error.errno in (errno.EACCES, errno.EPERM):
        return "this account has no right to it"
    return (error.strerror or str(error)).lower()


def database_error_reason(error: BaseException, where: str) -> str:
    """The sentence for an error of the database at `where`."""
    cause = getattr(error, "orig", None) or error
    text = " ".join(str(cause).split())
    if not isinstance(cause, sqlite3.Error):
        return f"The database server cannot be used ({text}). Look whether it runs and CRM_DATABASE_URL is right."
    for words, sentence in _SQLITE.items():
        if words in text.lower():
            return sentence.format(where=where)
    return f"The database {where} cannot be used ({text}). Nothing was changed."


_RIGHTS = "{where} cannot be written: give this account the right to write it and its folder, then start again."
_DAMAGED = (
    "The database {where} is damaged. Nothing was changed: keep a copy of it, then put the newest good backup in its "
    "place (the folder backups beside it has those made before upgrades)."
)
_SQLITE = {
    "not a database": "{where} is no database of this program, or its beginning is damaged. Nothing was changed: "
    "put the database back in its place (backups stand in the folder backups beside it).",
    "malformed": _DAMAGED,
    "locked": "The database {where} is locked by another program: close whatever has it open, then start again.",
    "full": FULL_DISK,
    "readonly": _RIGHTS,
    "unable to open": _RIGHTS,
    "disk i/o error": "The disk of {where} answers with errors, or it is full: look at it, then start again.",
}


@contextmanager
def explain_errors(where: str) -> Iterator[None]:
    """Turn errors of the disk and of the database into one sentence."""
    try:
        yield
    except OSError as error:
        raise CannotStart(_disk(error, where)) from error
    except (DBAPIError, sqlite3.Error) as error:
        raise CannotStart(database_error_reason(error, where)) from error
    except SQLAlchemyError as error:
        raise CannotStart(f"The database cannot be used: {error}") from error


def _disk(error: OSError, where: str) -> str:
    if error.errno in FULL:
        return FULL_DISK
    named = Path(error.filename) if isinstance(error.filename, str) else where
    return f"{named} cannot be used: {system_error_reason(error)}. Put that right, then start again."
