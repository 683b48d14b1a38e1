"""An import does nothing that its person could not do on the pages: each thing asks its own right (A-7, I-1, I-5)."""

from collections.abc import Callable

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import Contact, Customer, DictionaryItem, ImportTemplate, PersonalGrant, Product, ProductCategory
from crm.models.permissions import Permission, Scope
from crm.models.roles import RoleGrant
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import make_customer
from tests.web.test_imports import as_template, begin, checked, make_template, send, xlsx

AsUser = Callable[[str], Person]


def take(session: Session, *permissions: Permission) -> None:
    """Nobody's role holds these any more; administrators neither."""
    session.execute(delete(RoleGrant).where(RoleGrant.permission.in_(permissions)))
    session.commit()


def grant(session: Session, cast: Cast, *permissions: Permission) -> None:
    """Wang gets them personally."""
    scope = Scope.EVERYTHING
    session.add_all(PersonalGrant(user_id=cast.wang.id, permission=p.value, scope=scope) for p in permissions)
    session.commit()


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(
    ("kind", "field", "right", "model"),
    [
        ("customers", "source_id", Permission.DICTIONARIES_SAVE, DictionaryItem),
        ("customers", "region_id", Permission.DICTIONARIES_SAVE, DictionaryItem),
        ("products", "unit_id", Permission.DICTIONARIES_SAVE, DictionaryItem),
        ("products", "category_id", Permission.CATEGORIES_SAVE, ProductCategory),
    ],
)
def test_new_texts_ask_the_right_of_their_list(
    kind: str, field: str, right: Permission, model: type, app: CRM, as_user: AsUser, session: Session
) -> None:
    admin = as_user("admin")
    template = make_template(admin, session, {"name": "名稱", field: "種類"}, kind)
    rows = [["名稱", "種類"], ["甲", "從來沒有的"], ["乙", None]]
    before = count(session, model)
    take(session, right)
    page = admin.get(f"/imports/{kind}/templates/{template.id}/file").get_data(as_text=True)
    if kind == "customers":
        assert 'value="add"' not in page
        assert "「新增到字典」不能選擇" in page
    run = checked(admin, app, send(admin, template, xlsx(rows), unknown="add"))
    assert "列表中沒有" in admin.get(run).get_data(as_text=True)
    begin(admin, app, run)
    assert count(session, model) == before
    assert session.scalars(select(Product.name if kind == "products" else Customer.name)).all() == ["乙"]


@pytest.mark.parametrize(
    ("kind", "right"),
    [
        ("customers", Permission.CUSTOMERS_SAVE),
        ("contacts", Permission.CONTACTS_SAVE),
        ("products", Permission.PRODUCTS_SAVE),
    ],
)
def test_who_cannot_save_such_records_cannot_import_them(
    kind: str, right: Permission, as_user: AsUser, session: Session
) -> None:
    admin = as_user("admin")
    make_customer_of = session.scalars(select(ImportTemplate).where(ImportTemplate.kind == kind)).one()
    take(session, right, Permission.POOL_SAVE)
    page = admin.get(f"/imports/{kind}/templates/{make_customer_of.id}/file").get_data(as_text=True)
    assert "沒有保存這類資料的權限" in page
    answer = send(admin, make_customer_of, "名稱\n甲\n".encode(), "x.csv")
    assert answer.status_code == 422
    assert count(session, Customer) == count(session, Contact) == count(session, Product) == 0


def test_pool_rights_alone_import_into_the_pool_alone(app: CRM, as_user: AsUser, session: Session, cast: Cast) -> None:
    admin = as_user("admin")
    template = make_template(admin, session, {"name": "名稱"})
    take(session, Permission.CUSTOMERS_SAVE)
    rows = xlsx([["名稱"], ["甲公司"]])
    begin(admin, app, checked(admin, app, send(admin, template, rows, owner="me")))
    assert session.scalars(select(Customer.owner_id)).all() == [None]


def test_built_in_templates_are_the_administrators(as_user: AsUser, session: Session) -> None:
    wang, plain = (
        as_user("wang"),
        session.scalars(select(ImportTemplate).where(ImportTemplate.kind == "customers")).one(),
    )
    address = f"/imports/customers/templates/{plain.id}"
    assert f"{address}/delete" not in wang.get("/imports/customers/templates").get_data(as_text=True)
    assert "只有系統管理員" in wang.get(address).get_data(as_text=True)
    sent = as_template("我的", [("name", "名稱", "")], version=str(plain.version))
    assert wang.get(f"{address}/delete").status_code == 403
    assert wang.post(f"{address}/delete").status_code == 403
    assert wang.post(address, sent).status_code == 403
    session.expire_all()
    assert plain.deleted_at is None
    assert plain.name != "我的"
    own = make_template(wang, session, {"name": "客戶名稱"})
    assert wang.post(f"/imports/customers/templates/{own.id}/delete").status_code == 303
    assert as_user("admin").post(address, sent).status_code == 303
    assert as_user("admin").post(f"{address}/delete").status_code == 303


def test_costs_and_others_customers_stay_closed(app: CRM, as_user: AsUser, session: Session, cast: Cast) -> None:
    make_customer(session, cast.li, name="李的客戶")
    grant(session, cast, Permission.IMPORT_PRODUCTS_SAVE, Permission.PRODUCTS_SAVE, Permission.IMPORT_CONTACTS_SAVE)
    wang = as_user("wang")
    template = make_template(as_user("admin"), session, {"name": "名稱", "cost": "成本"}, "products")
    begin(wang, app, checked(wang, app, send(wang, template, xlsx([["名稱", "成本"], ["甲", 5]]))))
    assert session.scalars(select(Product.cost)).all() == [None]
    template = make_template(as_user("admin"), session, {"name": "姓名", "customer_id": "客戶"}, "contacts")
    run = checked(wang, app, send(wang, template, xlsx([["姓名", "客戶"], ["張三", "李的客戶"]])))
    assert "李的客戶" in wang.get(run).get_data(as_text=True)
    wang.post(f"{run}/start")
    assert count(session, Contact) == 0
