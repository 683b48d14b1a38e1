"""The question about several rows counts what will be done, says why not the others, and what goes along (C-6)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml import html
from sqlalchemy.orm import Session

from crm.domain.platform.settings import change_settings
from crm.domain.sales.opportunities import save_opportunity
from crm.domain.sales.quotes import convert_quote
from crm.web.table.declaration import TABLES
from tests.cast import Cast, actor_as
from tests.conftest import Person
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
    submitted,
)

AsUser = Callable[[str], Person]
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


def asked(person: Person, kind: str, action: str, records: list[Any], **more: Any) -> Any:
    answer = person.post(f"/{kind}/bulk", {"action": action, "ids": [r.id for r in records], **more})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return html.fromstring(answer.get_data(as_text=True)).get_element_by_id("content")


def ids_in(page: Any) -> list[int]:
    return [int(value) for value in page.xpath("//input[@name='ids']/@value")]


def listed(page: Any) -> list[str]:
    """What changes together with them."""
    return [item.text_content().strip() for item in page.xpath(".//form/ul[1]/li")]


def told(page: Any) -> str:
    return " ".join(page.text_content().split())


def test_contacts_that_stay_are_not_counted(session: Session, cast: Cast, as_user: AsUser) -> None:
    customer = make_customer(session, cast.wang)
    old = [make_contact(session, customer, cast.wang, f"舊{n}", now=YESTERDAY) for n in range(2)]
    new = make_contact(session, customer, cast.wang, "新")
    wang = as_user("wang")
    page = asked(wang, "contacts", "delete", [*old, new])
    assert ids_in(page) == [new.id]
    assert "這 1 位聯繫人" in told(page)
    assert "勾選了 3 筆，其中 1 筆可以處理" in told(page)
    assert "有 2 筆未處理：只能在建立當天刪除，請洽系統管理員。" in told(page)


def test_where_nothing_can_be_done_nothing_is_asked(session: Session, cast: Cast, as_user: AsUser) -> None:
    customer = make_customer(session, cast.wang)
    order = approved_order(session, customer, cast.wang, cast.order)
    page = asked(as_user("wang"), "orders", "delete", [order])
    assert not page.xpath(".//form")
    assert "只有草稿和被駁回的訂單可以修改或刪除" in told(page)
    assert page.xpath(".//a[@data-cancel]/@href") == ["/orders"]


def test_the_quotes_of_opportunities_go_along(session: Session, cast: Cast, as_user: AsUser) -> None:
    customer = make_customer(session, cast.wang)
    one, other, sold = (make_opportunity(session, customer, cast.wang) for _ in range(3))
    for opportunity, quotes in ((one, 2), (other, 1), (sold, 1)):
        made = [make_quote(session, customer, cast.wang, opportunity_id=opportunity.id) for _ in range(quotes)]
    convert_quote(session, made[0], actor_as(session, cast.wang))
    page = asked(as_user("wang"), "opportunities", "delete", [one, other, sold])
    assert sorted(ids_in(page)) == sorted([one.id, other.id])
    assert listed(page) == ["機會報價 3"]
    assert "已有銷售訂單的銷售機會不能刪除" in told(page)


def test_what_belongs_to_customers_is_counted_by_kind(session: Session, cast: Cast, as_user: AsUser) -> None:
    customers = [make_customer(session, cast.wang) for _ in range(3)]
    for customer in customers[:2]:
        make_contact(session, customer, cast.wang)
        make_record(session, customer, cast.wang)
    make_contact(session, customers[0], cast.wang, "李四")
    make_order(session, customers[2], cast.wang)
    page = asked(as_user("wang"), "customers", "delete", customers)
    assert sorted(ids_in(page)) == sorted(c.id for c in customers[:2])
    assert "聯繫人 3" in listed(page)
    assert "聯繫記錄 2" in listed(page)


def test_what_goes_along_to_another_owner_or_leaves_the_schedule(session: Session, cast: Cast, as_user: AsUser) -> None:
    customer, other = make_customer(session, cast.wang), make_customer(session, cast.li)
    make_opportunity(session, customer, cast.wang)
    lost = make_opportunity(session, customer, cast.wang)
    values = {"state": "lost", "reason": "太貴", "title": lost.title}
    save_opportunity(session, lost, customer, values, actor_as(session, cast.wang), lost.version)
    soon = datetime.now(UTC) + timedelta(days=3)
    make_record(session, customer, cast.wang, next_contact_at=soon, next_plan="送樣品")
    manager = as_user("manager")
    page = asked(manager, "customers", "owner", [customer, other])
    assert listed(page) == ["銷售機會 1", "排定的跟進 1"]
    page = asked(as_user("wang"), "customers", "pool", [customer, other])
    assert ids_in(page) == [customer.id]
    assert listed(page) == ["排定的跟進 1"]


def test_documents_in_another_state_are_told_before(session: Session, cast: Cast, as_user: AsUser) -> None:
    customer = make_customer(session, cast.wang)
    draft = make_order(session, customer, cast.wang)
    pending = submitted(session, make_order(session, customer, cast.wang), cast.wang, cast.order)
    own = make_order(session, customer, cast.order)
    page = asked(as_user("wang"), "orders", "submit", [draft, pending])
    assert ids_in(page) == [draft.id]
    page = asked(as_user("order"), "orders", "approve", [draft, pending, own])
    assert ids_in(page) == [pending.id]
    assert "勾選了 3 筆，其中 1 筆可以處理" in told(page)
    paid = make_receipt(session, customer, cast.wang, {approved_order(session, customer, cast.wang, cast.order): "9"})
    assert ids_in(asked(as_user("finance"), "receipts", "approve", [paid])) == []


def test_products_that_are_stopped_already(session: Session, cast: Cast, as_user: AsUser) -> None:
    on_sale, stopped = make_product(session), make_product(session, state="stopped")
    admin = as_user("admin")
    assert ids_in(asked(admin, "products", "stop", [on_sale, stopped])) == [on_sale.id]
    assert ids_in(asked(admin, "products", "resume", [on_sale, stopped])) == [stopped.id]


def test_no_more_are_claimed_than_one_may(session: Session, cast: Cast, as_user: AsUser) -> None:
    pooled = [make_customer(session, cast.wang, pooled=True) for _ in range(3)]
    change_settings(session, claim_on=True, claim_most_owned=2)
    li = as_user("li")
    page = asked(li, "pool", "claim", pooled)
    assert len(ids_in(page)) == 2
    assert "勾選了 3 筆，其中 2 筆可以處理" in told(page)
    answer = li.post("/pool/bulk", {"action": "claim", "ids": ids_in(page), "confirmed": "1"})
    assert answer.status_code == 303
    assert sum(customer.owner_id == cast.li.id for customer in pooled) == 2


def test_everything_that_was_found_is_counted_too(session: Session, cast: Cast, as_user: AsUser) -> None:
    customer = make_customer(session, cast.wang)
    for number in range(25):
        make_contact(session, customer, cast.wang, f"聯繫人{number}", now=YESTERDAY if number < 5 else None)
    page = asked(as_user("wang"), "contacts", "delete", [], all="1", next="/contacts")
    assert len(ids_in(page)) == 20
    assert "勾選了 25 筆，其中 20 筆可以處理" in told(page)


def test_every_bulk_action_knows_what_it_does() -> None:
    """Each says by which action of the policy it is decided, and each deletion what goes along."""
    actions = [(table, action) for table in TABLES.values() for action in table.bulk]
    assert len(actions) > 25
    assert all(action.policy_action or action.why_not for _table, action in actions)
    side_effects = {table.key for table, action in actions if action.name == "delete" and action.side_effects}
    assert side_effects >= {
        "customers",
        "contacts",
        "records",
        "opportunities",
        "quotes",
        "orders",
        "receipts",
        "products",
    }
