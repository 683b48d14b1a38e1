"""【撤銷導入】: what an import wrote is taken back, as far as nobody else has touched it since (I-7)."""

import io
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.customers.contacts import save_contact
from crm.domain.customers.customers import save_customer
from crm.domain.imports.undo_data import delete_expired_writes
from crm.domain.platform.deletion import delete_record
from crm.entities.search_index import matches_search
from crm.models import (
    Contact,
    Customer,
    CustomerEvent,
    DictionaryItem,
    ImportRun,
    ImportTemplate,
    ImportWrite,
    OperationLog,
)
from crm.models.deletions import RESTORABLE_FOR
from crm.models.imports import DONE, UNDONE
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.dumping import HISTORY, differences, dump
from tests.factories import level, make_contact, make_customer
from tests.sampling import mostly_long
from tests.web.test_imports import as_template, begin, checked, finish, xlsx

HEADINGS = {
    "name": "客戶名稱",
    "phone": "電話",
    "address": "地址",
    "level_id": "等級",
    "status_id": "狀態",
    "notes": "備註",
    "main_contact": "聯繫人",
    "main_mobile": "手機",
}


@pytest.fixture
def template(as_user: Callable[[str], Person], session: Session) -> ImportTemplate:
    return make(as_user("admin"), session, "customers", HEADINGS)


def make(person: Person, session: Session, kind: str, columns: dict[str, str]) -> ImportTemplate:
    lines = [(key, heading, "") for key, heading in columns.items()]
    assert person.post(f"/imports/{kind}/templates", as_template("撤銷用", lines)).status_code == 303
    found = session.scalars(select(ImportTemplate).order_by(ImportTemplate.id.desc())).first()
    assert found is not None
    return found


def check(person: Person, app: CRM, template: ImportTemplate, rows: Sequence[Sequence[Any]], **choices: str) -> str:
    """The address of the checked run."""
    url = f"/imports/{template.kind}/templates/{template.id}/file"
    sent = {"file": (io.BytesIO(xlsx(rows)), "名單.xlsx"), **choices}
    return checked(person, app, person.post(url, sent, content_type="multipart/form-data"))


def bring_in(person: Person, app: CRM, template: ImportTemplate, rows: Sequence[Sequence[Any]], **choices: str) -> str:
    """The address of the finished run."""
    run = check(person, app, template, rows, **choices)
    begin(person, app, run)
    return run


def undo(person: Person, app: CRM, run: str) -> str:
    """The page at its end."""
    answer = person.post(f"{run}/undo")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    finish(app)
    return person.get(run).get_data(as_text=True)


def unchanged(before: dict[str, list[Any]], session: Session) -> dict[str, list[Any]]:
    session.expire_all()
    return {key: rows for key, rows in differences(before, dump(session)).items() if key not in HISTORY}


def state_of(session: Session) -> str:
    return session.scalars(select(ImportRun).order_by(ImportRun.id.desc())).first().state  # type: ignore[union-attr]


@pytest.mark.parametrize("many", mostly_long([120, 500], [120]))
def test_hundreds_of_overwritten_customers_are_as_before(
    many: int, app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast, template: ImportTemplate
) -> None:
    long_ago = datetime(2026, 1, 5, 8, tzinfo=UTC)
    for number in range(many):
        customer = make_customer(
            session,
            (cast.wang, cast.li)[number % 2],
            name=f"覆蓋{number}號公司",
            phone=f"02-2700-{number:04d}",
            level_id=level(session, "一般客戶").id if number % 3 else None,
            notes="舊的備註" if number % 2 else None,
            now=long_ago,
        )
        if number % 4 == 0:
            make_contact(session, customer, cast.admin, name=f"舊人{number}", mobile=f"0911-{number:06d}")
    session.commit()
    admin = as_user("admin")
    before = dump(session)
    rows = [list(HEADINGS.values())]
    for number in range(many):
        rows.append(
            [
                *(f"覆蓋{number}號公司", f"04-2200-{number:04d}", f"台中市西區公益路{number}號"),
                *("重要客戶", "成交", "新的", f"新人{number}", f"0922-{number:06d}"),
            ]
        )
    rows += [[f"全新{number}號公司", "", "", "", "", "", f"某人{number}", ""] for number in range(20)]
    run = bring_in(admin, app, template, rows, duplicates="overwrite")
    session.expire_all()
    assert session.scalar(select(func.count()).where(Customer.notes == "新的")) == many
    assert session.scalar(select(func.count()).select_from(Customer)) == many + 20
    page = admin.get(f"{run}/undo").get_data(as_text=True)
    assert "撤銷導入" in page
    text = re.sub(r"<[^>]+>", " ", page)
    assert re.search(r"移除：客戶\s+20\b", text), text
    shown = undo(admin, app, run)
    assert state_of(session) == UNDONE
    assert "已撤銷" in shown
    assert unchanged(before, session) == {}
    assert session.scalar(select(func.count()).where(OperationLog.action == "import_undone")) > many + 20
    assert admin.get(f"{run}/undo").status_code == 303
    assert "撤銷導入</a>" not in admin.get("/imports/customers").get_data(as_text=True)


def test_what_somebody_has_touched_since_stays_and_is_named(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast, template: ImportTemplate
) -> None:
    known = make_customer(session, cast.wang, name="老客戶公司", phone="02-2711-1111", address="台北市大安區一號")
    session.commit()
    admin = as_user("admin")
    rows = [
        list(HEADINGS.values()),
        ["老客戶公司", "02-2799-9999", "高雄市前金區五號", "", "", "", "", ""],
        *([f"新來{number}公司", "", "", "", "", "", f"某人{number}", ""] for number in range(5)),
    ]
    run = bring_in(admin, app, template, rows, duplicates="overwrite")
    session.expire_all()
    new = {c.name: c for c in session.scalars(select(Customer).where(Customer.name.like("新來%")))}
    wang = actor_as(session, cast.wang)
    admin_actor = actor_as(session, cast.admin)
    save_customer(session, known, {"phone": "02-2788-8888"}, wang)
    save_customer(session, new["新來0公司"], {"notes": "打過電話"}, admin_actor)
    save_contact(session, None, new["新來1公司"], {"name": "另一人"}, admin_actor)
    delete_record(session, new["新來2公司"], admin_actor)
    session.commit()
    page = admin.get(f"{run}/undo").get_data(as_text=True)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "老客戶公司 電話" in text
    assert "王小明" in text
    for name in ("新來0公司", "新來1公司", "新來2公司"):
        assert name in text
    assert "另一人" in text
    assert "新來3公司" not in text
    undo(admin, app, run)
    session.expire_all()
    names = set(session.scalars(select(Customer.name)))
    assert names == {"老客戶公司", "新來0公司", "新來1公司", "新來2公司"}
    assert (known.phone, known.address) == ("02-2788-8888", "台北市大安區一號")
    assert session.scalar(select(func.count()).where(Contact.name == "某人0")) == 1
    assert not session.scalar(select(func.count()).where(Contact.name == "某人3"))
    assert not session.scalars(select(Customer).where(matches_search(session, Customer, "新來3"))).all()
    assert set(session.scalars(select(CustomerEvent.customer_id))) <= {c.id for c in session.scalars(select(Customer))}


def test_contacts_and_new_items_go_too(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast
) -> None:
    """A former main contact is it again; what was added to lists goes where nobody has it."""
    admin = as_user("admin")
    customer = make_customer(session, cast.wang, name="甲公司")
    make_contact(session, customer, cast.wang, name="舊主")
    session.commit()
    contacts = make(admin, session, "contacts", {"customer_id": "公司", "name": "姓名", "is_main": "主要"})
    products = make(admin, session, "products", {"name": "品名", "unit_id": "單位", "category_id": "類別"})
    before = dump(session)
    first = bring_in(admin, app, contacts, [["公司", "姓名", "主要"], ["甲公司", "新主", "是"]])
    second = bring_in(admin, app, products, [["品名", "單位", "類別"], ["紙", "大捆", "雜項"]], unknown="add")
    session.expire_all()
    assert session.scalar(select(Contact.name).where(Contact.is_main.is_(True))) == "新主"
    assert session.scalar(select(func.count()).where(DictionaryItem.name == "大捆")) == 1
    undo(admin, app, second)
    undo(admin, app, first)
    assert unchanged(before, session) == {}


def test_the_later_import_is_undone_first_and_then_the_earlier(
    app: CRM, as_user: Callable[[str], Person], session: Session, template: ImportTemplate
) -> None:
    admin = as_user("admin")
    before = dump(session)
    headings = list(HEADINGS.values())
    first = bring_in(admin, app, template, [headings, ["甲公司", "02-27000000", "", "", "", "", "", ""]])
    second = bring_in(
        admin, app, template, [headings, ["甲公司", "02-27111111", "", "", "", "", "", ""]], duplicates="overwrite"
    )
    assert "甲公司" in admin.get(f"{first}/undo").get_data(as_text=True)
    undo(admin, app, second)
    assert "甲公司" not in admin.get(f"{first}/undo").get_data(as_text=True)
    undo(admin, app, first)
    assert unchanged(before, session) == {}


def test_only_its_person_and_administrators_undo_it_and_only_for_a_while(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast, template: ImportTemplate
) -> None:
    wang = as_user("wang")
    run = bring_in(wang, app, template, [list(HEADINGS.values()), ["甲公司", "", "", "", "", "", "", ""]])
    assert "撤銷導入" in wang.get("/imports/customers").get_data(as_text=True)
    li = as_user("li")
    assert (li.get(f"{run}/undo").status_code, li.post(f"{run}/undo").status_code) == (404, 404)
    session.expire_all()
    assert session.scalar(select(func.count()).select_from(Customer)) == 1
    assert delete_expired_writes(session, datetime.now(UTC)) == 0
    session.get_one(ImportWrite, 1).at = datetime.now(UTC) - RESTORABLE_FOR - timedelta(minutes=1)
    session.commit()
    assert "撤銷導入</a>" not in wang.get("/imports/customers").get_data(as_text=True)
    assert wang.post(f"{run}/undo").status_code == 409
    assert state_of(session) == DONE
    assert delete_expired_writes(session, datetime.now(UTC)) == 1
    session.commit()
