"""A form tells all that is wrong with it at once: what is missing, and each rule that is broken (A-1, L-3, O-1)."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.models import Customer, PersonalGrant, Role, RoleMember, User
from tests.cast import Cast
from tests.conftest import Person
from tests.documents import order_form, quote_form
from tests.factories import item, make_contact, make_customer, make_opportunity, make_product

SignIn = Callable[[str], Person]
PERSON = {"unit_id": "", "name": "", "login": "wang", "email": "x", "gender": "", "password": "wang"}


def wrong(answer: Any) -> set[str]:
    """The names of the controls that have a complaint beside them."""
    page = html.fromstring(answer.get_data(as_text=True))
    return set(page.xpath("//*[@aria-invalid='true']/@name"))


def told(answer: Any, name: str) -> str:
    return " ".join(html.fromstring(answer.text).xpath(f"//*[@id='f-{name}-error']/text()"))


class TestPeople:
    def test_a_new_person(self, session: Session, as_user: SignIn, cast: Cast) -> None:
        answer = as_user("admin").post("/organisation/people", PERSON)
        assert answer.status_code == 422
        assert wrong(answer) == {"unit_id", "name", "login", "email", "gender", "password"}
        assert "已有人使用" in told(answer, "login") or "已經" in told(answer, "login")
        assert "8" in told(answer, "password")

    @pytest.mark.parametrize(
        ("typed", "expected"),
        [
            ({"login": "аdmin", "password": "short"}, {"login", "password"}),
            ({"login": "  ", "password": "password"}, {"login", "password"}),
            ({"login": "LI", "email": "a@b", "password": "x" * 201}, {"login", "email", "password"}),
            ({"mobile": "無號碼", "password": ""}, {"mobile", "password"}),
        ],
    )
    def test_whatever_is_wrong_together(
        self, as_user: SignIn, session: Session, cast: Cast, typed: dict[str, str], expected: set[str]
    ) -> None:
        good = {
            "unit_id": cast.wang.unit_id,
            "name": "新人",
            "login": "newone",
            "email": "n@example.com",
            "gender": "male",
        }
        answer = as_user("admin").post("/organisation/people", {**good, "password": "klar-Wasser-9", **typed})
        assert (answer.status_code, wrong(answer)) == (422, expected)
        assert session.scalar(select(func.count()).select_from(User)) == 6

    def test_a_known_person(self, as_user: SignIn, cast: Cast) -> None:
        sent = {**PERSON, "version": cast.li.version}
        answer = as_user("admin").post(f"/organisation/people/{cast.li.id}", sent)
        assert wrong(answer) == {"unit_id", "name", "login", "email", "gender"}

    def test_a_new_password(self, as_user: SignIn, cast: Cast) -> None:
        sent = {"password": "short", "repeated": "other", "version": cast.li.version}
        answer = as_user("admin").post(f"/organisation/people/{cast.li.id}/password", sent)
        assert wrong(answer) == {"password", "repeated"}

    def test_ones_own_password(self, as_user: SignIn, cast: Cast) -> None:
        wang = as_user("wang")
        for old, expected in (("", "請輸入"), ("not-this-one", "不正確")):
            sent = {"old_password": old, "new_password": "abc", "confirm": "xyz", "version": cast.wang.version}
            answer = wang.post("/password", sent)
            assert wrong(answer) == {"old_password", "new_password", "confirm"}
            assert expected in told(answer, "old_password")


class TestSales:
    @pytest.fixture
    def customer(self, session: Session, cast: Cast) -> Customer:
        return make_customer(session, cast.wang, "大同電子")

    def test_an_order(self, session: Session, as_user: SignIn, customer: Customer) -> None:
        """Both days beside what cannot be read, and what is wrong in a line."""
        row = {"product": make_product(session, "會議桌").code, "quantity": "x", "price": "5"}
        more = {"due_on": "2026-11-01", "deliver_on": "2026-11-02", "discount_amount": "abc"}
        answer = as_user("wang").post("/orders", order_form(customer, row, **more))
        assert wrong(answer) == {"due_on", "deliver_on", "discount_amount", "lines-1-quantity"}

    def test_a_quote(self, session: Session, as_user: SignIn, customer: Customer) -> None:
        row = {"product": make_product(session, "會議桌").code, "quantity": "", "price": "1"}
        answer = as_user("wang").post("/quotes", quote_form(customer, row, title="", valid_until="2026-11-01"))
        assert wrong(answer) == {"title", "valid_until", "lines-1-quantity"}

    def test_an_opportunity(self, session: Session, as_user: SignIn, customer: Customer) -> None:
        stage = item(session, "opportunity_stage", "需求確認").id
        sent = {"title": "", "customer_id": "大同電子", "stage_id": stage, "state": "lost", "probability": "101"}
        assert wrong(as_user("wang").post("/opportunities", sent)) == {"title", "reason", "probability"}

    def test_a_contact_record(self, as_user: SignIn, customer: Customer) -> None:
        sent = {"customer_id": "大同電子", "contacted_at": "2999-01-01 10:00", "next_contact_at": "2998-01-01 10:00"}
        answer = as_user("wang").post("/records", sent)
        assert wrong(answer) == {"contacted_at", "next_contact_at", "method_id", "content"}

    def test_a_customer(self, session: Session, as_user: SignIn) -> None:
        from crm.models import City, Province

        city = session.scalars(select(City)).first()
        assert city is not None
        other = session.scalars(select(Province).where(Province.id != city.province_id)).first()
        assert other is not None
        sent = {"name": "", "province_id": other.id, "city_id": city.id, "email": "x"}
        assert wrong(as_user("wang").post("/customers", sent)) == {"name", "city_id", "email"}

    @pytest.mark.parametrize(
        ("kind", "named"),
        [("customers", "name"), ("contacts", "name"), ("products", "name"), ("opportunities", "title")],
    )
    def test_a_code_that_is_taken(
        self, session: Session, as_user: SignIn, cast: Cast, customer: Customer, kind: str, named: str
    ) -> None:
        contact, product = make_contact(session, customer, cast.wang), make_product(session)
        product.code_key = product.code.lower()
        taken = {"customers": customer, "contacts": contact, "products": product}
        taken["opportunities"] = make_opportunity(session, customer, cast.wang)
        code = str(taken[kind].code)
        answer = as_user("admin").post(f"/{kind}", {named: "", "code": code.lower(), "customer_id": customer.code})
        assert {named, "code"} <= wrong(answer)
        sent = {named: "", "code": code, "version": taken[kind].version}
        assert "code" not in wrong(as_user("admin").post(f"/{kind}/{taken[kind].id}", sent))

    def test_a_schedule_item(self, as_user: SignIn, cast: Cast) -> None:
        sent = {"title": "", "starts_at": "2026-11-20 10:00", "ends_at": "2026-11-20 09:00", "repeat": "daily"}
        assert wrong(as_user("wang").post("/schedule", sent)) == {"title", "ends_at", "repeat_until"}


class TestSettings:
    def test_an_item_of_a_dictionary(self, as_user: SignIn, cast: Cast) -> None:
        answer = as_user("admin").post("/dictionaries/payment_terms", {"name": "月結30天", "value": "x"})
        assert wrong(answer) == {"name", "value"}

    def test_a_level(self, as_user: SignIn, cast: Cast) -> None:
        answer = as_user("admin").post("/policy/levels", {"name": "重要客戶", "reminder_days": "-1", "colour": "red"})
        assert wrong(answer) == {"name", "reminder_days"}

    def test_a_bulletin(self, as_user: SignIn, cast: Cast) -> None:
        answer = as_user("admin").post("/bulletins", {"title": "", "posted_on": "2026-11-20", "until": "2026-11-19"})
        assert wrong(answer) == {"title", "until"}


class TestWithoutARole:
    SENTENCE = "您還沒有任何角色"

    def new(self, cast: Cast, **more: Any) -> dict[str, Any]:
        given = {"unit_id": cast.wang.unit_id, "name": "新人", "login": "newone", "email": "n@example.com"}
        return {**given, "gender": "male", "password": "klar-Wasser-9", **more}

    def role(self, session: Session) -> int:
        return session.scalars(select(Role.id).where(Role.key == "salesperson")).one()

    def test_who_saves_one_is_told(self, session: Session, as_user: SignIn, cast: Cast) -> None:
        admin = as_user("admin")
        admin.post("/organisation/people", self.new(cast))
        assert "新人 還沒有角色" in admin.get("/organisation").text
        admin.post("/organisation/people", self.new(cast, login="other", name="另一人", roles=self.role(session)))
        assert "還沒有角色" not in admin.get("/organisation").text

    def test_who_takes_the_last_one_away_is_told(self, session: Session, as_user: SignIn, cast: Cast) -> None:
        admin, role = as_user("admin"), self.role(session)
        admin.post(f"/roles/{role}/people", {"before": f"{cast.wang.id} {cast.manager.id}"})
        page = admin.get("/roles").text
        assert "王小明 還沒有角色" in page
        assert "陳經理 還沒有角色" not in page  # is sales manager still
        admin.post(f"/grants/{cast.li.id}/roles", {"version": cast.li.version})
        assert "李小華 還沒有角色" in admin.get("/grants").text

    def test_a_personal_permission_is_something(self, session: Session, as_user: SignIn, cast: Cast) -> None:
        session.add(PersonalGrant(user_id=cast.li.id, permission="customers:view", scope=1))
        session.query(RoleMember).filter_by(user_id=cast.li.id).delete()
        assert self.SENTENCE not in as_user("li").get("/").text

    def test_they_read_it_on_every_page(self, session: Session, as_user: SignIn, cast: Cast) -> None:
        session.query(RoleMember).filter_by(user_id=cast.li.id).delete()
        li = as_user("li")
        for path in ("/", "/password", "/notices", "/logout", "/customers"):
            assert self.SENTENCE in li.get(path).text, path
        assert self.SENTENCE not in as_user("wang").get("/").text
