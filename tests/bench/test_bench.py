"""The measuring itself: it fills a database, runs, and prints each line. What it measures is not judged here."""

from contextvars import Context

import pytest
from sqlalchemy import func, select

from crm.app import CRM
from crm.entities.search_index import matches_name
from crm.extensions import db
from crm.models import Contact, ContactRecord, Customer, User
from crm.models.engine import set_read_only
from crm.web.server.upgrade import upgrade_database
from tests.bench.firm import SELLER
from tests.bench.names import FREQUENT
from tests.bench.run import run_bench
from tests.bench.seed import seed_bench
from tests.bench.visitor import FormReader, changed
from tests.conftest import make_app

CUSTOMERS = 100


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> CRM:
    app = make_app(tmp_path_factory.mktemp("bench"))

    def fill() -> None:
        with app.app_context():
            set_read_only(False)
            upgrade_database(app)
            seed_bench(db.session(), CUSTOMERS, 3, lambda line: None)
            db.session.remove()

    Context().run(fill)
    return app


def test_the_measuring_set_has_its_sizes(measured: CRM) -> None:
    with measured.app_context():
        counts = [db.session.scalar(select(func.count()).select_from(m)) for m in (Customer, Contact, ContactRecord)]
        seller = select(func.count(Customer.id)).join(User, User.id == Customer.owner_id).where(User.login == SELLER)
        assert counts == [CUSTOMERS, 2 * CUSTOMERS, 10 * CUSTOMERS]
        assert db.session.scalar(seller) == CUSTOMERS // 50
        db.session.remove()


def test_what_it_writes_is_found_by_search(measured: CRM) -> None:
    with measured.app_context():
        found = set(db.session.scalars(select(Customer.id).where(matches_name(db.session(), Customer, FREQUENT))))
        named = set(db.session.scalars(select(Customer.id).where(Customer.name.contains(FREQUENT))))
        assert found == named != set()
        db.session.remove()


@pytest.mark.long
def test_it_runs_and_prints_every_line(measured: CRM) -> None:
    lines: list[str] = []

    def run() -> None:
        with measured.app_context():
            run_bench(
                measured, 1, lines.append, fewer=60, seconds=0.2, rows=40, reports=("sales_trend", "sales_profit")
            )

    Context().run(run)
    printed = "\n".join(lines)
    for expected in ("hello", "customer list, salesperson", "customer file", "order file", "save of an order of 10"):
        assert expected in printed
    for expected in (
        "search box while typing",
        "sales trend, first time",
        "sales profit, details",
    ):
        assert expected in printed
    assert "sales trend, over all" in printed and "sales profit, picture again" in printed
    assert "8 at once" in printed and "against one of" in printed and "import of 40" in printed
    assert "import of 40 through the pages" in printed and "colleague's saves" in printed


def test_a_form_is_read_as_a_browser_sends_it() -> None:
    reader = FormReader("/here")
    reader.feed(
        '<form action="/there"><input name="no" value="0"></form><form method="post" action="/here">'
        '<input name="a" value="1"><input type="checkbox" name="b" value="1"><input type="checkbox" name="c" value="2"'
        ' checked><select name="d"><option value="">–<option value="5" selected>five</select>'
        "<textarea name='e'>some\ntext</textarea><input type='submit' name='f' value='no'></form>"
    )
    assert reader.fields == [("a", "1"), ("c", "2"), ("d", "5"), ("e", "some\ntext")]
    assert changed(reader.fields, a="9") == [("c", "2"), ("d", "5"), ("e", "some\ntext"), ("a", "9")]
