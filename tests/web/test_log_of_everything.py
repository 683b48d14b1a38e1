"""The operation log hears of what a firm sets up, by whichever page it is set (A-9)."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.models import CustomerLevel, DictionaryItem, OperationLog, OrgUnit, PrintTemplate, SystemLog
from tests.cast import Cast
from tests.conftest import Person

AsUser = Callable[[str], Person]
KEEP = object()


def last(session: Session, kind: str) -> OperationLog:
    wanted = select(OperationLog).where(OperationLog.entity == kind).order_by(OperationLog.id.desc())
    found = session.scalars(wanted.limit(1)).first()
    assert found is not None, f"nothing is told of {kind}"
    return found


def send(person: Person, page: str, action: str = "", **changes: Any) -> None:
    """The form of a page, with some of its fields typed otherwise."""
    wanted = action or page
    (form,) = html.fromstring(person.get(page).text).xpath(f"//form[@action='{wanted}']")[:1]
    sent: dict[str, Any] = {}
    for name, value in form.form_values():
        if name not in ("csrf_token", "once"):
            sent.setdefault(name, []).append(value)
    answer = person.post(wanted, {**sent, **changes})
    assert answer.status_code in (200, 303), html.fromstring(answer.text).text_content()[:3000]


def test_a_dictionary_item_from_making_to_deleting(as_user: AsUser, session: Session, cast: Cast) -> None:
    admin = as_user("admin")
    send(admin, "/dictionaries/industry/new", "/dictionaries/industry", name="太空")
    row = last(session, "dictionaries")
    assert (row.action, row.name, row.user_id, row.address) == ("created", "太空", cast.admin.id, "127.0.0.1")
    assert row.changes["dictionary"] == [None, "industry"]
    item = session.scalars(select(DictionaryItem).where(DictionaryItem.name == "太空")).one()
    send(admin, f"/dictionaries/items/{item.id}", name="航太")
    assert last(session, "dictionaries").changes == {"name": ["太空", "航太"]}
    admin.post("/dictionaries/industry/arrange", {"action": f"retire-{item.id}"})
    send(admin, f"/dictionaries/items/{item.id}/delete")
    row = last(session, "dictionaries")
    assert (row.action, row.name, row.user_id) == ("deleted", "航太", cast.admin.id)
    assert row.changes["name"] == ["航太", None]


def test_a_customer_level(as_user: AsUser, session: Session, cast: Cast) -> None:
    level = session.scalars(select(CustomerLevel).order_by(CustomerLevel.position)).first()
    assert level is not None
    before = level.reminder_days
    send(as_user("manager"), f"/policy/levels/{level.id}", reminder_days="77")
    row = last(session, "levels")
    assert (row.action, row.name, row.user_id) == ("changed", level.name, cast.manager.id)
    assert row.changes == {"reminder_days": [before, 77]}


@pytest.mark.parametrize(
    ("login", "page", "typed", "told"),
    [
        ("admin", "/settings", {"firm_name": "新光", "idle_minutes": "45"}, {"firm_name": "新光", "idle_minutes": 45}),
        ("manager", "/policy/recycling", {"recycle_days": "44"}, {"recycle_days": 44}),
        ("manager", "/policy/duplicates", {"duplicate_fields": ["phone"]}, {"duplicate_fields": ["phone"]}),
        ("manager", "/policy/lookup", {"lookup_pools": ["owned"]}, {"lookup_pools": ["owned"]}),
    ],
)
def test_settings_and_policies(
    login: str, page: str, typed: dict[str, Any], told: dict[str, Any], as_user: AsUser, session: Session, cast: Cast
) -> None:
    """One row for a form, of what changed in it and of nothing else."""
    before = session.scalars(select(OperationLog.id).where(OperationLog.entity == "settings")).all()
    send(as_user(login), page, **typed)
    row = last(session, "settings")
    assert (row.action, row.user_id) == ("changed", getattr(cast, login).id)
    assert {key: after for key, (_before, after) in row.changes.items()} == told
    after = session.scalars(select(OperationLog.id).where(OperationLog.entity == "settings")).all()
    assert len(after) == len(before) + 1


def test_saving_settings_as_they_are_tells_nothing(as_user: AsUser, session: Session) -> None:
    admin = as_user("admin")
    send(admin, "/settings", firm_name="新光")
    row = last(session, "settings").id
    send(admin, "/settings")
    send(admin, "/settings/mail")
    assert last(session, "settings").id == row


def test_the_mail_password_changed_but_nobody_reads_it(as_user: AsUser, session: Session) -> None:
    typed = {"mail_host": "mail.example.com", "mail_from": "crm@example.com", "mail_password": "streng-geheim-9"}
    send(as_user("admin"), "/settings/mail", **typed)
    row = last(session, "settings")
    assert row.changes["mail_host"][1] == "mail.example.com"
    assert row.changes["mail_password"] == [None, "changed"]
    assert "geheim" not in str([one.changes for one in session.scalars(select(OperationLog))])


def test_a_department_and_a_person(as_user: AsUser, session: Session, cast: Cast) -> None:
    admin = as_user("admin")
    unit = session.scalars(select(OrgUnit).where(OrgUnit.name == "北區")).one()
    send(admin, f"/organisation/units/{unit.id}", leader="王大明")
    row = last(session, "organisation")
    assert (row.name, row.user_id, row.changes) == ("北區", cast.admin.id, {"leader": [None, "王大明"]})
    typed = {"gender": "male", "email": "wang@example.com", "job_title": "主任"}
    send(admin, f"/organisation/people/{cast.wang.id}", **typed)
    row = last(session, "people")
    assert (row.action, row.name, row.record_id) == ("changed", "王小明", cast.wang.id)
    assert row.changes["job_title"] == [None, "主任"]


def test_a_password_changed_but_nobody_reads_it(as_user: AsUser, session: Session, cast: Cast) -> None:
    page = f"/organisation/people/{cast.wang.id}/password"
    send(as_user("admin"), page, password="neues-Wasser-8", repeated="neues-Wasser-8")
    row = last(session, "people")
    assert (row.user_id, row.changes["password_hash"]) == (cast.admin.id, [None, "changed"])
    assert row.changes["must_change_password"] == [False, True]


def test_a_role_is_told_with_what_it_may(as_user: AsUser, session: Session, cast: Cast) -> None:
    admin = as_user("admin")
    send(admin, "/roles/new", "/roles", name="助理", scope="1")
    made = session.scalars(
        select(OperationLog)
        .where(OperationLog.entity == "roles", OperationLog.name == "助理")
        .order_by(OperationLog.id)
    ).all()
    assert (made[0].action, made[0].changes["scope"]) == ("created", [None, 1])
    role = made[0].record_id
    sent = {"permissions": ["customers:view"]}
    answer = admin.post(f"/roles/{role}/permissions", sent)
    assert answer.status_code == 303
    row = last(session, "roles")
    assert (row.action, row.changes["permissions"]) == ("granted", [[], ["customers:view"]])
    send(admin, f"/roles/{role}/delete")
    assert (last(session, "roles").action, last(session, "roles").user_id) == ("deleted", cast.admin.id)


def test_categories_targets_numbering_bulletins_and_templates(as_user: AsUser, session: Session, cast: Cast) -> None:
    admin, manager = as_user("admin"), as_user("manager")
    send(manager, "/categories/new", "/categories", name="耗材", code="SUP")
    assert last(session, "categories").changes["code"] == [None, "SUP"]
    year = {"unit_id": cast.wang.unit_id, "user_id": cast.wang.id, "year": "2026"}
    send(manager, "/target-setting/new", "/target-setting", **year, month_3="500")
    row = last(session, "target_setting")
    assert (row.user_id, row.changes["months"][1][2]) == (cast.manager.id, "500.00")
    send(admin, "/numbering/customers", prefix="KH")
    row = last(session, "numbering")
    assert (row.name, row.user_id, row.changes["prefix"][1]) == ("customers", cast.admin.id, "KH")
    send(admin, "/bulletins/new", "/bulletins", title="放假")
    assert (last(session, "bulletins").action, last(session, "bulletins").name) == ("created", "放假")
    template = session.scalars(select(PrintTemplate).where(PrintTemplate.module == "orders")).first()
    assert template is not None
    admin.post(f"/prints/{template.id}", {"name": template.name, "body": "<p>新</p>", "version": template.version})
    # HTML that was written by hand does without the choices that the built-in one was made from.
    assert last(session, "prints").changes == {"body": [None, "changed"], "choices": [None, "changed"]}


def test_shared_searches_are_told_and_own_ones_are_not(as_user: AsUser, session: Session, cast: Cast) -> None:
    wang = as_user("wang")
    wang.post("/lists/customers/searches", {"name": "自己的", "query": "q=台北"})
    wang.post("/lists/customers/searches", {"name": "大家的", "query": "q=台中", "shared": "1"})
    told = session.scalars(select(OperationLog).where(OperationLog.entity == "saved_searches")).all()
    assert [(row.action, row.name, row.user_id) for row in told] == [("created", "大家的", cast.wang.id)]
    wang.post("/lists/customers/searches", {"name": "大家的", "query": "q=台中"})
    assert last(session, "saved_searches").changes == {"shared": [True, False]}


def test_the_address_of_a_calendar_is_told_without_its_secret(as_user: AsUser, session: Session, cast: Cast) -> None:
    wang = as_user("wang")
    wang.post("/schedule/calendar")
    row = last(session, "calendar_addresses")
    assert (row.action, row.user_id, row.changes["token_hash"]) == ("created", cast.wang.id, [None, "changed"])
    wang.post("/schedule/calendar/revoke")
    assert last(session, "calendar_addresses").action == "deleted"


def test_exports_and_signing_out(as_user: AsUser, session: Session, cast: Cast) -> None:
    manager = as_user("manager")
    assert manager.get("/customers/export").status_code == 200
    row = last(session, "customers")
    assert (row.action, row.user_id) == ("exported", cast.manager.id)
    manager.post("/logout")
    out = session.scalars(select(SystemLog).order_by(SystemLog.id.desc())).first()
    assert out is not None and (out.kind, out.user_id) == ("logout", cast.manager.id)
