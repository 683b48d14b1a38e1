"""Draws in a process of its own, one picture after the other: the pages stay quick, and the server needs no matplotlib.

The process is begun with the first picture and ended when nobody has asked for one for a while. When it was killed,
the picture is asked for once more; what takes too long, or fails again, is `NotDrawn`. When the server is gone, its
input is closed, and it ends.
"""

import atexit
import logging
import pickle
import struct
import sys
import traceback
from contextlib import suppress
from subprocess import Popen, TimeoutExpired
from threading import Lock, Timer
from time import monotonic
from typing import IO

from crm.charts.chart_kinds import draw
from crm.charts.drawing import Drawing
from crm.processes import be_modest, begin, take_at_most

log = logging.getLogger("crm")

MODULE = "crm.charts.in_subprocess"
SECONDS = 20
"""For one picture, the start of the process included; most take a fifth of a second."""
IDLE = 300.0
MEMORY = 1024 * 1024 * 1024
"""Of addresses; most of it is mapped and never touched."""
TRIES = 2
DRAWN, FAILED = b"+", b"-"
_HEAD = struct.Struct(">cI")


class NotDrawn(Exception):
    """There is no picture: it took too long, or the process ended twice, or drawing failed."""


class _Ended(Exception):
    """The process is not there any more."""


class Drawer:
    """The process, and the line of those who wait for it."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._process: Popen[bytes] | None = None
        self._idle: Timer | None = None

    def drawn(self, drawing: Drawing, font: str) -> bytes:
        """The PNG. Raises NotDrawn."""
        question = pickle.dumps((drawing, font), pickle.HIGHEST_PROTOCOL)
        with self._turn:
            try:
                kind, body = self._ask(question, monotonic() + SECONDS)
            finally:
                self._end_after_idle()
        if kind != DRAWN:
            log.error("a picture could not be drawn: %s", body.decode(errors="replace"))
            raise NotDrawn
        return body

    def end(self) -> None:
        """Nobody is waiting for a picture."""
        with self._turn:
            self._end_process()

    @property
    def process_id(self) -> int | None:
        """Of the process, where there is one."""
        return self._process.pid if self._process is not None else None

    def _ask(self, question: bytes, until: float) -> tuple[bytes, bytes]:
        for _try in range(TRIES):
            remaining = until - monotonic()
            if remaining <= 0:
                break
            process = self._ensure_process()
            limit = Timer(remaining, process.kill)
            limit.daemon = True
            limit.start()
            try:
                _send(process.stdin, DRAWN, question)
                return _received(process.stdout)
            except (_Ended, OSError):
                log.warning("the process that draws has ended")
                self._end_process()
            finally:
                limit.cancel()
        raise NotDrawn

    def _ensure_process(self) -> Popen[bytes]:
        if self._process is None:
            self._process = begin(MODULE)
        return self._process

    def _end_after_idle(self) -> None:
        """End the process later, unless somebody asks again."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = Timer(IDLE, self.end)
        self._idle.daemon = True
        self._idle.start()

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with process, suppress(OSError):
            process.stdin.close()  # type: ignore[union-attr]
            try:
                process.wait(1)
            except TimeoutExpired:
                process.kill()


_drawer = Drawer()
drawn = _drawer.drawn
atexit.register(_drawer.end)


# What goes through the pipes


def _send(pipe: IO[bytes] | None, kind: bytes, body: bytes) -> None:
    assert pipe is not None
    pipe.write(_HEAD.pack(kind, len(body)) + body)
    pipe.flush()


def _received(pipe: IO[bytes] | None) -> tuple[bytes, bytes]:
    """Raises _Ended."""
    assert pipe is not None
    kind, length = _HEAD.unpack(_exactly(pipe, _HEAD.size))
    return kind, _exactly(pipe, length)


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    body = pipe.read(length)
    if len(body) < length:
        raise _Ended
    return body


# The process


def _answer(question: bytes) -> tuple[bytes, bytes]:
    try:
        drawing, font = pickle.loads(question)  # noqa: S301 - the server wrote it
        return DRAWN, draw(drawing, font)
    except MemoryError:
        raise  # a new process has its memory before it
    except Exception:
        return FAILED, traceback.format_exc().encode()


def main() -> None:
    be_modest(MEMORY)
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever a library prints is no answer
    with suppress(_Ended):
        while True:
            _kind, question = _received(questions)
            take_at_most(SECONDS)
            _send(answers, *_answer(question))


if __name__ == "__main__":
    main()
