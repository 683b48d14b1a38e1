"""Whoever follows what a page offers arrives: no link or button leads to a refusal (A-7).

Six people walk through files, lists, panels and boards of one firm, open every link, and press every button, each on
the firm as they found it.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import html
from sqlalchemy import delete
from sqlalchemy.orm import Session

from crm.domain.customers.customers import move_customer
from crm.domain.platform.settings import change_settings
from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.domain.sales.quotes import convert_quote, copy_quote
from crm.domain.sales.receipts import RECEIPT_WORKFLOW, reverse_receipt
from crm.domain.schedule.items import complete_item, save_item
from crm.models import Permission, PersonalGrant, RoleMember, Scope
from crm.models.table_versions import clear_cache
from tests.cast import Cast, actor_as
from tests.conftest import Person, grow
from tests.factories import (
    approved_order,
    line,
    make_contact,
    make_customer,
    make_opportunity,
    make_order,
    make_product,
    make_quote,
    make_receipt,
    make_record,
    make_target,
    submitted,
)
from tests.postgres import sqlite_only

AsUser = Callable[[str], Person]
YESTERDAY = datetime.now(UTC) - timedelta(days=1)
STARTS = (
    "/",
    "/customers",
    "/pool",
    "/pool/recycled",
    "/contacts",
    "/records",
    "/plan",
    "/opportunities",
    "/opportunities/board",
    "/quotes",
    "/orders",
    "/receipts",
    "/receivables",
    "/products",
    "/schedule",
    "/schedule/history",
    "/target-setting",
)
FUNCTIONS = (
    "customers pool contacts records plan opportunities quotes orders receipts receivables products schedule"
    " target_setting targets"
).split()
SEEDS = (5, 13, 16)
PEOPLE = ("manager", "wang", "li", "order", "finance", "admin")
WITHIN = re.compile(
    r"^/($|customers|pool|contacts|records|plan|opportunities|quotes|orders|receipts|receivables|products|schedule"
    r"|target-setting|targets|workbench/panels)"
)
"""The pages of records; the rest of the frame is not walked through."""
WITHOUT = re.compile(r"/export|[?&](sort|size|page|dir|day)=|/schedule/calendar")
"""Files, and the same again in another order."""


@pytest.fixture(scope="module")
def firm_folder(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dead_ends")
    grow(grown, folder, fill)
    return folder


def fill(session: Session, cast: Cast) -> None:
    """Records of each kind in each state, Wang's, Li's and the pool's."""
    change_settings(session, claim_on=True, claim_most_owned=5)
    pooled = make_customer(session, cast.wang, "池中客戶", pooled=True)
    make_contact(session, pooled, cast.manager, "池中聯繫人", now=YESTERDAY)
    for owner in (cast.wang, cast.li):
        _sales(session, cast, owner)
    make_customer(session, cast.wang, "空客戶", now=YESTERDAY)
    for to in (cast.li.id, None):
        gone = make_customer(session, cast.wang, f"轉手客戶{to or ''}", now=YESTERDAY)
        sold = approved_order(session, gone, cast.wang, cast.order, "70")
        make_receipt(session, gone, cast.wang, {sold: "5"})
        save_item(
            session,
            None,
            {"title": "拜訪", "starts_at": YESTERDAY, "customer_id": gone.id},
            actor_as(session, cast.wang),
        )
        move_customer(session, gone, actor_as(session, cast.manager), to)
    make_target(session, cast.wang, cast.admin)
    make_product(session, "沒用過的")
    make_product(session, "停售的", state="stopped")
    by = actor_as(session, cast.wang)
    save_item(session, None, {"title": "會議", "starts_at": by.now, "participants": {cast.manager.id}}, by)
    done = save_item(session, None, {"title": "開過的會", "starts_at": by.now}, by)
    complete_item(session, done, "好", by)


def _sales(session: Session, cast: Cast, owner: Any) -> None:
    by, used = actor_as(session, owner), make_product(session)
    customer = make_customer(session, owner, now=YESTERDAY)
    make_contact(session, customer, owner, "老聯繫人", now=YESTERDAY)
    make_contact(session, customer, owner, "新聯繫人")
    make_record(session, customer, owner, YESTERDAY)
    make_record(session, customer, owner)
    opportunity = make_opportunity(session, customer, owner)
    make_opportunity(session, customer, owner, state="won")
    quote = make_quote(session, customer, owner, opportunity_id=opportunity.id, lines=[line(used)])
    copy_quote(session, quote, by)
    make_quote(session, customer, owner)
    convert_quote(session, quote, by)
    make_order(session, customer, owner)
    submitted(session, make_order(session, customer, owner), owner, cast.order)
    rejected = submitted(session, make_order(session, customer, owner), owner, cast.order)
    ORDER_WORKFLOW.fire(session, rejected, "reject", actor_as(session, cast.order), opinion="不行")
    paid = approved_order(session, customer, owner, cast.order, "900")
    approved_order(session, customer, owner, cast.order)
    make_receipt(session, customer, owner, {paid: "10"})
    for steps in (("submit",), ("submit", "approve"), ("submit", "approve")):
        receipt = make_receipt(session, customer, owner, {paid: "10"})
        for step in steps:
            asked = {"approver_id": cast.finance.id} if step == "submit" else {}
            person = owner if step == "submit" else cast.finance
            RECEIPT_WORKFLOW.fire(session, receipt, step, actor_as(session, person), **asked)
    reverse_receipt(session, receipt, by, "錯了")


def doors(page: Any, base: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, address, values) of every link, fetch and button on the page."""
    for each in page.iter("a"):
        if each.get("href", "").startswith(("/", "?")):
            yield "GET", urljoin(base, each.get("href")), {}
    for each in page.xpath("//*[@hx-get]"):
        yield "GET", urljoin(base, each.get("hx-get")), {}
    for form in page.iter("form"):
        if (form.get("method") or "get").lower() != "post":
            continue
        values = dict(form.form_values())
        ticks = form.xpath(".//td[@class='tick']/input[@name='ids']/@value")
        values |= {"ids": ticks} if ticks else {}
        for button in form.xpath(".//button[not(@type='button')]"):
            pressed = {button.get("name"): button.get("value", "")} if button.get("name") else {}
            target = button.get("formaction") or form.get("action") or base
            yield "POST", urljoin(base, target), {**values, **pressed}


def shape(method: str, address: str, values: dict[str, Any]) -> tuple[str, ...]:
    """Doors of the same address without its way back are one."""
    path = address.partition("back=")[0].rstrip("?&")
    pressed = tuple(
        sorted(f"{k}={v}" for k, v in values.items() if k in ("action", "convert", "copy", "then", "spread"))
    )
    return (method, path, *pressed)


def refusals(person: Person, session: Session) -> list[str]:
    waiting, known, found = [(("GET", start, {}), "") for start in STARTS], set(), []
    while waiting:
        (method, address, values), before = waiting.pop()
        name = shape(method, address, values)
        if name in known or not WITHIN.match(urlsplit(address).path) or WITHOUT.search(address):
            continue
        known.add(name)
        answer = tried(person, session, method, address, values)
        allowed = {200, 204, 303} if before else {200, 303, 403}
        if answer.status_code not in allowed and not (method == "POST" and answer.status_code == 422):
            found.append(f"{before} → {method} {address} {name[2:]}: {answer.status_code}")
        elif method == "GET" and answer.status_code == 200 and answer.mimetype == "text/html":
            text = answer.get_data(as_text=True)
            waiting += [(door, address) for door in doors(html.fromstring(f"<div>{text}</div>"), address)]
    assert len(known) > 30, known
    return found


def tried(person: Person, session: Session, method: str, address: str, values: dict[str, Any]) -> Any:
    """The answer; what a button did is undone, so that the next one finds the firm as it was."""
    if method == "GET":
        return person.get(address)
    with undone(session):
        return person.post(address, {n: v for n, v in values.items() if n != "csrf_token"}, exactly=True)


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """The database is put back as it was before the block."""
    session.commit()
    file = session.get_bind().engine.url.database
    with closing(sqlite3.connect(file)) as live, closing(sqlite3.connect(":memory:")) as before:
        live.backup(before)
        yield
        session.rollback()
        before.backup(live)
    clear_cache()
    session.expire_all()


@sqlite_only("the file is put back after each button")
@pytest.mark.long
@pytest.mark.parametrize("login", PEOPLE)
def test_nothing_that_is_offered_is_refused(login: str, session: Session, as_user: AsUser) -> None:
    assert refusals(as_user(login), session) == []


@sqlite_only("the file is put back after each button")
@pytest.mark.parametrize("seed", [SEEDS[0], *(pytest.param(one, marks=pytest.mark.long) for one in SEEDS[1:])])
def test_nor_with_any_other_rights(seed: int, session: Session, cast: Cast, as_user: AsUser) -> None:
    """Some rights, each with a scope of its own; whoever may do something with a kind sees at least as much of it."""
    random = Random(seed)
    session.execute(delete(RoleMember).where(RoleMember.user_id == cast.wang.id))
    held = {
        p: random.choice(list(Scope))
        for p in Permission
        if p.value.split(":")[0] in FUNCTIONS and random.random() < 0.6
    }
    for permission, scope in list(held.items()):
        view = Permission(permission.value.split(":")[0] + ":view")
        held[view] = max(scope, held.get(view, scope))
    session.add_all(PersonalGrant(user_id=cast.wang.id, permission=p, scope=s) for p, s in held.items())
    session.commit()
    assert refusals(as_user("wang"), session) == [], held
