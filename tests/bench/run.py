"""`bench run`: serves the measuring set, measures page by page, and prints the table."""

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from crm import create_app
from crm.app import CRM
from crm.domain.reports import REPORTS
from crm.extensions import db
from tests.bench import report
from tests.bench.beside import import_beside_others
from tests.bench.clicking import throughput
from tests.bench.cookies import cookies_of
from tests.bench.firm import ADMIN, SELLER
from tests.bench.importing import ROWS, import_ratio
from tests.bench.measuring import bare_commit, medians, processor_milliseconds, statements
from tests.bench.pages import AFTER_A_SAVE, LIST, LISTS, Page, Save, pages, saves
from tests.bench.report_pages import PICTURE_MILLISECONDS, new_pictures, report_pages
from tests.bench.servers import Server, run_flask, serve_crm, serve_hello
from tests.bench.visitor import Visitor

Say = Callable[[str], None]
FEWER = 1000
SECONDS = 3.0


def run_bench(
    app: Flask,
    times: int,
    say: Say,
    fewer: int = FEWER,
    seconds: float = SECONDS,
    rows: int = ROWS,
    reports: Collection[str] = tuple(REPORTS),
) -> None:
    """Measure the instance of `app`, which `bench seed` has filled, and a second one with `fewer` customers."""
    instance, database = str(app.config["CRM_INSTANCE"]), str(app.config["CRM_DATABASE_URL"])
    cookies = {login: cookies_of(app, login) for login in (ADMIN, SELLER)}
    wanted, forms = pages(app), saves()
    with app.test_request_context():
        wanted += report_pages(reports)
        pictures = new_pictures(reports)
    db.session.remove()  # else it would hold the database for writing
    counted = statements(app, wanted, cookies)
    serve_crm(instance, database).__exit__(None, None, None)  # once, so that its modules are compiled
    with ExitStack() as stack:
        hello = stack.enter_context(serve_hello())
        crm = stack.enter_context(serve_crm(instance, database))
        idle = crm.memory()
        greet = _asking(Visitor(hello.port), lambda: "/")
        visits = {page.name: _asking(_visitor(crm, page, cookies), page.address) for page in wanted}
        taken = medians(visits, greet, times)
        report.pages_table(say, wanted, taken, counted)

        for page in pictures:
            drawing = _asking(_visitor(crm, page, cookies), page.address)
            taken_by_one = processor_milliseconds(crm, drawing, max(1, times // 10))
            report.line(say, page.name, taken_by_one, PICTURE_MILLISECONDS, unit=" ms")

        senders = {save.name: Visitor(crm.port, cookies[save.who]) for save in forms}
        numbers = count(1)
        sending = {save.name: partial(_send, save, senders[save.name], numbers) for save in forms}
        report.saves_table(say, forms, medians(sending, greet, times), bare_commit(Path(instance)))

        _after_a_save(say, visits, sending["save of a record"], greet, max(1, times // 5))
        for page in (wanted[0], next(page for page in wanted if page.name == "customer file")):
            mine = throughput(crm.port, page.path, cookies[page.who], seconds)
            ratio = mine / throughput(hello.port, "/", {}, seconds)
            report.line(say, f"8 at once, {page.name}, share of hello's throughput", ratio, 0.05, least=True)
        report.process(say, crm.first_answer, idle, crm.memory())
        small = _against_fewer(say, app, stack, crm, cookies, greet, times, fewer)
        ratio = import_ratio(small, rows)
        report.line(say, f"import of {rows:,} customers, against reading and inserting", ratio, 12)
        _beside(say, crm, instance, rows, cookies, wanted[0], forms)


def _after_a_save(
    say: Say,
    visits: dict[str, Callable[[], float]],
    save: Callable[[], float],
    greet: Callable[[], float],
    times: int,
) -> None:
    """What a list takes whose numbers a colleague's save has just made stale."""
    stale = {name: partial(_after, save, visits[name]) for name in LISTS}
    taken = medians(stale, greet, times)
    for name in stale:
        report.line(say, f"{name}, after a save", taken[name] / taken["hello"], AFTER_A_SAVE)


def _after(save: Callable[[], float], visit: Callable[[], float]) -> float:
    save()
    return visit()


def run_beside(app: Flask, say: Say, rows: int = ROWS) -> None:
    """Only an import through the pages beside a colleague."""
    instance, database = str(app.config["CRM_INSTANCE"]), str(app.config["CRM_DATABASE_URL"])
    cookies = {login: cookies_of(app, login) for login in (ADMIN, SELLER)}
    page, forms = pages(app)[0], saves()
    db.session.remove()
    with serve_crm(instance, database) as crm:
        _beside(say, crm, instance, rows, cookies, page, forms)


def _beside(
    say: Say, crm: Server, instance: str, rows: int, cookies: dict[str, dict[str, str]], page: Page, forms: list[Save]
) -> None:
    save = next(one for one in forms if one.name == "save of a record")

    def colleague() -> Visitor:
        return Visitor(crm.port, cookies[SELLER])

    import_beside_others(say, Path(instance), rows, Visitor(crm.port, cookies[ADMIN]), colleague, page, save)


def _against_fewer(
    say: Say,
    app: Flask,
    stack: ExitStack,
    crm: Server,
    cookies: dict[str, dict[str, str]],
    greet: Callable[[], float],
    times: int,
    fewer: int,
) -> CRM:
    """The list with all customers against the same list with a few, in the instance that is returned."""
    folder = stack.enter_context(TemporaryDirectory(dir=app.config["CRM_INSTANCE"], prefix="bench-"))
    run_flask(["bench", "seed", "--customers", str(fewer), "--people", "2"], folder)
    small = create_app({"CRM_INSTANCE": folder, "CRM_DATABASE_URL": ""})
    with small.app_context():
        theirs = cookies_of(small, ADMIN)
        db.session.remove()
    server = stack.enter_context(serve_crm(folder))
    page = Page("many", "/customers", LIST)
    visits = {
        "many": _asking(_visitor(crm, page, cookies), page.address),
        "few": _asking(Visitor(server.port, theirs), page.address),
    }
    taken = medians(visits, greet, times)
    report.line(say, f"customer list against one of {fewer:,}", taken["many"] / taken["few"], 1.3)
    return small


def _send(save: Save, visitor: Visitor, numbers: Iterator[int]) -> float:
    return save.send(visitor, next(numbers))


def _visitor(server: Server, page: Page, cookies: dict[str, dict[str, str]]) -> Visitor:
    return Visitor(server.port, cookies[page.who], page.zipped, page.headers)


def _asking(visitor: Visitor, address: Callable[[], str]) -> Callable[[], float]:
    return partial(_ask, visitor, address)


def _ask(visitor: Visitor, address: Callable[[], str]) -> float:
    path = address()
    answer = visitor.get(path)
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")
    return answer.seconds
