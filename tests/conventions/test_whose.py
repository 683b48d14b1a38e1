"""Own, subordinate's, other's, in the pool: who finds which record at which address (A-7, hostile cases 1–3).

Each answer stands in `tests/access_matrix.py`, written by hand from A-5; a record that is not in it fails.
"""

# ruff: noqa: F811 — fixtures of another module

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import ScheduleItem, User
from tests.access_matrix import FOUND, MATRIX, OWNED_BY_SOMEBODY, SEEN_ONLY
from tests.cast import Cast
from tests.conftest import Person
from tests.conventions.test_access import contents, rules  # noqa: F401
from tests.factories import (
    approved_order,
    make_contact,
    make_customer,
    make_opportunity,
    make_order,
    make_quote,
    make_receipt,
    make_record,
)
from tests.sampling import mostly_long

LOGINS = {"a": "admin", "m": "manager", "w": "wang", "l": "li", "o": "order", "f": "finance"}
OWNERS = {"wang": "wang", "li": "li", "manager": "manager", "outside": "admin"}
ALIKE = {"decided_order": "order", "decided_receipt": "receipt"}
OTHERWISE = frozenset({"import_run", "long_task", "saved_report", "merge"})
"""A person's own, whoever leads them: `test_li_gets_404_for_everything_of_wangs` asks for them."""


def records_of(session: Session, owner: User, cast: Cast) -> dict[str, int]:
    customer = make_customer(session, owner, name="某人的客戶")
    plan = {"next_contact_at": datetime(2099, 1, 1, tzinfo=UTC), "next_plan": "再訪"}
    record = make_record(session, customer, owner, **plan)
    item = session.scalars(select(ScheduleItem).where(ScheduleItem.record_id == record.id)).one()
    sold = approved_order(session, customer, owner, cast.order)
    return {
        "customer": customer.id,
        "contact": make_contact(session, customer, owner).id,
        "record": record.id,
        "opportunity": make_opportunity(session, customer, owner).id,
        "quote": make_quote(session, customer, owner).id,
        "order": make_order(session, customer, owner).id,
        "receipt": make_receipt(session, customer, owner, {sold: "10"}).id,
        "receivable": sold.id,
        "schedule": item.id,
    }


@pytest.fixture
def theirs(session: Session, cast: Cast) -> dict[str, dict[str, int]]:
    """Whose → kind → number."""
    found = {whose: records_of(session, getattr(cast, login), cast) for whose, login in OWNERS.items()}
    pooled = make_customer(session, cast.manager, name="池中的客戶", pooled=True)
    contact, record = (make(session, pooled, cast.manager) for make in (make_contact, make_record))
    found["pool"] = {"customer": pooled.id, "contact": contact.id, "record": record.id}
    session.commit()
    return found


def kind_of(endpoint: str) -> str:
    named = MATRIX[endpoint][1]
    return ALIKE.get(named, named)


def asked(rules: list[Any], theirs: dict[str, dict[str, int]]) -> Iterator[tuple[str, str, str, str]]:
    """(endpoint, method, whose, address) of every address with such a record."""
    for rule in sorted(rules, key=lambda rule: (rule.endpoint, rule.rule)):
        kind = kind_of(rule.endpoint)
        if kind not in FOUND or len(rule.arguments) != 1:
            continue
        for whose in FOUND[kind]:
            url: str = rule.build(dict.fromkeys(rule.arguments, theirs[whose][kind]), append_unknown=False)[1]
            for method in sorted(rule.methods & {"GET", "POST"}):
                yield rule.endpoint, method, whose, url


def expected(endpoint: str, letter: str, whose: str) -> int:
    """200 stands for any answer to somebody who may."""
    if ("s" if letter in "wl" else letter) not in MATRIX[endpoint][0]:
        return 403
    if letter not in FOUND[kind_of(endpoint)][whose]:
        return 404
    return 403 if letter in SEEN_ONLY.get(endpoint, {}).get(whose, "") else 200


@pytest.mark.parametrize("letter", mostly_long(LOGINS, "w"))
def test_each_person_finds_what_the_matrix_says(
    letter: str, rules: list[Any], theirs: dict[str, dict[str, int]], as_user: Callable[[str], Person], app: CRM
) -> None:
    """Every GET, and every POST that is to be refused; nothing of what is refused is changed (cases 1, 2, 3)."""
    person = as_user(LOGINS[letter])
    person.get("/")
    before, wrong = contents(app), []
    for endpoint, method, whose, url in asked(rules, theirs):
        wanted = expected(endpoint, letter, whose)
        if method == "POST" and wanted == 200:
            continue
        answer = (
            person.get(url) if method == "GET" else person.post(url, {"name": "搶", "title": "搶", "content": "搶"})
        )
        code = answer.status_code
        if (code in (403, 404) or wanted != 200) and code != wanted:
            wrong.append((endpoint, method, whose, code, wanted))
        if wanted == 404 and "某人的客戶" in answer.get_data(as_text=True):
            wrong.append((endpoint, method, whose, "told of it", wanted))
    assert not wrong, "\n".join(map(str, wrong))
    assert contents(app) == before


def test_every_record_in_an_address_has_its_answers() -> None:
    assert OWNED_BY_SOMEBODY - OTHERWISE - set(FOUND) == set()
    assert {endpoint for endpoint in SEEN_ONLY if kind_of(endpoint) not in FOUND} == set()
