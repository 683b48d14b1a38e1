"""Two doors to one act have one rule: page, fragment, bulk action, panel and import answer the same person as the
policy does (A-7, C-6)."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from lxml import html
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crm.domain.customers.customers import move_customer
from crm.domain.imports.runs import import_refusal
from crm.domain.schedule.items import save_item
from crm.entities import policy
from crm.models import Contact, Customer, User
from crm.models.permissions import Permission
from crm.models.roles import RoleGrant
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.domain.imports.test_imports import KINDS, bring_in
from tests.factories import (
    approved_order,
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
from tests.sampling import mostly_long

AsUser = Callable[[str], Person]
PAGE, FRAGMENT, BULK, IMPORT, PANEL = "page", "fragment", "bulk", "import", "panel"
MINE, THEIRS, POOLED = "mine", "theirs", "pooled"
WITHOUT_LIST = ("schedule",)
"""Kinds that have no list with bulk actions."""
YEARS = count(2001)
"""A target is one for each person and year."""


def make(kind: str, session: Session, customer: Customer, by: User) -> Any:
    if kind == "customers":
        return customer
    if kind == "products":
        return make_product(session)
    if kind == "contacts":
        return make_contact(session, customer, by)
    if kind == "records":
        return make_record(session, customer, by, datetime.now(UTC))
    if kind == "receipts":
        order = approved_order(session, customer, by, session.scalars(select(User).where(User.login == "order")).one())
        return make_receipt(session, customer, by, {order: "10"})
    if kind == "schedule":
        actor = actor_as(session, by)
        return save_item(session, None, {"title": "會議", "starts_at": actor.now}, actor)
    if kind == "target_setting":
        return make_target(session, by, session.scalars(select(User).where(User.login == "manager")).one(), next(YEARS))
    makers: dict[str, Any] = {"opportunities": make_opportunity, "quotes": make_quote, "orders": make_order}
    return makers[kind](session, customer, by)


def record_of(kind: str, whose: str, session: Session, cast: Cast, person: User) -> Any:
    """What the person made today, while the customer was theirs; it may have gone to somebody else or to the pool."""
    customer = make_customer(session, person)
    if whose == THEIRS and kind in ("schedule", "target_setting"):
        person = cast.li
    record = make(kind, session, customer, person)
    if whose != MINE:
        move_customer(session, customer, actor_as(session, person), cast.li.id if whose == THEIRS else None)
        customer.owned_since = None if whose == POOLED else record.created_at
    session.commit()
    return record


def taken_from_the_pool(session: Session) -> None:
    """Nobody works with the pool by its own right: what lies there is only looked at."""
    session.execute(delete(RoleGrant).where(RoleGrant.permission == Permission.POOL_SAVE))
    session.commit()


def is_deleted(session: Session, record: Any) -> bool:
    session.expire_all()
    return record.deleted_at is not None


def delete_by(door: str, visitor: Person, kind: str, record: Any) -> int:
    if door == BULK:
        sent = {"action": "delete", "ids": [record.id], "confirmed": "1"}
        return int(visitor.post(f"/{kind.replace('_', '-')}/bulk", sent).status_code)
    headers = {"HX-Request": "true", "HX-Target": "box"} if door == FRAGMENT else {}
    return int(visitor.post(f"/{kind.replace('_', '-')}/{record.id}/delete", headers=headers).status_code)


DELETED = "customers contacts records opportunities quotes orders receipts products target_setting schedule".split()


@pytest.mark.parametrize("login", mostly_long(["wang", "manager", "order"], ["wang"]))
@pytest.mark.parametrize("kind", DELETED)
def test_each_door_deletes_what_the_policy_says(
    kind: str, login: str, as_user: AsUser, session: Session, cast: Cast
) -> None:
    visitor, person = as_user(login), getattr(cast, login)
    taken_from_the_pool(session)
    for whose in (MINE, THEIRS, POOLED):
        for door in (PAGE, FRAGMENT, BULK):
            if door == BULK and kind in WITHOUT_LIST:
                continue
            record = record_of(kind, whose, session, cast, cast.wang if login == "order" else person)
            expected = policy.can(session, actor_as(session, person), policy.DELETE, record)
            assert delete_by(door, visitor, kind, record) < 500
            assert is_deleted(session, record) == expected, (whose, door)
            if whose == POOLED and kind in ("contacts", "records", "customers"):
                assert not expected
            if whose == MINE and login == "wang" and kind not in ("products", "target_setting"):
                assert expected


CHANGED = {
    "customers": "postcode",
    "contacts": "department",
    "records": "content",
    "opportunities": "title",
    "quotes": "title",
    "orders": "title",
    "receipts": "payer",
    "products": "specification",
    "target_setting": "month_1",
    "schedule": "title",
}
"""What is typed otherwise in the form of each kind."""
IMPORTED = ("customers", "products")


def change_by(door: str, visitor: Person, kind: str, record: Any) -> int:
    """The form of the record's page, or what it would send if it were shown."""
    root = f"/{kind.replace('_', '-')}/{record.id}"
    pages = [visitor.get(root), visitor.get(f"{root}/edit")]
    forms = [
        form for page in pages if page.data for form in html.fromstring(page.text).xpath(f"//form[@action='{root}']")
    ]
    sent: dict[str, Any] = {"version": record.version}
    for name, value in forms[0].form_values() if forms else ():
        if name not in ("csrf_token", "once"):
            sent.setdefault(name, value)
    sent |= {CHANGED[kind]: "77", "name": getattr(record, "name", "x")}
    headers = {"HX-Request": "true", "HX-Target": "box"} if door == FRAGMENT else {}
    return int(visitor.post(root, sent, headers=headers).status_code)


def import_changes(session: Session, person: User, kind: str, record: Any) -> bool:
    """Whether a file may try at all; it overwrites the record that it names."""
    actor = actor_as(session, person)
    if import_refusal(KINDS[kind], actor.rights) is not None:
        return False
    rows = [["name", CHANGED[kind]], [record.name, "77"]]
    if kind == "products":
        rows = [["name", "code", CHANGED[kind]], [record.name, record.code, "77"]]
    bring_in(session, kind, actor, rows, duplicates="overwrite")
    session.commit()
    return True


@pytest.mark.parametrize("login", mostly_long(["wang", "manager", "order"], ["wang"]))
@pytest.mark.parametrize("kind", CHANGED)
def test_each_door_changes_what_the_policy_says(
    kind: str, login: str, as_user: AsUser, session: Session, cast: Cast
) -> None:
    visitor, person = as_user(login), getattr(cast, login)
    taken_from_the_pool(session)
    for whose in (MINE, THEIRS, POOLED):
        for door in (PAGE, FRAGMENT, IMPORT):
            record = record_of(kind, whose, session, cast, cast.wang if login == "order" else person)
            before = record.version
            expected = policy.can(session, actor_as(session, person), policy.CHANGE, record)
            if door != IMPORT:
                assert change_by(door, visitor, kind, record) < 500
            elif kind not in IMPORTED or not import_changes(session, person, kind, record):
                continue
            session.expire_all()
            assert (record.version > before) == expected, (whose, door)


@pytest.mark.parametrize("login", ["wang", "manager", "order"])
def test_each_door_gives_a_customer_another_contact_as_the_policy_says(
    login: str, as_user: AsUser, session: Session, cast: Cast
) -> None:
    visitor, person = as_user(login), getattr(cast, login)
    taken_from_the_pool(session)
    for whose in (MINE, THEIRS, POOLED):
        for door in (PAGE, FRAGMENT, IMPORT):
            customer = record_of("customers", whose, session, cast, cast.wang if login == "order" else person)
            actor = actor_as(session, person)
            expected = policy.can_add(session, actor, "contacts", customer)
            if door == IMPORT:
                if import_refusal(KINDS["contacts"], actor.rights) is not None:
                    continue
                bring_in(session, "contacts", actor, [["customer_id", "name"], [customer.name, "陳大文"]])
                session.commit()
            else:
                headers = {"HX-Request": "true", "HX-Target": "box"} if door == FRAGMENT else {}
                sent = {"customer_id": customer.name, "name": "陳大文"}
                assert visitor.post("/contacts", sent, headers=headers).status_code < 500
            theirs = select(func.count()).select_from(Contact).where(Contact.customer_id == customer.id)
            assert (session.scalar(theirs) == 1) == expected, (whose, door)


@pytest.mark.parametrize("login", ["wang", "manager", "order", "finance", "admin"])
def test_each_door_approves_as_the_policy_says(login: str, as_user: AsUser, session: Session, cast: Cast) -> None:
    """Page, box, panel of the workbench and list."""
    visitor, person = as_user(login), getattr(cast, login)
    for door in (PAGE, FRAGMENT, PANEL, BULK):
        order = submitted(
            session, make_order(session, make_customer(session, cast.wang), cast.wang), cast.wang, cast.order
        )
        session.commit()
        expected = policy.can(session, actor_as(session, person), "approve", order)
        headers = {"HX-Request": "true", "HX-Target": "box"} if door == FRAGMENT else {}
        if door in (PAGE, FRAGMENT):
            url, sent = f"/orders/{order.id}/transitions/approve", {"version": order.version}
        else:
            url = "/orders/decisions" if door == PANEL else "/orders/bulk"
            sent = {"action": "approve", "ids": order.id, f"version-{order.id}": order.version, "confirmed": "1"}
        assert visitor.post(url, sent, headers=headers).status_code < 500
        session.expire_all()
        assert (order.state == "approved") == expected == (login == "order"), door


@pytest.mark.parametrize("login", ["wang", "li", "manager", "admin"])
def test_each_door_completes_an_item_as_the_policy_says(
    login: str, as_user: AsUser, session: Session, cast: Cast
) -> None:
    """The page, the box, and the box that a panel of the workbench opens."""
    visitor, person = as_user(login), getattr(cast, login)
    for door in (PAGE, FRAGMENT, PANEL):
        item = make("schedule", session, make_customer(session, cast.wang), cast.wang)
        session.commit()
        expected = policy.can(session, actor_as(session, person), "complete", item)
        headers = {"HX-Request": "true", "HX-Target": "box"} if door != PAGE else {}
        sent = {"result": "開完了", "version": item.version, **({"next": "/"} if door == PANEL else {})}
        assert visitor.post(f"/schedule/{item.id}/complete", sent, headers=headers).status_code < 500
        session.expire_all()
        assert (item.done_at is not None) == expected == (login == "wang"), door
