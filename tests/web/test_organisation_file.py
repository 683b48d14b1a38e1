"""導出組織, 空白模版下載, 導入組織 (A-4): what is exported comes back unchanged; what is wrong changes nothing."""

import io

import pytest
from lxml import html
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from crm.domain.organisation.roles_and_grants import roles_of
from crm.domain.platform.settings import change_settings
from crm.models import MailMessage, OperationLog, OrgUnit, Permission, PersonalGrant, Role, Scope, User, rights_of

HEADINGS = {
    "公司": ["上級組織名稱", "公司名稱", "電話", "傳真", "地址", "負責人", "備註"],
    "部門": ["上級組織名稱", "部門名稱", "電話", "傳真", "地址", "負責人", "備註"],
    "人員": ["上級組織名稱", "姓名", "登錄帳戶", "email", "性別", "電話", "手機", "職務", "角色"],
}


def book(companies=(), departments=(), people=()):
    made = Workbook()
    made.remove(made.active)
    for (title, headings), rows in zip(HEADINGS.items(), (companies, departments, people), strict=True):
        sheet = made.create_sheet(title)
        sheet.append(headings)
        for row in rows:
            sheet.append([*row, *[None] * (len(headings) - len(row))])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def send(person, content, **more):
    data = {"file": (io.BytesIO(content), "組織.xlsx"), **more}
    return person.post("/organisation/import", data, content_type="multipart/form-data")


def told(answer):
    rows = html.fromstring(answer.text).xpath("//table[contains(@class, 'list')]/tbody/tr")
    return [tuple(cell.text_content() for cell in row) for row in rows]


def state(session):
    session.expire_all()
    users = select(User.id, User.name, User.login, User.unit_id, User.email, User.phone, User.version)
    units = select(OrgUnit.id, OrgUnit.name, OrgUnit.parent_id, OrgUnit.version)
    return session.execute(users.order_by(User.id)).all(), session.execute(units.order_by(OrgUnit.id)).all()


@pytest.fixture
def complete(session, cast):
    """People as the form makes them."""
    for user in session.scalars(select(User)):
        user.email, user.gender = f"{user.login}@example.com", "female"
    cast.wang.phone, cast.wang.mobile, cast.wang.job_title = "02-2555-0100 #301", "0900-555-101", "業務專員"
    north = session.scalars(select(OrgUnit).where(OrgUnit.name == "北區")).one()
    north.phone, north.notes, north.leader = "02-2555-0100", "第一行\n第二行", "王小明"
    session.commit()


@pytest.mark.parametrize("language", ["zh_Hant", "zh_Hans", "en"])
def test_what_is_exported_comes_back_unchanged(as_user, session, cast, complete, language):
    twin = OrgUnit(kind="department", name="北區", created_at=cast.wang.created_at, updated_at=cast.wang.created_at)
    twin.parent_id = session.scalars(select(OrgUnit.id).where(OrgUnit.name == "南區")).one()
    session.add(twin)
    session.commit()
    admin = as_user("admin")
    admin.post("/language", {"language": language})
    content = admin.get("/organisation/export").data
    sheets = load_workbook(io.BytesIO(content))
    assert len(sheets.sheetnames) == 3
    before = state(session)
    answer = send(admin, content)
    assert answer.status_code == 303, told(answer)
    assert state(session) == before


def test_a_chosen_part(as_user, session, cast, complete):
    north = session.scalars(select(OrgUnit.id).where(OrgUnit.name == "北區")).one()
    content = as_user("admin").get("/organisation/export", query_string={"units": north, "people": cast.li.id}).data
    found = load_workbook(io.BytesIO(content))
    names = [[row[1].value for row in list(found[title].rows)[1:]] for title in found.sheetnames]
    assert names == [[], ["北區"], ["王小明", "李小華"]]
    log = session.scalars(select(OperationLog).where(OperationLog.action == "exported")).one()
    assert log.entity == "organisation"


def test_the_blank_template_is_what_is_imported(as_user, session, cast):
    found = load_workbook(io.BytesIO(as_user("admin").get("/organisation/template").data))
    assert [[cell.value.strip("*") for cell in found[title][1]] for title in found.sheetnames] == list(
        HEADINGS.values()
    )
    assert found.sheetnames == list(HEADINGS)


def test_companies_departments_and_people_are_added(as_user, session, cast):
    content = book(
        [["測試公司", "南部分公司", "07-555-0100"]],
        [["高雄組", "前鎮小組"], ["南部分公司", "高雄組", None, None, None, "張三"]],
        [["前鎮小組", "張三", "chang", "chang@example.com", "男", None, "0912345678", "組長", "業務員、銷售經理"]],
    )
    answer = send(as_user("admin"), content)
    assert answer.status_code == 303, told(answer)
    person = session.scalars(select(User).where(User.login == "chang")).one()
    unit = session.get(OrgUnit, person.unit_id)
    assert (unit.name, session.get(OrgUnit, unit.parent_id).name) == ("前鎮小組", "高雄組")
    keys = set(session.scalars(select(Role.key).where(Role.id.in_(roles_of(session, person)))))
    assert keys == {"salesperson", "sales_manager"}
    assert person.password_hash == "", "nobody signs in before a link or a slip"


def test_what_is_known_is_changed_and_empty_cells_change_nothing(as_user, session, cast, complete):
    roles = roles_of(session, cast.wang)
    people = [["南區", "王大明", "Wang", "wang@example.com", None, None, None, "組長"]]
    answer = send(as_user("admin"), book(people=people))
    assert answer.status_code == 303, told(answer)
    session.expire_all()
    wang = cast.wang
    assert (wang.name, wang.job_title, wang.mobile) == ("王大明", "組長", "0900-555-101")
    assert session.get(OrgUnit, wang.unit_id).name == "南區"
    assert roles_of(session, wang) == roles


def test_every_wrong_place_is_told_and_nothing_is_saved(as_user, session, cast):
    content = book(
        [["哪裡", "孤兒公司"]],
        [["測試公司", "新部門"], ["測試公司", "新部門"], [None, "無上級"]],
        [
            ["新部門", "甲", "jia", "not an address", "男"],
            ["沒有這部門", "乙", "yi", "yi@example.com", "男"],
            ["新部門", "丙", "bing", None, "男"],
            ["新部門", "丁", "ding", "ding@example.com", "男", None, None, None, "總統"],
            ["新部門", "戊", "wu", "wu@example.com", "男"],
            ["新部門", "己", "WU", "ji@example.com", "男"],
        ],
    )
    before = state(session)
    answer = send(as_user("admin"), content)
    assert answer.status_code == 422
    places = {(sheet, row, heading) for sheet, row, heading, _value, _why in told(answer)}
    assert places == {
        ("公司", "2", "上級組織名稱"),
        ("部門", "3", "部門名稱"),
        ("部門", "4", "上級組織名稱"),
        ("人員", "2", "email"),
        ("人員", "3", "上級組織名稱"),
        ("人員", "4", "email"),
        ("人員", "5", "角色"),
        ("人員", "7", "登錄帳戶"),
    }
    assert state(session) == before


def test_no_role_is_gained_by_a_file(as_user, session, cast, complete):
    for permission in (Permission.ORGANISATION_VIEW, Permission.ORGANISATION_SAVE):
        session.add(PersonalGrant(user_id=cast.finance.id, permission=permission.value, scope=Scope.EVERYTHING))
    session.commit()
    finance, before = as_user("finance"), state(session)
    for row in (
        ["業務部", "周會計", "finance", "finance@example.com", "女", None, None, None, "系統管理員"],
        ["業務部", "新人", "xin", "xin@example.com", "女", None, None, None, "業務員"],
        ["測試公司", "管理員", "admin", "mine@example.com", "女"],
        ["北區", "王小明", "wang", "mine@example.com", "女"],
        ["測試公司", "周會計", "finance", "finance@example.com", "女"],
    ):
        answer = send(finance, book(people=[row]))
        assert answer.status_code == 422, row
        assert len(told(answer)) == 1
    assert state(session) == before
    assert not rights_of(session, cast.finance).administrator


def test_something_else_is_refused_in_words(as_user, session, cast):
    admin = as_user("admin")
    other = Workbook()
    other.active.append(["商品", "價格"])
    other.active.append(["筆", 3])
    out = io.BytesIO()
    other.save(out)
    for content in (out.getvalue(), b"PK\x03\x04 broken", b"\x00\x01\x02"):
        answer = send(admin, content)
        assert answer.status_code == 422
        assert 'id="f-file-error"' in answer.text
    assert admin.post("/organisation/import").status_code == 422


def test_the_new_ones_are_invited(as_user, session, cast):
    change_settings(session, mail_host="mail.example.com", mail_from="crm@example.com", mail_site="http://crm.lan")
    session.commit()
    people = [["北區", "甲", "jia", "jia@example.com", "男"], ["北區", "乙", "yi", "yi@example.com", "女"]]
    assert send(as_user("admin"), book(people=people), invite="1").status_code == 303
    assert session.scalar(select(func.count()).select_from(MailMessage)) == 2


def test_old_twins_in_one_place_come_back_unchanged(as_user, session, cast, complete):
    """Two of one name under one parent, from before that was refused: the second has a number in the file alone."""
    north = session.scalars(select(OrgUnit).where(OrgUnit.name == "北區")).one()
    moment = cast.wang.created_at
    twin = OrgUnit(kind="department", name="北區", parent_id=north.parent_id, created_at=moment, updated_at=moment)
    session.add(twin)
    session.flush()
    session.add(OrgUnit(kind="department", name="甲組", parent_id=twin.id, created_at=moment, updated_at=moment))
    cast.li.unit_id = twin.id
    session.commit()
    admin = as_user("admin")
    content = admin.get("/organisation/export").data
    names = [row[1].value for row in list(load_workbook(io.BytesIO(content))["部門"].rows)[1:]]
    assert "北區 (2)" in names
    before = state(session)
    answer = send(admin, content)
    assert answer.status_code == 303, told(answer)
    assert state(session) == before
