"""A form sent again: the same content is answered again, another one is never answered as saved (hostile case 31)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from lxml import html
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import Contact, ImportTemplate, Order, SentForm
from tests.at_once import Browser, all_at_once, serving
from tests.cast import Cast
from tests.conftest import Person, make_app
from tests.documents import order_form
from tests.factories import make_contact, make_customer, make_product

AsUser = Callable[[str], Person]
ONE = {"name": "王先生", "mobile": "0912345678", "once": "one-form"}


def count(session: Session, model: Any) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize("in_the_box", [True, False])
class TestCorrectedContact:
    """The answer was lost on the way; the person corrects the mobile and presses 保存 again."""

    @pytest.fixture
    def twice(self, in_the_box: bool, session: Session, cast: Cast, as_user: AsUser) -> tuple[Person, Any]:
        customer = make_customer(session, cast.wang)
        wang = as_user("wang").htmx("box") if in_the_box else as_user("wang")
        sent = {**ONE, "customer_id": customer.id}
        assert wang.post("/contacts", sent).status_code in (200, 303)
        return wang, wang.post("/contacts", {**sent, "mobile": "0987654321"})

    def test_it_is_refused_and_both_are_shown(self, twice: tuple[Person, Any], session: Session) -> None:
        _wang, answer = twice
        assert answer.status_code == 409
        assert "保存過了" in answer.text or "儲存過了" in answer.text
        page = html.fromstring(answer.text)
        assert page.xpath("//input[@name='mobile']/@value") == ["0987654321"]
        assert any("0912345678" in cell.text_content() for cell in page.iter("td"))
        (made,) = session.scalars(select(Contact))
        assert made.mobile == "0912345678"
        assert f"/contacts/{made.id}" in page.xpath("//*[@role='alert']//a/@href")

    def test_so_is_it_where_something_else_is_wrong_too(self, twice: tuple[Person, Any], session: Session) -> None:
        """Else the form would come back as one that was never saved, and make a second contact."""
        wang, _answer = twice
        customer_id = session.scalars(select(Contact.customer_id)).one()
        answer = wang.post("/contacts", {**ONE, "customer_id": customer_id, "email": "x"})
        assert answer.status_code == 409

    def test_whoever_wants_a_second_one_gets_it(self, twice: tuple[Person, Any], session: Session) -> None:
        wang, answer = twice
        shown = next(f for f in html.fromstring(answer.text).iter("form") if f.get("action") == "/contacts")
        fresh = dict(shown.form_values())
        assert fresh["once"] != ONE["once"]
        assert wang.post("/contacts", fresh).status_code in (200, 303)
        assert count(session, Contact) == 2

    def test_the_first_content_still_gets_its_answer(self, twice: tuple[Person, Any], session: Session) -> None:
        wang, _answer = twice
        customer_id = session.scalars(select(Contact.customer_id)).one()
        assert wang.post("/contacts", {**ONE, "customer_id": customer_id}).status_code in (200, 303)
        assert count(session, Contact) == 1


def test_a_correction_of_what_was_opened_and_saved_is_compared(session: Session, cast: Cast, as_user: AsUser) -> None:
    contact = make_contact(session, make_customer(session, cast.wang), cast.wang)
    wang, sent = as_user("wang"), {**ONE, "version": 1}
    assert wang.post(f"/contacts/{contact.id}", sent).status_code == 303
    answer = wang.post(f"/contacts/{contact.id}", {**sent, "mobile": "0987654321"})
    assert (answer.status_code, contact.mobile) == (409, "0912345678")
    assert "0987654321" in answer.text
    again = {**ONE, "version": 2, "mobile": "0987654321"}
    assert wang.post(f"/contacts/{contact.id}", again).status_code == 303
    assert contact.mobile == "0987654321"


def test_an_order_with_another_line(session: Session, cast: Cast, as_user: AsUser) -> None:
    customer, product = make_customer(session, cast.wang), make_product(session, "影印機")
    session.flush()
    row = {"product": product.name, "quantity": "1", "price": "100"}
    wang, one = as_user("wang"), order_form(customer, row, once="an-order")
    first = wang.post("/orders", one)
    assert first.status_code == 303, html.fromstring(first.text).xpath("//*[@role='alert']")[0].text_content()
    assert wang.post("/orders", one).location == first.location
    other = order_form(customer, {**row, "quantity": "7"}, once="an-order")
    answer = wang.post("/orders", other)
    assert answer.status_code == 409
    assert first.location in answer.text
    assert count(session, Order) == 1
    # A row more, without scripts: the form stays the same form.
    more = wang.post("/orders", {**other, "add_line": "1"})
    assert 'value="an-order"' in more.text


def test_a_template_of_an_import(session: Session, as_user: AsUser) -> None:
    """A form of its own kind, which shows nothing again by itself."""
    wang = as_user("wang")
    sent = {"name": "甲", "count": "1", "field-1": "name", "heading-1": "公司", "once": "template"}
    before = count(session, ImportTemplate)
    assert wang.post("/imports/customers/templates", sent).status_code == 303
    answer = wang.post("/imports/customers/templates", {**sent, "name": "乙", "heading-1": "名稱"})
    assert answer.status_code == 409
    assert 'value="名稱"' in answer.text
    assert count(session, ImportTemplate) == before + 1


def test_a_form_that_came_back_keeps_its_token(session: Session, cast: Cast, as_user: AsUser) -> None:
    """Corrected, saved, the answer lost, corrected again: the form is still the one that was saved."""
    wang, customer = as_user("wang"), make_customer(session, cast.wang)
    sent = {**ONE, "customer_id": customer.id, "email": "x"}
    back = wang.post("/contacts", sent)
    assert back.status_code == 422
    assert 'value="one-form"' in back.text


def test_ticking_others_after_going_back(session: Session, cast: Cast, as_user: AsUser) -> None:
    """What makes no record is done each time: another selection is another deed."""
    products = [make_product(session, name) for name in ("甲", "乙")]
    session.flush()
    admin = as_user("admin")
    ids = [product.id for product in products]
    for id in ids:
        sent = {"action": "retire", "ids": id, "confirmed": "1", "once": "the-list"}
        code = admin.post("/products/bulk", sent).status_code
        assert code in (200, 303)


@pytest.mark.parametrize("path", ["/language", "/login", "/setup", "/login/code"])
def test_strangers_fill_nothing(path: str, app: CRM, session: Session) -> None:
    from tests.web.visitor import Visitor

    visitor = Visitor(app)
    visitor.open("/login")
    token = visitor.token
    for number in range(20):
        visitor.ask("POST", path, data={"csrf_token": token, "language": "en", "once": f"t{number}"})
    assert count(session, SentForm) == 0


def test_no_page_is_kept(session: Session, cast: Cast, as_user: AsUser) -> None:
    wang, customer = as_user("wang").htmx("box"), make_customer(session, cast.wang)
    sent = {**ONE, "customer_id": customer.id}
    first = wang.post("/contacts", sent)
    (row,) = session.scalars(select(SentForm))
    kept = repr({key: value for key, value in vars(row).items() if not key.startswith("_")})
    assert len(kept) < 800
    again = wang.post("/contacts", sent)
    assert again.headers["HX-Trigger"] == first.headers["HX-Trigger"]
    assert again.text.strip() == first.text.strip()


def test_a_double_click_is_told_the_same(session: Session, cast: Cast, as_user: AsUser) -> None:
    wang, customer = as_user("wang"), make_customer(session, cast.wang)
    sent = {**ONE, "customer_id": customer.id}
    pages = []
    for _ in range(2):
        answer = wang.post("/contacts", sent)
        pages.append(html.fromstring(wang.get(answer.location).text).get_element_by_id("messages").text_content())
    assert pages[0] == pages[1] != ""
    assert count(session, Contact) == 1


def test_sent_again_after_a_restart(app: CRM, session: Session, cast: Cast, as_user: AsUser) -> None:
    wang, customer = as_user("wang"), make_customer(session, cast.wang)
    sent = {**ONE, "customer_id": customer.id}
    first = wang.post("/contacts", sent)
    from pathlib import Path

    restarted = make_app(Path(app.config["CRM_INSTANCE"]))
    cookie = wang.client.get_cookie("crm")
    assert cookie is not None
    other = Person(restarted, session, "x", cast.wang)
    other.client.set_cookie("crm", cookie.value)
    assert other.post("/contacts", sent).location == first.location
    assert other.post("/contacts", {**sent, "name": "李"}).status_code == 409
    assert count(session, Contact) == 1
    with restarted.app_context():
        from crm.extensions import db

        db.engine.dispose()


@pytest.mark.parametrize("contents", [1, 2, 8])
def test_many_at_once(contents: int, app: CRM, session: Session, cast: Cast, as_user: AsUser) -> None:
    """Of the same content one is made and all are told so; of two contents one is made and the other is refused."""
    customer_id, person = make_customer(session, cast.wang).id, as_user("wang")
    with serving(app) as server:
        wang = Browser(server, person)
        session.commit()
        sent = [{**ONE, "customer_id": customer_id, "mobile": f"091234567{n % contents}"} for n in range(8)]
        answers = all_at_once([partial(wang.post, "/contacts", each) for each in sent])
    assert count(session, Contact) == 1
    codes = sorted(answer.code for answer in answers)
    assert codes == [303] * (8 // contents) + [409] * (8 - 8 // contents)


def test_another_persons_token_is_refused(session: Session, cast: Cast, as_user: AsUser) -> None:
    customer = make_customer(session, cast.wang)
    sent = {**ONE, "customer_id": customer.id}
    assert as_user("wang").post("/contacts", sent).status_code == 303
    assert as_user("manager").post("/contacts", sent).status_code == 400
