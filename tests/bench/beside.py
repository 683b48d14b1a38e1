"""An import through the pages while a colleague goes on: how long their list and their saves take meanwhile (I-6)."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from threading import Thread
from time import monotonic, perf_counter, sleep, time

from tests.bench.importing import write_file
from tests.bench.pages import Page, Save
from tests.bench.report import Say, line
from tests.bench.visitor import Visitor, changed

HEADINGS = ("客戶名稱", "簡稱", "統一編號", "電話", "地址", "電子郵件", "主聯繫人", "備註")
LIST_RATIO, SAVE_SECONDS = 3, 0.5
REST = 0.1
"""Between two clicks of the colleague."""
PATIENCE = 300.0
BEFORE = 20
"""So many rounds of the colleague's in the quiet."""


class Importer(Thread):
    """A person who sends a file, takes the columns as they were guessed, and imports it."""

    def __init__(self, visitor: Visitor, file: Path) -> None:
        super().__init__(daemon=True)
        self.visitor, self.file = visitor, file
        self.problem: Exception | None = None
        self.seconds = 0.0

    def run(self) -> None:
        started = perf_counter()
        try:
            self._import()
        except Exception as error:
            self.problem = error
        self.seconds = perf_counter() - started

    def _import(self) -> None:
        fields = self.visitor.form("/imports/customers", "/imports/customers/file")
        sent = self.visitor.send_file("/imports/customers/file", fields, "file", "bench.xlsx", self.file.read_bytes())
        if sent.status != 303:
            raise RuntimeError(f"the file was not taken: {sent.status}")
        run = sent.location.split("?")[0]
        choices = f"{run}/choices"
        self._wait(run, choices)
        self._post(choices, changed(self.visitor.form(run, choices), template="none"))
        self._wait(run, f"{run}/start")
        self._post(f"{run}/start", self.visitor.form(f"{run}/start", f"{run}/start"))
        self._wait(run, f"{run}/undo")

    def _post(self, action: str, fields: list[tuple[str, str]]) -> None:
        answer = self.visitor.post(action, fields)
        if answer.status != 303:
            raise RuntimeError(f"{action}: {answer.status}")

    def _wait(self, run: str, offered: str) -> None:
        """Look at the page, as it does by itself, until it offers the next step."""
        until = monotonic() + PATIENCE
        while monotonic() < until:
            if offered.encode() in self.visitor.plain(run).body:
                return
            sleep(1)
        raise TimeoutError(f"{offered} was never offered")


def import_beside_others(
    say: Say,
    folder: Path,
    rows: int,
    importer: Visitor,
    colleague: Callable[[], Visitor],
    page: Page,
    save: Save,
) -> None:
    """Prints what the colleague's list takes against its usual time, and how long their saves wait."""
    reading, writing, numbers = colleague(), colleague(), count(1)
    usual = median(_round(reading, page, lambda: save.send(writing, next(numbers)))[0] for _ in range(BEFORE))
    file = folder / "bench-beside.xlsx"
    write_file(file, rows, HEADINGS, first=int(time()))
    person, lists, saves = Importer(importer, file), list[float](), list[float]()
    person.start()
    while person.is_alive():
        shown, sent = _round(reading, page, lambda: save.send(writing, next(numbers)))
        lists.append(shown)
        saves.append(sent)
    file.unlink()
    if person.problem is not None:
        raise person.problem
    many = len(saves) > 20
    slow_list, slow_save = (quantiles(times, n=20)[-1] if many else max(times) for times in (lists, saves))
    name = f"import of {rows:,} through the pages ({person.seconds:.0f} s, {len(saves)} rounds beside it)"
    line(say, name, median(lists) / usual, LIST_RATIO, unit=" × the list")
    line(say, "  95 of 100 of a colleague's saves take", slow_save, SAVE_SECONDS, unit=" s")
    say(f"  a list in the quiet {usual:.3f} s, 95 of 100 beside it {slow_list:.3f} s; slowest save {max(saves):.2f} s")


def _round(reading: Visitor, page: Page, save: Callable[[], float]) -> tuple[float, float]:
    """What a colleague does over and over: the list, which a save has just changed, and a save."""
    shown, sent = _list(reading, page), save()
    sleep(REST)
    return shown, sent


def _list(visitor: Visitor, page: Page) -> float:
    answer = visitor.get(page.address())
    if answer.status != 200:
        raise RuntimeError(f"{page.path}: {answer.status}")
    return answer.seconds
