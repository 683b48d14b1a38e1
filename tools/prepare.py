"""Bring .venv in step with the lock files, and the files of browser scripts with their sources.

`prepare.py` for ./run, `prepare.py --dev` for ./test.

Runs before anything is installed, so it uses the standard library only. Nothing is asked of the network while
the locks are the ones that were installed last.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
MARK = VENV / "prepared.json"
"""Where .venv was made, by which Python, and which locks are wholly installed in it."""
UNFINISHED = VENV / "unfinished"
"""Stands while something is being put into .venv: after a crash nobody knows what is missing in there."""


def main(arguments: list[str]) -> None:
    write_scripts()
    wanted = wanted_locks(dev="--dev" in arguments)
    if not missing_locks(wanted):
        return
    with one_at_a_time():
        if not venv_usable():
            make_venv()
        for lock in missing_locks(wanted):
            install(lock)


def write_scripts() -> None:
    """The files of browser scripts, from their sources."""
    runpy.run_path(str(ROOT / "crm" / "web" / "bundle.py"), run_name="__main__")


def wanted_locks(dev: bool) -> list[str]:
    if dev:
        return ["requirements-dev.lock"]
    return ["requirements.lock", *(["requirements-postgres.lock"] if uses_postgres() else [])]


def uses_postgres() -> bool:
    """Whether the firm's settings name a PostgreSQL database, whose driver comes from a lock of its own."""
    config = Path(os.environ.get("CRM_INSTANCE", ROOT / "instance")) / "config.toml"
    try:
        written = config.read_bytes()
    except OSError:  # none; or one that cannot be read, which the program says better
        written = b""
    return b"postgresql" in (os.environ.get("CRM_DATABASE_URL", "").encode() or written)


def missing_locks(wanted: list[str]) -> list[str]:
    mark = read_mark()
    done: list[str] = mark["locks"] if venv_usable() and mark.get("hash") == locks_hash() else []
    return [lock for lock in wanted if lock not in done]


def locks_hash() -> str:
    """Over all locks: they share packages, so that when one changes the others are looked at again too."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(ROOT.glob("*.lock")))).hexdigest()


def read_mark() -> dict[str, Any]:
    try:
        mark: dict[str, Any] = json.loads(MARK.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return mark


def venv_usable() -> bool:
    """False for one half made, made elsewhere (its scripts hold absolute paths) or for a Python now gone."""
    mark = read_mark()
    if UNFINISHED.exists() or mark.get("path") != str(VENV):
        return False
    asked = [str(PYTHON), "-I", "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True).stdout.split()
    except OSError:
        return False
    return bool(answer) and answer == mark.get("python")


def make_venv() -> None:
    with_pip = importlib.util.find_spec("ensurepip") is not None
    if not with_pip and not shutil.which("uv"):
        name = Path(sys.executable).name if "." in Path(sys.executable).name else "python3"
        sys.exit(f"Python's venv is missing here. On Debian or Ubuntu:\n    sudo apt install {name}-venv")
    print("Making .venv …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    VENV.mkdir()
    UNFINISHED.touch()
    run([sys.executable, "-m", "venv", *([] if with_pip else ["--without-pip"]), VENV])
    version = [str(number) for number in sys.version_info[:2]]
    write_mark({"path": str(VENV), "python": version, "locks": []})
    UNFINISHED.unlink()


def install(lock: str) -> None:
    print(f"Installing {lock} (about half a minute; only after a change) …", flush=True)
    mark = read_mark()
    done = mark["locks"] if mark.get("hash") == locks_hash() else []
    UNFINISHED.touch()
    uv = shutil.which("uv")
    with_uv = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON]
    with_pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # The lock is complete, so nothing is resolved: a resolver would look for newer releases of what a package's extras
    # ask for, and the same lock would install today and fail tomorrow.
    run([*(with_uv if uv else with_pip), "--no-deps", "--require-hashes", "-r", ROOT / lock])
    run([uv, "pip", "check", "--quiet", "--python", PYTHON] if uv else [*with_pip[:3], "check"])
    write_mark({**mark, "hash": locks_hash(), "locks": [*done, lock]})
    UNFINISHED.unlink()


def write_mark(mark: dict[str, Any]) -> None:
    MARK.write_text(json.dumps(mark), encoding="utf-8")


def run(command: list[str | Path]) -> None:
    if subprocess.run(command, close_fds=False).returncode:
        sys.exit("That failed (see above). The same command may be given again; it starts .venv anew.")


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two starts at once: the second waits for the first and then finds everything there (not on Windows)."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with open(ROOT / ".venv.lock", "w") as held:
        # Inherited by pip: held as long as anything still writes, even if this process was killed.
        os.set_inheritable(held.fileno(), True)
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("Stopped. The next start makes .venv anew.")
