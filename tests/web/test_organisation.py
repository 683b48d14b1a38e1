"""組織架構: its pages, and attacks on them (A-1, hostile cases 14–20)."""

import re

import pytest
from lxml import html
from sqlalchemy import func, select

from crm.models import LoginSession, OrgUnit, PersonalGrant, Role, RoleMember, User, rights_of
from crm.models.permissions import Permission


def labels(response):
    return {label.text_content().strip() for label in html.fromstring(response.text).xpath("//form//label")}


def unit_id(session, name):
    return session.scalars(select(OrgUnit.id).where(OrgUnit.name == name)).one()


def role_id(session, key):
    return session.scalars(select(Role.id).where(Role.key == key)).one()


def newcomer(session, **more):
    return {
        "unit_id": unit_id(session, "北區"),
        "name": "張新人",
        "login": "chang",
        "email": "chang@example.com",
        "gender": "female",
        "password": "klar-Wasser-8",
        **more,
    }


def sent(person):
    """What the person's form sends when nothing was changed."""
    return {
        "version": person.version,
        "unit_id": person.unit_id,
        "name": person.name,
        "login": person.login,
        "email": person.email or "a@example.com",
        "gender": person.gender or "male",
    }


def fingerprint(session):
    """The accounts and rights; a refused attempt leaves them as they were."""
    session.rollback()
    session.expire_all()
    users = select(User.id, User.name, User.login, User.unit_id, User.password_hash, User.disabled_at, User.version)
    return (
        session.execute(users.order_by(User.id)).all(),
        session.execute(select(RoleMember.role_id, RoleMember.user_id).order_by(RoleMember.user_id)).all(),
        session.execute(select(PersonalGrant.user_id, PersonalGrant.permission, PersonalGrant.scope)).all(),
        session.execute(select(OrgUnit.id, OrgUnit.parent_id, OrgUnit.name)).all(),
    )


@pytest.fixture
def keeper(session, cast):
    """Finance keeps the organisation without being an administrator; Wang has an address, which stays Wang's."""
    cast.wang.email = "wang@example.com"
    for permission in (Permission.ORGANISATION_VIEW, Permission.ORGANISATION_SAVE):
        session.add(PersonalGrant(user_id=cast.finance.id, permission=permission.value, scope=4))
    session.commit()
    return cast.finance


def test_the_tree_shows_the_firm(as_user, cast):
    text = as_user("admin").get("/organisation").text
    places = [text.index(name) for name in ("業務部</a>", "北區", "王小明", "南區", "李小華")]
    assert places == sorted(places)
    assert all(label in text for label in ("新增公司", "新增部門", "新增人員"))


def test_the_labels_are_the_manuals(as_user, cast):
    admin = as_user("admin")
    unit = {"上級組織名稱", "電話", "傳真", "地址", "負責人", "備註"}
    assert unit | {"公司名稱"} <= labels(admin.get("/organisation/companies/new"))
    assert unit | {"部門名稱"} <= labels(admin.get("/organisation/departments/new"))
    person = {"上級組織名稱", "姓名", "登錄帳戶", "email", "性別", "電話", "手機", "職務", "初始密碼", "業務員"}
    assert person <= labels(admin.get("/organisation/people/new"))


def test_a_new_department(as_user, session, cast):
    admin = as_user("admin")
    data = {"parent_id": unit_id(session, "業務部"), "name": "東區", "leader": "王小明"}
    answer = admin.post("/organisation/departments", data)
    assert answer.status_code == 303
    assert session.scalars(select(OrgUnit.leader).where(OrgUnit.name == "東區")).one() == "王小明"
    assert "東區" in admin.get("/organisation").text


def test_what_is_missing_is_said(as_user, session, cast):
    answer = as_user("admin").post("/organisation/companies", {"phone": "02-1234"})
    assert answer.status_code == 422
    assert answer.text.count('class="error"') == 2
    assert 'value="02-1234"' in answer.text


def test_a_new_person_signs_in_and_must_change_the_password(app, as_user, session, cast):
    admin = as_user("admin")
    answer = admin.post("/organisation/people", newcomer(session, roles=[role_id(session, "salesperson")]))
    assert answer.status_code == 303
    person = session.scalars(select(User).where(User.login == "chang")).one()
    assert rights_of(session, person).may(Permission.CUSTOMERS_VIEW)
    client = app.test_client()
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/login").text).group(1)
    client.post("/login", data={"csrf_token": token, "username": "chang", "password": "klar-Wasser-8"})
    assert client.get("/customers").headers["Location"].endswith("/password")


def test_the_same_person_twice_is_refused_and_nothing_is_left(as_user, session, cast):
    answer = as_user("admin").post("/organisation/people", newcomer(session, login="Wang"))
    assert answer.status_code == 422
    assert session.scalar(select(func.count()).select_from(User)) == 6


def test_a_weak_first_password_is_refused(as_user, session, cast):
    admin = as_user("admin")
    for weak in ("12345678", "chang", "short"):
        answer = admin.post("/organisation/people", newcomer(session, password=weak, login="chang"))
        assert answer.status_code == 422
        (box,) = html.fromstring(answer.text).xpath("//input[@type='password']")
        assert not box.get("value")
        assert 'class="error"' in answer.text


def test_a_blank_around_a_password_belongs_to_it(as_user, session, cast):
    from crm.domain.accounts.passwords import password_fits

    assert as_user("admin").post("/organisation/people", newcomer(session, password=" klar Wasser ")).status_code == 303
    person = session.scalars(select(User).where(User.login == "chang")).one()
    assert password_fits(person.password_hash, " klar Wasser ")


def test_two_people_change_one_person(as_user, session, cast):
    admin, data = as_user("admin"), sent(cast.wang)
    assert admin.post(f"/organisation/people/{cast.wang.id}", {**data, "phone": "02-1111"}).status_code == 303
    late = admin.post(f"/organisation/people/{cast.wang.id}", {**data, "phone": "02-2222"})
    assert late.status_code == 409
    assert "02-1111" in late.text
    assert "02-2222" in late.text
    session.refresh(cast.wang)
    assert cast.wang.phone == "02-1111"


def test_disabling_asks_and_takes_effect_at_the_next_click(as_user, session, cast):
    """Hostile case 19."""
    admin, wang, later = as_user("admin"), as_user("wang"), as_user("wang")
    assert wang.get("/customers").status_code == 200
    question = admin.get(f"/organisation/people/{cast.wang.id}/disable").text
    assert "是" in question
    assert "否" in question
    assert admin.post(f"/organisation/people/{cast.wang.id}/disable").status_code == 303
    assert "/login" in wang.client.get("/customers").headers["Location"]
    open_ones = select(LoginSession).where(LoginSession.user_id == cast.wang.id, LoginSession.ended_at.is_(None))
    assert session.scalars(open_ones).all() == []
    assert admin.post(f"/organisation/people/{cast.wang.id}/enable").status_code == 303
    assert "/login" in later.client.get("/customers").headers["Location"], "an ended session does not come back"


def test_an_administrator_sets_a_password_that_must_be_changed(as_user, session, cast):
    admin, wang = as_user("admin"), as_user("wang")
    url = f"/organisation/people/{cast.wang.id}/password"
    assert {"新密碼", "確認新密碼"} <= labels(admin.get(url))
    differing = {"password": "klar-Wasser-8", "repeated": "klar-Wasser-9"}
    assert admin.post(url, differing).status_code == 422
    assert admin.post(url, {"password": "klar-Wasser-8", "repeated": "klar-Wasser-8"}).status_code == 303
    session.refresh(cast.wang)
    assert cast.wang.must_change_password
    assert wang.client.get("/customers").status_code in (302, 303)


@pytest.mark.parametrize("name", ["wang", "manager", "order"])
def test_without_the_right_nothing_opens(as_user, session, cast, name):
    """Hostile cases 15 and 16: 403 on every address, and nothing changes."""
    person, target = as_user(name), cast.li.id
    before = fingerprint(session)
    for url in ("", "/people/new", f"/people/{target}", f"/people/{target}/password", f"/units/{cast.li.unit_id}"):
        assert person.get(f"/organisation{url}").status_code == 403
    new = {"password": "klar-Wasser-8", "repeated": "klar-Wasser-8"}
    for url, data in (
        ("/people", newcomer(session)),
        (f"/people/{target}", {"name": "X"}),
        (f"/people/{target}/password", new),
        (f"/people/{target}/disable", {}),
        (f"/units/{cast.li.unit_id}", {"name": "X"}),
        ("/departments", {"name": "X", "parent_id": 1}),
        ("/companies", {"name": "X", "parent_id": 1}),
    ):
        assert person.post(f"/organisation{url}", data).status_code == 403
    assert fingerprint(session) == before


def test_a_keeper_does_not_make_or_take_over_administrators(as_user, session, cast, keeper):
    """Hostile case 15."""
    person, administrators = as_user("finance"), role_id(session, "administrator")
    before = fingerprint(session)
    admin_url = f"/organisation/people/{cast.admin.id}"
    new = {"password": "klar-Wasser-8", "repeated": "klar-Wasser-8"}
    assert person.post(admin_url, {**sent(cast.admin), "name": "X"}).status_code == 403
    assert person.post(f"{admin_url}/password", new).status_code == 403
    assert person.post(f"{admin_url}/disable").status_code == 403
    own = person.post(f"/organisation/people/{keeper.id}", {**sent(keeper), "roles": [administrators]})
    assert own.status_code in (303, 403)
    assert not rights_of(session, keeper).administrator
    made = person.post("/organisation/people", newcomer(session, roles=[administrators]))
    assert made.status_code in (303, 403)
    assert [u for u in session.scalars(select(User)) if rights_of(session, u).administrator] == [cast.admin]
    assert fingerprint(session)[2:] == before[2:]


def test_roles_that_one_may_not_give_cannot_be_ticked(as_user, session, cast, keeper):
    page = html.fromstring(as_user("finance").get(f"/organisation/people/{cast.wang.id}").text)
    boxes = {box.get("value"): box for box in page.xpath("//input[@name='roles']")}
    assert boxes[str(role_id(session, "administrator"))].get("disabled") is not None
    assert boxes[str(role_id(session, "salesperson"))].get("disabled") is not None


def test_saving_keeps_the_roles_that_could_not_be_ticked(as_user, session, cast, keeper):
    url = f"/organisation/people/{cast.wang.id}"
    assert as_user("finance").post(url, {**sent(cast.wang), "phone": "02-3333"}).status_code == 303
    assert rights_of(session, cast.wang).may(Permission.CUSTOMERS_VIEW)


def test_extra_fields_are_ignored(as_user, session, cast, keeper):
    """Hostile case 17."""
    extra = {
        "is_admin": "1",
        "administrator": "1",
        "role_id": role_id(session, "administrator"),
        "password_hash": "x",
        "must_change_password": "0",
        "disabled_at": "",
        "created_at": "2000-01-01",
        "id": "1",
    }
    before = fingerprint(session)
    wang = cast.wang.id
    assert as_user("finance").post(f"/organisation/people/{wang}", {**sent(cast.wang), **extra}).status_code == 303
    assert fingerprint(session)[1:] == before[1:]
    session.refresh(cast.wang)
    assert cast.wang.password_hash != "x"
    assert cast.wang.created_at.year == 2026


def test_a_department_of_others_answers_as_one_that_is_not_there(as_user, session, cast):
    """A keeper of the north, with its scope, does not reach the south (A-7)."""
    for permission in (Permission.ORGANISATION_VIEW, Permission.ORGANISATION_SAVE):
        session.add(PersonalGrant(user_id=cast.wang.id, permission=permission.value, scope=2))
    session.commit()
    wang, before = as_user("wang"), fingerprint(session)
    south, li = unit_id(session, "南區"), cast.li.id
    assert "李小華" not in wang.get("/organisation").text
    for url in (f"/organisation/units/{south}", f"/organisation/people/{li}", f"/organisation/people/{li}/password"):
        assert wang.get(url).status_code == 404
    assert wang.get("/organisation/people/99999").status_code == 404
    assert wang.post(f"/organisation/people/{li}", {"name": "X"}).status_code == 404
    moved = wang.post("/organisation/departments", {"name": "X", "parent_id": south})
    assert moved.status_code == 422
    assert fingerprint(session) == before


def test_a_department_is_not_moved_below_itself(as_user, session, cast):
    """Hostile case 14."""
    admin = as_user("admin")
    sales, north = unit_id(session, "業務部"), unit_id(session, "北區")
    before = fingerprint(session)
    offered = html.fromstring(admin.get(f"/organisation/units/{sales}").text).xpath("//select/option/text()")
    assert "北區" not in offered
    data = {"version": 1, "name": "業務部", "parent_id": north}
    assert admin.post(f"/organisation/units/{sales}", data).status_code == 422
    assert fingerprint(session) == before


def test_the_last_administrator_does_not_lock_everybody_out(as_user, session, cast):
    """Hostile case 20."""
    admin = as_user("admin")
    before = fingerprint(session)
    assert admin.post(f"/organisation/people/{cast.admin.id}/disable").status_code == 403
    assert admin.post(f"/organisation/people/{cast.admin.id}", sent(cast.admin)).status_code == 403
    assert fingerprint(session) == before


def test_texts_of_people_are_only_texts(as_user, session, cast):
    admin = as_user("admin")
    data = {"parent_id": unit_id(session, "業務部"), "name": "<script>x</script>"}
    assert admin.post("/organisation/departments", data).status_code == 303
    assert "<script>x" not in admin.get("/organisation").text


def test_two_departments_of_one_name_in_one_place_are_refused(as_user, session, cast):
    """They could not be told apart, and the exported workbook could not be read back."""
    admin = as_user("admin")
    top = unit_id(session, "業務部")
    for name in ("北區", " 北区 "):
        answer = admin.post("/organisation/departments", {"parent_id": top, "name": name, "phone": "02-1234"})
        assert answer.status_code == 422
        page = html.fromstring(answer.text)
        (typed,) = page.xpath("//input[@name='name']")
        told = page.get_element_by_id(typed.get("aria-describedby").split()[-1]).text_content()
        assert "同一位置已有同名" in told
        assert 'value="02-1234"' in answer.text
    north = unit_id(session, "北區")
    under = admin.post("/organisation/departments", {"parent_id": north, "name": "南區"})
    assert under.status_code == 303, "elsewhere the name is free"
    lower = session.scalars(select(OrgUnit).where(OrgUnit.name == "南區", OrgUnit.parent_id == north)).one()
    moved = admin.post(f"/organisation/units/{lower.id}", {"version": lower.version, "parent_id": top, "name": "南區"})
    assert moved.status_code == 422
    assert "同一位置已有同名" in moved.text


def test_old_twins_can_still_be_changed(as_user, session, cast):
    north = session.scalars(select(OrgUnit).where(OrgUnit.name == "北區")).one()
    twin = OrgUnit(kind="department", name="北區", parent_id=north.parent_id)
    twin.created_at = twin.updated_at = cast.wang.created_at
    session.add(twin)
    session.commit()
    data = {"version": twin.version, "parent_id": twin.parent_id, "name": "北區", "phone": "02-7777"}
    assert as_user("admin").post(f"/organisation/units/{twin.id}", data).status_code == 303
    session.expire_all()
    assert twin.phone == "02-7777"
