"""What somebody typed outlives the end of their session, and comes back to them alone (L-7)."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import ContactRecord, Customer, LoginSession
from tests.cast import PASSWORD, Cast
from tests.factories import item, make_customer

from .visitor import Visitor

TEXT = "談了報價，下週三以前要回覆\n第二行"


@pytest.fixture
def wang(app: CRM, cast: Cast) -> Visitor:
    visitor = Visitor(app)
    assert visitor.sign_in("wang", cast.password).status_code == 303
    return visitor


@pytest.fixture
def customer(session: Session, cast: Cast) -> Customer:
    made = make_customer(session, cast.wang, name="大同")
    session.commit()
    return made


def idle(visitor: Visitor, session: Session) -> None:
    with visitor.client.session_transaction() as cookie:
        cookie["seen"] = int((datetime.now(UTC) - timedelta(minutes=121)).timestamp())


def signed_out(visitor: Visitor, session: Session) -> None:
    visitor.open("/logout")
    visitor.send({})


def ended(visitor: Visitor, session: Session) -> None:
    """As a changed password or an administrator does it."""
    for row in session.scalars(select(LoginSession)):
        row.ended_at = datetime.now(UTC)
    session.commit()


def fields(page: str) -> dict[str, str]:
    """The values of the page's form; a browser drops the line end that a text area begins with."""
    (form, *_more) = html.fromstring(page).xpath("//form[contains(@class, 'form')]")
    return {name: value.replace("\r\n", "\n").removeprefix("\n") for name, value in form.form_values()}


def typed_record(wang: Visitor, session: Session, customer: Customer) -> dict[str, str]:
    page = wang.open(f"/records/new?customer_id={customer.id}").text
    return {**fields(page), "content": TEXT, "method_id": str(item(session, "contact_method", "拜訪").id)}


def sign_in_again(visitor: Visitor, login: str = "wang") -> str:
    sent = {**dict(visitor.form.form_values()), "username": login, "password": PASSWORD}
    return visitor.ask("POST", "/login", data=sent).text


@pytest.mark.parametrize("end", [idle, signed_out, ended])
def test_a_form_comes_back_after_signing_in(wang, session, customer, end: Callable) -> None:
    sent = typed_record(wang, session, customer)
    end(wang, session)
    answer = wang.ask("POST", "/records", data=sent)
    assert answer.status_code == 200
    assert TEXT.split("\n")[0] not in answer.text, "sealed on its way"
    page = sign_in_again(wang)
    back = fields(page)
    assert back["content"] == TEXT
    assert session.scalar(select(func.count()).select_from(ContactRecord)) == 0, "nothing is saved by itself"
    assert wang.ask("POST", "/records", data=back).status_code == 303
    assert session.scalars(select(ContactRecord)).one().content == TEXT


def test_somebody_else_does_not_get_it(wang, session, customer) -> None:
    sent = typed_record(wang, session, customer)
    idle(wang, session)
    wang.ask("POST", "/records", data=sent)
    page = sign_in_again(wang, "li")
    assert "談了報價" not in page
    assert "談了報價" not in wang.open("/").text


def test_it_comes_back_after_a_wrong_password(wang, session, customer) -> None:
    sent = typed_record(wang, session, customer)
    idle(wang, session)
    wang.ask("POST", "/records", data=sent)
    wrong = {**dict(wang.form.form_values()), "username": "wang", "password": "no"}
    assert wang.ask("POST", "/login", data=wrong).status_code == 422
    assert fields(sign_in_again(wang))["content"] == TEXT


def test_an_altered_or_old_parcel_opens_nothing(wang, session, customer) -> None:
    sent = typed_record(wang, session, customer)
    idle(wang, session)
    wang.ask("POST", "/records", data=sent)
    given = dict(wang.form.form_values())
    altered = given["carried"][:40] + ("A" if given["carried"][40] != "A" else "B") + given["carried"][41:]
    answer = wang.ask("POST", "/login", data={**given, "carried": altered, "username": "wang", "password": PASSWORD})
    assert answer.status_code == 303


def test_another_tab_signed_in_again(wang, session, customer) -> None:
    """The first tab's form is from before: it is shown again with a new token, and saves when the button is pressed."""
    sent = typed_record(wang, session, customer)
    signed_out(wang, session)
    wang.sign_in("wang", PASSWORD)
    answer = wang.ask("POST", "/records", data=sent)
    assert answer.status_code == 200
    assert "Nothing is saved yet" in answer.text
    assert session.scalar(select(func.count()).select_from(ContactRecord)) == 0
    back = fields(answer.text)
    assert back["content"] == TEXT
    assert wang.ask("POST", "/records", data=back).status_code == 303


def test_another_tab_signed_in_again_and_a_box(wang, session, customer) -> None:
    sent = typed_record(wang, session, customer)
    signed_out(wang, session)
    wang.sign_in("wang", PASSWORD)
    headers = {"HX-Request": "true", "HX-Target": "box"}
    answer = wang.ask("POST", "/records", headers, data=sent)
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (409, "none")
    assert "reload" not in answer.text
    token = answer.headers["X-Form-Token"]
    assert wang.ask("POST", "/records", headers, data={**sent, "csrf_token": token}).status_code == 200
    assert session.scalars(select(ContactRecord)).one().content == TEXT


def test_another_tab_signed_in_as_somebody_else(wang, session, customer) -> None:
    sent = typed_record(wang, session, customer)
    signed_out(wang, session)
    wang.sign_in("li", PASSWORD)
    for headers in ({}, {"HX-Request": "true"}):
        answer = wang.ask("POST", "/records", headers, data=sent)
        assert answer.status_code == 400
        assert "X-Form-Token" not in answer.headers
        assert "談了報價" not in answer.text


@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        ("/customers", {"name": "長榮海運", "notes": TEXT}, "notes"),
        ("/schedule", {"title": "送樣品", "content": TEXT, "starts_at": "2026-12-24 10:00"}, "content"),
        ("/orders", {"notes": TEXT, "lines-1-product_id": "螺絲", "lines-1-quantity": "3"}, "lines-1-product_id"),
    ],
)
def test_every_kind_of_form(wang, session, cast, path, sent, field) -> None:
    wang.open(f"{path}/new")
    token = wang.token
    idle(wang, session)
    wang.ask("POST", path, data={"csrf_token": token, **sent})
    back = fields(sign_in_again(wang))
    assert back[field] == sent[field]


def test_passwords_are_never_in_it(wang, session) -> None:
    wang.open("/password")
    token = wang.token
    idle(wang, session)
    sent = {
        "csrf_token": token,
        "old_password": PASSWORD,
        "new_password": "ganz-neu-99",
        "confirm": "ganz-neu-99",
        "mobile": "0912",
    }
    wang.ask("POST", "/password", data={"csrf_token": token, **sent})
    page = sign_in_again(wang)
    assert "ganz-neu-99" not in page
    assert PASSWORD not in page


def test_it_waits_until_a_new_password_is_chosen(wang, session, customer, cast) -> None:
    """An administrator has set the password anew: the session ended, and the first page is that of the password."""
    sent = typed_record(wang, session, customer)
    cast.wang.must_change_password = True
    ended(wang, session)
    wang.ask("POST", "/records", data=sent)
    sign_in_again(wang)
    new = {"old_password": PASSWORD, "new_password": "ganz-neu-99", "confirm": "ganz-neu-99"}
    page = wang.ask("POST", "/password", data={**dict(wang.form.form_values()), **new}).text
    assert fields(page)["content"] == TEXT


def test_what_is_too_long_is_said(wang, session) -> None:
    wang.open("/customers/new")
    token = wang.token
    idle(wang, session)
    answer = wang.ask(
        "POST", "/customers", data={"csrf_token": token, "name": "長榮", "notes": secrets.token_hex(150_000)}
    )
    assert "too long to be preserved" in answer.text
    assert 'name="carried"' not in answer.text
