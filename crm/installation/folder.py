"""The installation's folder: private to the account that runs the program; files written atomically."""

import os
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from crm.installation.startup_errors import FULL_DISK, CannotStart, system_error_reason

MIN_FREE_BYTES = 4 * 1024 * 1024
"""With less the database could not even record a sign-in."""
OTHER_ACCOUNTS = stat.S_IRWXG | stat.S_IRWXO
KEY_FILE = "secret_key"


def open_folder(folder: Path) -> None:
    """Make it where it is missing. Whatever this process makes from here on is its account's alone."""
    os.umask(0o077)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(
            f"The folder {folder} cannot be made: {system_error_reason(error)}. Name another one in CRM_INSTANCE."
        ) from error


def check_free_space(folder: Path) -> None:
    if shutil.disk_usage(folder).free < MIN_FREE_BYTES:
        raise CannotStart(f"{FULL_DISK} It is the one of {folder}.")


def make_private(folder: Path, *more_files: Path) -> None:
    """Take away what the machine's other accounts may do with the folder, all in it, and the given files.

    Windows has no such rights; there the folder inherits those of the one it stands in. A folder that is not the
    installation's alone (the program's own, a home, one that everybody may write to) keeps what it has.
    """
    if os.name == "nt":
        return
    for file in more_files:
        _remove_other_accounts(file)
    shared = stat.S_ISVTX & folder.stat().st_mode or folder == Path.home() or (folder / "wsgi.py").exists()
    if shared:
        return
    _remove_other_accounts(folder)
    for here, folders, files in os.walk(folder):
        for name in (*folders, *files):
            _remove_other_accounts(Path(here, name))


def _remove_other_accounts(path: Path) -> None:
    with suppress(OSError):  # somebody else's, or just removed
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & OTHER_ACCOUNTS:
            path.chmod(stat.S_IMODE(mode) & ~OTHER_ACCOUNTS)


def secret_key(folder: Path) -> str:
    """The key that signs cookies and encrypts the secrets in the database: made once."""
    file = folder / KEY_FILE
    try:
        if not file.exists():
            write_once(file, secrets.token_hex(32))
        key = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise CannotStart(
            f"{file} cannot be read or made: {system_error_reason(error)}. Put that right, then start again."
        ) from error
    except UnicodeDecodeError as error:
        raise CannotStart(_bad_key(file, "is damaged")) from error
    if not key or not key.isprintable():
        raise CannotStart(_bad_key(file, "is damaged" if key else "is empty"))
    return key


def _bad_key(file: Path, trouble: str) -> str:
    return (
        f"{file} {trouble}: put it back from a copy of the folder. Where there is none, delete it, and a new one is "
        "made; then everybody signs in again, and the mail password and second factors are to be set up anew."
    )


def write_once(file: Path, text: str) -> None:
    """Write the whole file or nothing, and never overwrite one that is there."""
    part = write_part(file, text)
    try:
        if os.name == "nt":
            part.rename(file)  # refuses where there is one
        else:
            os.link(part, file)
    except FileExistsError:
        pass  # another process was quicker: its file is the one that counts
    finally:
        part.unlink(missing_ok=True)
    sync_folder(file.parent)


def write_atomically(file: Path, text: str) -> None:
    """Replace the text: whenever the power fails, the new one or the old one is there."""
    write_part(file, text).replace(file)
    sync_folder(file.parent)


def write_part(file: Path, text: str) -> Path:
    """The text in a new file beside `file`, flushed to the disk."""
    part = file.with_name(f"{file.name}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "x", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return part


def sync_file(file: Path) -> None:
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())


def sync_folder(folder: Path) -> None:
    """A new name is on the disk only when its folder is (Windows does that itself)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
