"""Codes by rule: formats, periods, rules that change, many at once, a process that is killed (D-5)."""

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm.domain.platform.numbering_rules import numbered_models, save_rule
from crm.domain.products.products import save_product
from crm.entities.numbering import next_code, next_codes, preview_codes
from crm.errors import FieldError, StaleRecord
from crm.extensions import db
from crm.models import NumberingCounter, NumberingRule, Product
from crm.models.engine import set_read_only
from tests.cast import ZONE, actor_as
from tests.factories import make_product

NOW = datetime(2026, 8, 31, 6, 0, tzinfo=UTC)
TOMORROW = datetime(2026, 9, 1, 6, 0, tzinfo=UTC)


def rule(session, prefix="G", date_part="none", width=4, restart="never"):
    values = {"prefix": prefix, "date_part": date_part, "width": width, "restart": restart}
    return save_rule(session, "products", values)


def give(session, now=NOW):
    return next_code(session, Product, "products", now, ZONE)


def coming(session, now=NOW):
    return preview_codes(session, numbered_models(), [session.get_one(NumberingRule, "products")], now, ZONE)[
        "products"
    ]


@pytest.mark.parametrize(
    ("made", "first", "second", "next_day"),
    [
        ({}, "G0001", "G0002", "G0003"),
        ({"prefix": "", "width": 1}, "1", "2", "3"),
        ({"date_part": "year", "restart": "yearly"}, "G2026-0001", "G2026-0002", "G2026-0003"),
        ({"date_part": "month", "restart": "monthly"}, "G202608-0001", "G202608-0002", "G202609-0001"),
        ({"date_part": "day", "restart": "daily"}, "G20260831-0001", "G20260831-0002", "G20260901-0001"),
        ({"date_part": "day"}, "G20260831-0001", "G20260831-0002", "G20260901-0003"),
    ],
)
def test_formats_and_periods(session, made, first, second, next_day):
    rule(session, **made)
    assert (give(session), give(session), give(session, TOMORROW)) == (first, second, next_day)


def test_the_day_is_the_firms(session):
    """Half past midnight in Taipei is still the day before in UTC."""
    rule(session, date_part="day", restart="daily")
    assert give(session, datetime(2026, 8, 31, 16, 30, tzinfo=UTC)) == "G20260901-0001"


@pytest.mark.parametrize(
    ("date_part", "restart"),
    [("none", "yearly"), ("none", "daily"), ("year", "monthly"), ("year", "daily"), ("month", "daily")],
)
def test_a_rule_that_would_repeat_is_refused(session, date_part, restart):
    with pytest.raises(FieldError) as refused:
        rule(session, date_part=date_part, restart=restart)
    assert refused.value.field == "restart"
    assert session.get_one(NumberingRule, "products").date_part == "none"


def test_a_late_save_is_refused(session):
    opened = rule(session).version
    rule(session, prefix="P")
    with pytest.raises(StaleRecord):
        save_rule(session, "products", {"prefix": "X", "date_part": "none", "width": 4, "restart": "never"}, opened)


def test_a_rule_can_be_changed_at_any_time_and_changed_back(session):
    rule(session)
    first = give(session)
    make_product(session, "按舊規則").code = first
    rule(session, prefix="SP", width=6)
    assert give(session) == "SP000002"
    rule(session)
    assert give(session) == "G0003"


def test_codes_that_are_there_already_are_stepped_over_without_gaps(session):
    """Typed by hand, or left from an older rule with the same look; a thousand of them take a few statements."""
    rule(session)
    for number in [*range(1, 1202), 1203]:
        make_product(session).code = f"G{number:04d}"
    session.flush()
    assert give(session) == "G1202"
    assert next_codes(session, Product, "products", 3, NOW, ZONE) == ["G1204", "G1205", "G1206"]
    counter = session.get_one(NumberingCounter, ("products", ""))
    session.refresh(counter)
    assert counter.last == 1206


def test_the_preview_gives_no_number_away(session):
    rule(session)
    make_product(session).code = "G0001"
    session.flush()
    assert (coming(session), coming(session)) == ("G0002", "G0002")
    assert session.get(NumberingCounter, ("products", "")) is None
    assert give(session) == "G0002"
    assert coming(session) == "G0003"


def test_the_previews_of_all_modules_take_two_statements(session):
    rules = list(session.scalars(select(NumberingRule)))
    found = preview_codes(session, numbered_models(), rules, NOW, ZONE)
    assert found["orders"] == "SO20260831-0001"
    assert set(found) == set(numbered_models())


def test_a_number_that_was_not_saved_is_given_again(session, cast):
    rule(session)
    session.commit()
    assert give(session) == "G0001"
    session.rollback()
    assert give(session) == "G0001"


def test_many_threads_never_get_the_same_number(app, session, cast):
    """Eight people save at once in a database that is a file; every number comes once, none is left out."""
    rule(session, date_part="day", restart="daily")
    session.commit()
    manager, failures = cast.manager.id, []

    def save_ten():
        with app.app_context():
            set_read_only(False)
            try:
                for _ in range(10):
                    user = db.session.get_one(type(cast.manager), manager)
                    save_product(db.session(), None, {"name": "同時"}, actor_as(db.session(), user, NOW))
                    db.session.commit()
            except Exception as error:
                failures.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=save_ten) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    codes = sorted(session.scalars(select(Product.code).where(Product.name == "同時")))
    assert codes == [f"G20260831-{number:04d}" for number in range(1, 81)]


KILLED = """
import sys
from datetime import UTC, datetime
from sqlalchemy import select
from crm import create_app
from crm.domain.products.products import save_product
from crm.extensions import db
from crm.models import User
from crm.models.engine import set_read_only
from tests.cast import actor_as

app = create_app({"CRM_INSTANCE": sys.argv[1], "CRM_DATABASE_URL": sys.argv[2], "TESTING": True})
with app.app_context():
    set_read_only(False)
    while True:
        user = db.session.scalars(select(User).where(User.login == "manager")).one()
        made = save_product(db.session(), None, {"name": "killed"}, actor_as(db.session(), user))
        code = made.code
        db.session.commit()
        print(code, flush=True)
"""


@pytest.mark.long
def test_a_killed_process_leaves_no_number_twice(app, session, cast):
    """kill -9 in the middle of saving: what it said it saved is there, and the next one goes on after it."""
    session.commit()
    root = str(Path(__file__).resolve().parents[3])
    said = []
    for saved_before_the_kill in (1, 7, 20):
        worker = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(app.config["CRM_INSTANCE"]), app.config["CRM_DATABASE_URL"] or ""],
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
            env={**os.environ, "PYTHONPATH": root},
        )
        said += [worker.stdout.readline().strip() for _ in range(saved_before_the_kill)]
        os.kill(worker.pid, signal.SIGKILL)
        said += [line.strip() for line in worker.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        worker.wait()
        worker.stdout.close()
    codes = list(session.scalars(select(Product.code)))
    assert len(codes) == len(set(codes)) == session.scalar(select(func.count()).select_from(Product))
    assert len(said) == len(set(said))
    assert set(said) <= set(codes)
    save_product(session, None, {"name": "nach"}, actor_as(session, cast.manager))
    assert sorted([*codes, f"G{len(codes) + 1:05d}"]) == sorted(session.scalars(select(Product.code)))
