"""Servers in processes of their own, as people run them: how fast they start, what memory they take."""

import os
import socket
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from tempfile import gettempdir
from time import monotonic, sleep
from types import TracebackType

PATIENCE = 60.0


class Server:
    """A process that answers at `port`; ended at the end of the `with`."""

    def __init__(self, command: list[str], port: int, environment: dict[str, str], path: str = "/") -> None:
        self.port = port
        self._started = monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=_environment(environment),
            cwd=Path(__file__).resolve().parents[2],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.first_answer = self._wait(path)

    def _wait(self, path: str) -> float:
        """Seconds from the start to the first answer."""
        while monotonic() - self._started < PATIENCE:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
            try:
                connection.request("GET", path)
                connection.getresponse().read()
                return monotonic() - self._started
            except ConnectionError:
                if self._process.poll() is not None:
                    break
                sleep(0.02)
            finally:
                connection.close()
        raise TimeoutError(f"no answer from port {self.port}")

    def memory(self) -> float | None:
        """Resident megabytes, where the system tells (Linux)."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return None
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))

    def processor_seconds(self) -> float:
        """Of the process, of those that it started, and of those of them that have ended; 0 where it is not told."""
        ticks = 0
        for pid in [self._process.pid, *_children(self._process.pid)]:
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            ticks += sum(map(int, fields[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK") if ticks else 0.0

    def __enter__(self) -> "Server":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(10)


def serve_crm(instance: str, database: str = "") -> Server:
    """The program itself, as `./run` serves it."""
    port = free_port()
    command = ["crm", "serve", "--host", "127.0.0.1", "--port", str(port)]
    return Server(command, port, {"CRM_INSTANCE": instance, "CRM_DATABASE_URL": database}, "/login")


def serve_hello() -> Server:
    port = free_port()
    return Server(["tests.bench.hello", str(port)], port, {})


def run_flask(arguments: list[str], instance: str) -> None:
    """One command of the program in an instance of its own."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", *arguments]
    environment = _environment({"CRM_INSTANCE": instance, "CRM_DATABASE_URL": ""})
    subprocess.run(
        command, env=environment, check=True, cwd=Path(__file__).resolve().parents[2], stdout=subprocess.DEVNULL
    )


def _children(pid: int) -> list[int]:
    """The processes that it or one of its threads started, with theirs, where the system tells."""
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in listed.read_text().split():
            found += [int(child), *_children(int(child))]
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(more: dict[str, str]) -> dict[str, str]:
    """This one's, with compiled modules kept: a start that compiles everything is not what people wait for."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {"PYTHONPYCACHEPREFIX": str(Path(gettempdir(), "crm-bench-pycache")), **kept, **more}
