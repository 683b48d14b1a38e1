"""What scripts do for people is there without them, too: what follows from a choice, and ticks that are taken away."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from lxml import html
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain.sales.receipts import lines_of
from crm.models import ContactRecord, Customer, Opportunity, Order, Quote, Receipt
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import approved_order, item, make_contact, make_customer, make_receipt

SignIn = Callable[[str], Person]
FORMS = {"records": ContactRecord, "opportunities": Opportunity, "quotes": Quote, "orders": Order}


@pytest.fixture
def customer(session: Session, cast: Cast) -> Customer:
    customer = make_customer(session, cast.wang, "大同電子", address="台北市南京東路一段1號")
    make_contact(session, customer, cast.wang, "張三")
    make_contact(session, customer, cast.wang, "李四")
    make_contact(session, make_customer(session, cast.wang, "大同建設"), cast.wang, "王五")
    return customer


def fields(page: str) -> dict[str, str]:
    """What a browser sends of the page's form, buttons apart; the token comes with the person."""
    (form,) = (f for f in html.fromstring(page).iter("form") if "data-guard" in f.attrib)
    return {name: value for name, value in form.form_values() if name != "csrf_token"}


def options(page: str, name: str) -> list[str]:
    return [o for o in html.fromstring(page).xpath(f"//select[@name='{name}']/option/text()") if o]


@pytest.mark.parametrize("kind", FORMS)
class TestContactsOfANewRecord:
    def test_a_button_shows_them_and_saves_nothing(
        self, session: Session, as_user: SignIn, customer: Customer, kind: str
    ) -> None:
        wang = as_user("wang")
        page = wang.get(f"/{kind}/new").text
        (button,) = html.fromstring(page).xpath("//*[contains(@class, 'no-js-only')]//button[@value='refresh']")
        assert (button.get("name"), button.text) == ("action", "顯示客戶的聯繫人")
        sent = {**fields(page), "customer_id": "大同電子", "notes": "先不保存"}
        answer = wang.post(f"/{kind}", {**sent, "action": "refresh"})
        assert answer.status_code == 200
        assert options(answer.text, "contact_id") == ["張三", "李四"]
        assert "請填寫" not in answer.text
        assert session.scalar(select(func.count()).select_from(FORMS[kind])) == 0

    def test_what_is_chosen_then_is_saved(
        self, session: Session, as_user: SignIn, customer: Customer, kind: str
    ) -> None:
        wang = as_user("wang")
        page = wang.get(f"/{kind}/new").text
        sent = {**fields(page), "customer_id": "大同電子", "title": "會議室", "content": "談了報價"}
        sent["method_id"] = str(item(session, "contact_method", "電話").id)
        again = wang.post(f"/{kind}", {**sent, "action": "refresh"}).text
        (li,) = html.fromstring(again).xpath("//select[@name='contact_id']/option[.='李四']/@value")
        from tests.factories import make_product

        row = {"lines-1-product_id": make_product(session, "會議桌").code, "lines-1-quantity": "1"}
        final = wang.post(f"/{kind}", {**fields(again), **row, "lines-1-price": "5", "contact_id": li})
        assert final.status_code == 303
        assert session.scalars(select(FORMS[kind])).one().contact_id == int(li)

    @pytest.mark.parametrize(("typed", "told"), [("大同", "多筆"), ("查無此人", "找不到")])
    def test_it_says_why_there_are_none(
        self, as_user: SignIn, customer: Customer, kind: str, typed: str, told: str
    ) -> None:
        wang = as_user("wang")
        sent = {**fields(wang.get(f"/{kind}/new").text), "customer_id": typed, "action": "refresh"}
        answer = wang.post(f"/{kind}", sent)
        (error,) = html.fromstring(answer.text).xpath("//*[@id='f-customer_id-error']")
        assert told in error.text
        assert f'value="{typed}"' in answer.text


def test_a_known_record_needs_no_such_button(as_user: SignIn, session: Session, cast: Cast, customer: Customer) -> None:
    from tests.factories import make_order, make_record

    record, order = make_record(session, customer, cast.wang), make_order(session, customer, cast.wang)
    for url in (f"/records/{record.id}", f"/orders/{order.id}"):
        page = as_user("wang").get(url).text
        assert 'value="refresh"' not in page
        assert options(page, "contact_id") == ["張三", "李四"]


def test_a_customer_brings_its_terms_and_address_into_an_order(
    session: Session, as_user: SignIn, cast: Cast, customer: Customer
) -> None:
    own = item(session, "payment_terms", "月結60天").id
    customer.payment_terms_id = own
    wang = as_user("wang")
    sent = {**fields(wang.get("/orders/new").text), "customer_id": "大同電子", "consignee": "倉庫", "action": "refresh"}
    shown = fields(wang.post("/orders", sent).text)
    assert (shown["payment_terms_id"], shown["consignee"]) == (str(own), "倉庫")
    assert shown["delivery_address"] == "台北市南京東路一段1號"


class TestTicksTakenAwayInAReceipt:
    @pytest.fixture
    def orders(self, session: Session, cast: Cast, customer: Customer) -> list[Order]:
        return [approved_order(session, customer, cast.wang, cast.order, "1000") for _ in range(3)]

    @pytest.fixture
    def receipt(self, session: Session, cast: Cast, customer: Customer, orders: list[Order]) -> Receipt:
        return make_receipt(session, customer, cast.wang, {orders[0]: "400", orders[1]: "600"})

    def sent(self, page: str, ticked: list[Order], **more: Any) -> dict[str, Any]:
        shown = {name: value for name, value in fields(page).items() if name != "orders"}
        return {**shown, "orders": [str(order.id) for order in ticked], **more}

    def kept(self, session: Session, receipt: Receipt) -> dict[int, Decimal]:
        session.refresh(receipt)
        return {line.order_id: line.amount for line in lines_of(session, receipt)}

    def test_in_a_saved_one(self, session: Session, as_user: SignIn, orders: list[Order], receipt: Receipt) -> None:
        wang, url = as_user("wang"), f"/receipts/{receipt.id}"
        answer = wang.post(url, self.sent(wang.get(url).text, orders[:1]))
        assert answer.status_code == 303
        assert self.kept(session, receipt) == {orders[0].id: Decimal("400.00")}
        assert receipt.amount == Decimal("400.00")

    def test_in_a_new_one_begun_for_an_order(
        self, session: Session, as_user: SignIn, customer: Customer, orders: list[Order]
    ) -> None:
        wang = as_user("wang")
        page = wang.get(f"/receipts/new?customer={customer.id}&order={orders[0].id}").text
        other = {f"amount-{orders[1].id}": "250"}
        answer = wang.post("/receipts", self.sent(page, [], **other))
        assert answer.status_code == 303
        made = session.scalars(select(Receipt)).one()
        assert self.kept(session, made) == {orders[1].id: Decimal("250.00")}

    def test_the_last_one_is_asked_for(
        self, session: Session, as_user: SignIn, orders: list[Order], receipt: Receipt
    ) -> None:
        wang, url = as_user("wang"), f"/receipts/{receipt.id}"
        answer = wang.post(url, self.sent(wang.get(url).text, []))
        assert answer.status_code == 422
        assert "請至少勾選一張訂單" in answer.text
        assert len(self.kept(session, receipt)) == 2

    def test_a_written_amount_counts_without_a_tick(
        self, session: Session, as_user: SignIn, orders: list[Order], receipt: Receipt
    ) -> None:
        wang, url = as_user("wang"), f"/receipts/{receipt.id}"
        wang.post(url, self.sent(wang.get(url).text, orders[:2], **{f"amount-{orders[2].id}": "5"}))
        assert self.kept(session, receipt)[orders[2].id] == Decimal("5.00")

    def test_another_amount_without_its_tick_is_asked_about(
        self, session: Session, as_user: SignIn, orders: list[Order], receipt: Receipt
    ) -> None:
        wang, url = as_user("wang"), f"/receipts/{receipt.id}"
        sent = self.sent(wang.get(url).text, orders[:1], **{f"amount-{orders[1].id}": "700"})
        again = wang.post(url, sent)
        assert again.status_code == 422
        assert "取消了勾選" in again.text
        assert len(self.kept(session, receipt)) == 2
        assert wang.post(url, self.sent(again.text, orders[:1])).status_code == 303
        assert self.kept(session, receipt) == {orders[0].id: Decimal("400.00")}
