"""One of several people who click without a pause, a process of its own (`python -m tests.bench.clicking`).

It reads one line from whoever starts it (port, path, cookies, seconds, as JSON), asks once, says that it is
ready, waits for a second line, and writes how often it was answered.
"""

import json
import subprocess
import sys
from time import perf_counter

from tests.bench.visitor import Visitor

CLIENTS = 8


def throughput(port: int, path: str, cookies: dict[str, str], seconds: float) -> float:
    """Answers a second to all of them together."""
    command = [sys.executable, "-m", "tests.bench.clicking"]
    people = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(CLIENTS)
    ]
    try:
        _tell(people, json.dumps([port, path, cookies, seconds]))
        _tell(people, "go")
        return sum(int(person.communicate()[0]) for person in people) / seconds
    finally:
        for person in people:
            person.kill()
            person.wait()


def _tell(people: "list[subprocess.Popen[str]]", line: str) -> None:
    """Say a line to everybody; the first one they answer with "ready"."""
    for person in people:
        assert person.stdin is not None
        person.stdin.write(f"{line}\n")
        person.stdin.flush()
    for person in people if line != "go" else ():
        assert person.stdout is not None
        if person.stdout.readline().strip() != "ready":
            raise RuntimeError("a page was not answered")


def click() -> None:
    port, path, cookies, seconds = json.loads(sys.stdin.readline())
    visitor = Visitor(port, cookies)
    _expect_page(visitor, path)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    count, end = 0, perf_counter() + seconds
    while perf_counter() < end:
        _expect_page(visitor, path)
        count += 1
    sys.stdout.write(f"{count}\n")


def _expect_page(visitor: Visitor, path: str) -> None:
    status = visitor.get(path).status
    if status != 200:
        raise RuntimeError(f"{path}: {status}")


if __name__ == "__main__":
    click()
