"""What cannot be done is not offered, and the page says why where the button would be (A-7)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import html
from sqlalchemy.orm import Session

from crm.domain.customers.customers import move_customer
from crm.domain.platform.settings import change_settings
from crm.domain.sales.quotes import convert_quote
from crm.domain.schedule.items import complete_item, save_item
from tests.cast import Cast, actor_as
from tests.conftest import Person
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
)

AsUser = Callable[[str], Person]
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


def read(person: Person, url: str) -> Any:
    answer = person.get(url)
    assert answer.status_code == 200, url
    return html.fromstring(answer.get_data(as_text=True))


def buttons(page: Any) -> dict[str, str]:
    """Label → why not, of what stands where the button would be; "" for a button that can be pressed."""
    found = {}
    for each in page.xpath("//*[@class='actions' or @class='buttons']//*[self::a or self::button or self::span]"):
        if "btn" not in each.get("class", "").split():
            continue
        reason = each.xpath("following-sibling::span[@class='why']")
        assert bool(reason) == (each.get("aria-disabled") == "true")
        found[each.text_content().strip()] = reason[0].text_content().strip() if reason else ""
    return found


@pytest.fixture
def customer(session: Session, cast: Cast) -> Any:
    return make_customer(session, cast.wang)


def test_an_old_contact_and_an_old_record(session: Session, cast: Cast, as_user: AsUser, customer: Any) -> None:
    contact = make_contact(session, customer, cast.wang, now=YESTERDAY)
    record = make_record(session, customer, cast.wang, YESTERDAY)
    for url in (f"/contacts/{contact.id}", f"/records/{record.id}"):
        assert buttons(read(as_user("wang"), url))["刪除"] == "只能在建立當天刪除，請洽系統管理員。"
        assert buttons(read(as_user("manager"), url))["刪除"] == "只有建立的人或系統管理員可以刪除。"
        assert buttons(read(as_user("admin"), url))["刪除"] == ""
    fresh = make_contact(session, customer, cast.wang)
    assert buttons(read(as_user("wang"), f"/contacts/{fresh.id}"))["刪除"] == ""


def test_what_has_orders(session: Session, cast: Cast, as_user: AsUser, customer: Any) -> None:
    opportunity = make_opportunity(session, customer, cast.wang)
    quote = make_quote(session, customer, cast.wang, opportunity_id=opportunity.id)
    convert_quote(session, quote, actor_as(session, cast.wang))
    wang = as_user("wang")
    assert buttons(read(wang, f"/customers/{customer.id}/more"))["刪除"] == "此客戶已有銷售訂單（1 筆），不能刪除。"
    assert buttons(read(wang, f"/opportunities/{opportunity.id}"))["刪除"] == "已有銷售訂單的銷售機會不能刪除。"
    assert "已轉為訂單" in buttons(read(wang, f"/quotes/{quote.id}"))["刪除"]
    for url in (f"/customers/{customer.id}", f"/opportunities/{opportunity.id}", f"/quotes/{quote.id}"):
        assert wang.get(f"{url}/delete").status_code != 500
    assert opportunity.deleted_at is None


def test_voiding_while_money_is_pending(session: Session, cast: Cast, as_user: AsUser, customer: Any) -> None:
    order = approved_order(session, customer, cast.wang, cast.order)
    assert buttons(read(as_user("order"), f"/orders/{order.id}"))["作廢"] == ""
    receipt = make_receipt(session, customer, cast.wang, {order: "10"})
    assert buttons(read(as_user("order"), f"/orders/{order.id}"))["作廢"] == ""
    as_user("wang").post(
        f"/receipts/{receipt.id}/transitions/submit", {"approver_id": cast.finance.id, "version": receipt.version}
    )
    assert receipt.state == "pending"
    assert "收款" in buttons(read(as_user("order"), f"/orders/{order.id}"))["作廢"]
    assert "作廢" not in buttons(read(as_user("wang"), f"/orders/{order.id}"))


def test_submitting_what_cannot_be_submitted(session: Session, cast: Cast, as_user: AsUser, customer: Any) -> None:
    order = approved_order(session, customer, cast.wang, cast.order)
    first, second = (make_receipt(session, customer, cast.wang, {order: "80"}) for _ in range(2))
    wang = as_user("wang")
    assert buttons(read(wang, f"/receipts/{second.id}"))["提交"] == ""
    wang.post(f"/receipts/{first.id}/transitions/submit", {"approver_id": cast.finance.id, "version": first.version})
    assert order.code in buttons(read(wang, f"/receipts/{second.id}"))["提交"]


def test_deciding_on_ones_own(session: Session, cast: Cast, as_user: AsUser, customer: Any) -> None:
    order = make_order(session, customer, cast.order)
    order.state, order.approver_id, order.submitted_by_id = "pending", cast.order.id, cast.order.id
    order.submitted_at = datetime.now(UTC)
    assert "自己" in buttons(read(as_user("order"), f"/orders/{order.id}"))["審核"]


def test_a_used_product(session: Session, cast: Cast, as_user: AsUser, customer: Any) -> None:
    used = make_product(session)
    make_quote(session, customer, cast.wang, lines=[line(used)])
    assert "不能刪除" in buttons(read(as_user("admin"), f"/products/{used.id}"))["刪除"]
    assert "刪除" not in buttons(read(as_user("wang"), f"/products/{used.id}"))


def test_a_completed_item(session: Session, cast: Cast, as_user: AsUser) -> None:
    by = actor_as(session, cast.wang)
    item = save_item(session, None, {"title": "會議", "starts_at": by.now}, by)
    complete_item(session, item, "開完了", by)
    page = read(as_user("wang"), f"/schedule/{item.id}")
    assert set(buttons(page)) == {"變更歷史", "關閉"}
    assert "不能修改" in page.text_content()


def test_claiming_that_is_off_or_at_its_end(session: Session, cast: Cast, as_user: AsUser) -> None:
    pooled = make_customer(session, cast.wang, pooled=True)
    li, file = as_user("li"), f"/customers/{pooled.id}"
    change_settings(session, claim_on=True, claim_most_owned=5)
    assert buttons(read(li, file))["領取"] == ""
    assert read(li, "/pool").xpath("//button[@value='claim']")
    for changes in ({"claim_on": False}, {"claim_on": True, "claim_most_owned": 0}):
        change_settings(session, **changes)
        reason = buttons(read(li, file))["領取"]
        page = read(li, "/pool")
        assert reason, changes
        assert reason in page.text_content()
        assert not page.xpath("//button[@value='claim']")
        assert not page.xpath(f"//a[@href='/pool/{pooled.id}/claim']")


@pytest.mark.parametrize("kind", ["customers", "contacts", "records"])
def test_what_was_typed_stays_when_the_customer_went_into_the_pool_meanwhile(
    kind: str, session: Session, cast: Cast, as_user: AsUser
) -> None:
    """The form was opened before; it comes back with the reason, and nothing is saved."""
    customer = make_customer(session, cast.wang, "變化公司")
    made = {"customers": customer, "contacts": make_contact(session, customer, cast.wang)}
    record = made.get(kind) or make_record(session, customer, cast.wang)
    session.commit()
    wang, field = as_user("wang"), "content" if kind == "records" else "notes"
    url = f"/{kind}/{record.id}{'/edit' if kind == 'customers' else ''}"
    (form,) = html.fromstring(wang.get(url).text).xpath(f"//form[.//textarea[@name='{field}']]")
    move_customer(session, customer, actor_as(session, cast.manager), None)
    answer = wang.post(form.get("action"), {**dict(form.form_values()), field: "打了很久的內容"})
    page = html.fromstring(answer.text)
    assert answer.status_code == 403
    assert page.xpath(f"//textarea[@name='{field}']")[0].text.strip() == "打了很久的內容"
    assert "不能修改" in page.xpath("string(//*[@role='alert'])")
    session.refresh(record)
    assert getattr(record, field) != "打了很久的內容"
