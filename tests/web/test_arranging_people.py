"""調動人員 and 排序 (A-1, A-3)."""

from lxml import html
from sqlalchemy import select

from crm.models import Order, OrgUnit, Permission, PersonalGrant, Scope, User
from tests.factories import make_customer, make_order


def unit(session, name):
    return session.scalars(select(OrgUnit).where(OrgUnit.name == name)).one()


def names(answer):
    return [one.text_content().strip() for one in html.fromstring(answer.text).xpath("//li[@data-mark]/div/span")]


def test_several_people_move_and_documents_keep_their_department(as_user, session, cast):
    order = make_order(session, make_customer(session, cast.wang), cast.wang)
    was, south = order.unit_id, unit(session, "南區")
    admin = as_user("admin")
    page = admin.get("/organisation/move", query_string={"people": [cast.wang.id]})
    assert html.fromstring(page.text).xpath("//input[@name='people'][@checked]/@value") == [str(cast.wang.id)]
    assert "新部門" in page.text
    people = [cast.wang.id, cast.order.id]
    assert admin.post("/organisation/move", {"people": people, "unit_id": south.id}).status_code == 303
    assert {session.get(User, one).unit_id for one in people} == {south.id}
    assert session.get(Order, order.id).unit_id == was


def test_nobody_ticked_is_said(as_user, session, cast):
    answer = as_user("admin").post("/organisation/move", {"unit_id": unit(session, "南區").id})
    assert answer.status_code == 422
    assert "請勾選" in answer.text


def test_all_move_or_nobody(as_user, session, cast):
    """Who keeps the organisation cannot move an administrator; the others stay too."""
    for permission in (Permission.ORGANISATION_VIEW, Permission.ORGANISATION_SAVE):
        session.add(PersonalGrant(user_id=cast.finance.id, permission=permission.value, scope=Scope.EVERYTHING))
    before = cast.order.unit_id
    people = [cast.order.id, cast.admin.id]
    answer = as_user("finance").post("/organisation/move", {"people": people, "unit_id": unit(session, "南區").id})
    assert answer.status_code == 403
    assert session.get(User, cast.order.id).unit_id == before


def test_one_step_up_and_down(as_user, session, cast):
    admin = as_user("admin")
    north, south = unit(session, "北區"), unit(session, "南區")
    shown = names(admin.get("/organisation/order"))
    assert shown.index("北區") < shown.index("南區")
    assert admin.post("/organisation/order", {"down": f"u{north.id}"}).status_code == 303
    shown = names(admin.get("/organisation/order"))
    assert shown.index("南區") < shown.index("北區")
    assert admin.post("/organisation/order", {"up": f"u{south.id}"}).status_code == 303
    people = [name for name in shown if name in ("陳經理", "林審單", "周會計")]
    last = session.scalars(select(User.id).where(User.name == people[-1])).one()
    admin.post("/organisation/order", {"up": f"p{last}"})
    for page in ("/organisation/order", "/organisation", "/grants"):
        text = admin.get(page).text
        assert text.index(people[-1]) < text.index(people[1]), page


def test_dragged_into_a_new_order(as_user, session, cast):
    admin = as_user("admin")
    sales = unit(session, "業務部").id
    marks = [f"p{user.id}" for user in session.scalars(select(User).where(User.unit_id == sales))]
    assert admin.post("/organisation/order", {"order": " ".join(reversed(marks))}).status_code == 303
    found = session.scalars(select(User.id).where(User.unit_id == sales).order_by(User.position)).all()
    assert [f"p{one}" for one in found] == marks[::-1]
    assert admin.post("/organisation/order", {"order": marks[0]}).status_code == 409, "others came meanwhile"
    for odd in ("", "p0", "x3", "u1 p1", f"p{10**12}"):
        assert admin.post("/organisation/order", {"order": odd}).status_code in (400, 404, 409), odd


def test_whoever_is_new_stands_last_where_people_are_arranged(as_user, session, cast):
    admin, north = as_user("admin"), unit(session, "北區")
    second = {"unit_id": north.id, "name": "安一", "login": "an", "email": "a@example.com", "gender": "male"}
    admin.post("/organisation/people", {**second, "password": "klar-Wasser-8"})
    admin.post("/organisation/order", {"down": f"p{session.scalars(select(User.id).where(User.login == 'an')).one()}"})
    assert cast.wang.position == 1
    admin.post("/organisation/move", {"people": cast.li.id, "unit_id": north.id})
    assert session.get(User, cast.li.id).position == 3
