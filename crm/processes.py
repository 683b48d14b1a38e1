"""Processes of the program's own beside the server: begun anew (no fork: threads are running), and modest.

They are asked on their standard input and answer on their standard output; when the server is gone, both are closed,
and they end.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""numpy would begin a thread for each core, each with memory of its own."""


def begin(module: str) -> subprocess.Popen[bytes]:
    """A process that runs this module; others go first where the system knows such a thing."""
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONSAFEPATH", None)
    return subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=environment,
        creationflags=_flags(),
    )


def _flags() -> int:
    """On Windows: after the others, and without a window."""
    flags: int = getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0)
    return flags


def be_modest(memory: int) -> None:
    """Said by the process of itself: the system ends what takes more than so many bytes (not on Windows)."""
    if os.name == "nt":
        return
    import resource

    os.nice(10)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))


def take_at_most(seconds: int) -> None:
    """Called by the process itself: limit its computing to so many seconds from now on, awaited or not."""
    if os.name == "nt":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard))
