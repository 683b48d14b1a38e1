"""權限管理 and 個人權限: the grid, the members, a person's own permissions (A-5, A-6)."""

import pytest
from lxml import html
from sqlalchemy import select

from crm.domain.organisation.roles_and_grants import members_of, personal_grants, role_rights
from crm.models import PersonalGrant, Role, RoleGrant, User, rights_of
from crm.models.permissions import Permission, Scope


def role(session, key):
    return session.scalars(select(Role).where(Role.key == key)).one()


def boxes(response):
    """Label → box, as a person sees the grid."""
    page = html.fromstring(response.text)
    return {label.text_content(): page.get_element_by_id(label.get("for")) for label in page.xpath("//table//label")}


def ticked(response):
    """What the browser would send of the grid."""
    page = html.fromstring(response.text)
    hidden = {box.get("name"): box.get("value") for box in page.xpath("//form//input[@type='hidden']")}
    hidden = {name: hidden[name] for name in ("version", "shown")}
    chosen = page.xpath("//input[@name='permissions'][@checked][not(@disabled)]/@value")
    return {**hidden, "permissions": [str(value) for value in chosen]}


def rights_state(session):
    session.rollback()
    session.expire_all()
    return (
        session.execute(select(RoleGrant.role_id, RoleGrant.permission).order_by(RoleGrant.role_id)).all(),
        session.execute(select(Role.id, Role.scope, Role.name, Role.deleted_at)).all(),
        session.execute(select(PersonalGrant.user_id, PersonalGrant.permission, PersonalGrant.scope)).all(),
        {key: sorted(members_of(session, key)) for key in session.scalars(select(Role))},
    )


@pytest.fixture
def keeper(session, cast):
    """Finance keeps roles and personal permissions without being an administrator."""
    for permission in (Permission.ROLES_VIEW, Permission.ROLES_SAVE, Permission.GRANTS_VIEW, Permission.GRANTS_SAVE):
        session.add(PersonalGrant(user_id=cast.finance.id, permission=permission.value, scope=4))
    session.commit()
    return cast.finance


def test_a_new_role_gets_its_permissions_and_its_people(as_user, session, cast):
    """The task of the manual: 新增, 角色名稱, 權限配置, 角色人員."""
    admin = as_user("admin")
    made = admin.post("/roles", {"name": "客服", "scope": int(Scope.DEPARTMENT)})
    assert made.status_code == 303
    grid = admin.get(made.headers["Location"])
    box = boxes(grid)["客戶拜訪 查看"]
    url = made.headers["Location"]
    assert admin.post(url, {**ticked(grid), "permissions": [box.get("value")]}).status_code == 303
    people = url.replace("/permissions", "/people")
    assert admin.post(people, {"before": "", "people": [cast.order.id]}).status_code == 303
    assert rights_of(session, cast.order).scope(Permission.CUSTOMERS_VIEW) is Scope.DEPARTMENT


def test_the_grid_shows_functions_that_have_pages(as_user, session, cast):
    shown = boxes(as_user("admin").get(f"/roles/{role(session, 'salesperson').id}/permissions"))
    assert shown["客戶拜訪 查看"].get("checked") is not None
    assert shown["組織架構 保存"].get("checked") is None
    assert shown["客戶分類分析 查看"].get("checked") is not None


def test_permissions_of_functions_that_are_not_shown_are_kept(as_user, session, cast):
    admin, manager = as_user("admin"), role(session, "sales_manager")
    held = role_rights(session, manager)
    assert Permission.ORDERS_VIEW.value in held
    url = f"/roles/{manager.id}/permissions"
    data = ticked(admin.get(url))
    data["permissions"].remove("customers:export")
    assert admin.post(url, data).status_code == 303
    session.expire_all()
    assert set(held) - set(role_rights(session, manager)) == {"customers:export"}


def test_a_right_removed_is_gone_at_the_next_click(as_user, session, cast):
    """Hostile case 18."""
    admin, wang, sales = as_user("admin"), as_user("wang"), role(session, "salesperson")
    assert wang.get("/customers").status_code == 200
    data = ticked(admin.get(f"/roles/{sales.id}/permissions"))
    data["permissions"].remove("customers:view")
    admin.post(f"/roles/{sales.id}/permissions", data)
    assert wang.get("/customers").status_code == 403
    assert "客戶拜訪" not in wang.get("/password").text


def test_two_people_change_one_grid(as_user, session, cast):
    admin, sales = as_user("admin"), role(session, "salesperson")
    url = f"/roles/{sales.id}/permissions"
    data = ticked(admin.get(url))
    assert admin.post(url, data).status_code == 303
    assert admin.post(url, {**data, "permissions": []}).status_code == 409
    assert Permission.CUSTOMERS_VIEW.value in role_rights(session, sales)


def test_built_in_roles_offer_no_deleting(as_user, session, cast):
    admin, before = as_user("admin"), rights_state(session)
    for key in ("administrator", "sales_approver", "receipt_approver"):
        url = f"/roles/{role(session, key).id}"
        assert "刪除" not in admin.get(url).text
        question = admin.get(f"{url}/delete")
        assert question.status_code == 403 and "系統自帶的角色，不能刪除" in question.text
        assert admin.post(f"{url}/delete").status_code == 403
    assert rights_state(session) == before


def test_deleting_a_role_asks_first(as_user, session, cast):
    admin, url = as_user("admin"), f"/roles/{role(session, 'salesperson').id}"
    question = admin.get(f"{url}/delete").text
    assert ">是<" in question
    assert ">否<" in question
    assert admin.post(f"{url}/delete").status_code == 303
    assert admin.get(url).status_code == 404
    assert rights_of(session, cast.wang).scopes == {}


def test_a_keeper_grants_only_what_they_hold(as_user, session, cast, keeper):
    """Hostile case 15, by role, by member and by personal grant; the database stays as it was."""
    person, before = as_user("finance"), rights_state(session)
    admin, sales, manager = (role(session, key).id for key in ("administrator", "salesperson", "sales_manager"))
    tamper = {"shown": "customers", "permissions": ["customers:view", "customers:save", "orders:approve"]}
    everything = {"scope": 4, "name": "X"}
    roles_save = {"shown": "roles", "permissions": ["roles:save"]}
    for url, data in (
        (f"/roles/{role(session, 'receipt_approver').id}/permissions", tamper),
        (f"/roles/{admin}/permissions", roles_save),
        (f"/roles/{sales}", everything),
        (f"/roles/{sales}/people", {"before": "", "people": [cast.order.id]}),
        (f"/roles/{admin}/people", {"before": "", "people": [keeper.id]}),
        (f"/roles/{manager}/people", {"before": str(cast.manager.id)}),
        (f"/roles/{sales}/delete", {}),
        (f"/grants/{cast.order.id}", {"permission": "customers:view", "scope": 4}),
        (f"/grants/{keeper.id}", {"permission": "roles:view", "scope": 3}),
        (f"/grants/{cast.admin.id}", {"permission": "roles:view", "scope": 4}),
        (f"/grants/{keeper.id}/remove", {"permission": "roles:view"}),
    ):
        assert person.post(url, data).status_code in (403, 422), url
        assert rights_state(session) == before, url
    for user_id in (keeper.id, cast.order.id, cast.admin.id):
        person.post(f"/grants/{user_id}/roles", {"roles": [admin, sales, manager]})
        assert rights_state(session) == before


@pytest.mark.parametrize("name", ["wang", "manager"])
def test_without_the_right_nothing_opens(as_user, session, cast, name):
    person, before = as_user(name), rights_state(session)
    for url in ("/roles", "/roles/1", "/roles/1/permissions", "/roles/1/people", "/grants", f"/grants/{cast.li.id}"):
        assert person.get(url).status_code == 403
    for url in ("/roles", "/roles/1", "/roles/1/permissions", "/roles/1/people", f"/grants/{cast.li.id}"):
        assert person.post(url, {"permissions": ["customers:view"], "name": "X", "scope": 4}).status_code == 403
    assert rights_state(session) == before


def test_the_last_administrator_stays_one(as_user, session, cast):
    """Hostile case 20."""
    person, before = as_user("admin"), rights_state(session)
    admin = role(session, "administrator").id
    assert person.post(f"/roles/{admin}/people", {"before": str(cast.admin.id)}).status_code == 403
    assert person.post(f"/roles/{admin}/permissions", {"shown": "roles customers organisation"}).status_code == 403
    assert person.post(f"/roles/{admin}", {"name": "X", "scope": 1}).status_code == 403
    assert person.post(f"/grants/{cast.admin.id}/roles", {}).status_code == 403
    assert rights_state(session) == before


def test_a_permission_of_ones_own_and_where_it_comes_from(as_user, session, cast):
    admin, url = as_user("admin"), f"/grants/{cast.wang.id}"
    assert "王小明" in admin.get("/grants").text
    assert admin.post(url, {"permission": "customers:view", "scope": int(Scope.EVERYTHING)}).status_code == 303
    rows = html.fromstring(admin.get(url).text).xpath("//table//tr")
    shown = [[cell.text_content() for cell in row] for row in rows]
    assert ["客戶拜訪 查看", "全部資料", "業務員 (本人), 個人權限 (全部資料)"] in shown
    assert rights_of(session, cast.wang).scope(Permission.CUSTOMERS_VIEW) is Scope.EVERYTHING
    assert admin.post(f"{url}/remove", {"permission": "customers:view"}).status_code == 303
    assert personal_grants(session, cast.wang) == {}


def test_roles_of_a_person(as_user, session, cast):
    admin, url = as_user("admin"), f"/grants/{cast.order.id}"
    wanted = [role(session, "salesperson").id, role(session, "sales_approver").id]
    assert admin.post(f"{url}/roles", {"version": cast.order.version, "roles": wanted}).status_code == 303
    assert rights_of(session, cast.order).may(Permission.CUSTOMERS_VIEW)
    late = admin.post(f"{url}/roles", {"version": 1, "roles": []})
    assert late.status_code == 409
    assert session.get(User, cast.order.id) is not None
    assert rights_of(session, cast.order).may(Permission.CUSTOMERS_VIEW)


def test_an_unknown_permission_is_not_kept(as_user, session, cast):
    url = f"/grants/{cast.wang.id}"
    for wrong in ("customers:everything", "", "nothing"):
        assert as_user("admin").post(url, {"permission": wrong, "scope": 4}).status_code == 422
    assert personal_grants(session, cast.wang) == {}


def test_the_way_back_names_the_role(as_user, session, cast):
    role = session.scalars(select(Role).where(Role.key == "salesperson")).one()
    for part in ("", "/permissions", "/people"):
        (crumb,) = html.fromstring(as_user("admin").get(f"/roles/{role.id}{part}").text).find_class("breadcrumb")
        assert crumb.text_content().strip().endswith(f"› {role.name}")
