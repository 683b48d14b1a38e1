"""What a list exports comes back unchanged by an import, the firm's own fields too (I-5, hostile case 41)."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.customers.contacts import save_contact
from crm.domain.imports.column_guessing import inspect_sheet, known_headings
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.options import Options
from crm.domain.imports.runs import import_context
from crm.domain.products.categories import save_category
from crm.entities.custom_fields import attribute
from crm.models import Contact, Customer, CustomField, ImportTemplate, Product
from crm.spreadsheets.reading import read_sheet
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import item, level, make_customer, make_product
from tests.web.test_import_undo import bring_in
from tests.web.test_imports import as_template, begin, checked, errors_on, send

HOSTILE = ("=1+1", "+886-2-1234", "-x", "@home", "@SUM(A1)", "'單引號")
Maker = Callable[[Session, Cast], None]


def own_field(session: Session, of: str, kind: str, **more: Any) -> CustomField:
    found = CustomField(entity=of, label=f"自訂{kind}", kind=kind, **more)
    session.add(found)
    session.flush()
    return found


def make_customers(session: Session, cast: Cast) -> None:
    text = own_field(session, "customers", "text", required=True)
    day = own_field(session, "customers", "date")
    for number, name in enumerate(HOSTILE):
        values = {"phone": f"02-2700-{number:04d}", "level_id": level(session, "一般客戶").id, "notes": f"{name}\n二"}
        values |= {"status_id": item(session, "customer_status", "成交").id, "founded_on": date(2001, 2, 3)}
        values |= {attribute(text): f"{name}!", attribute(day): date(2026, 8, 31), "tax_number": f"1{number:07d}"}
        make_customer(session, cast.admin, name=f"{name}公司", **values)


def make_contacts(session: Session, cast: Cast) -> None:
    text = own_field(session, "contacts", "text")
    customer = make_customer(session, cast.admin, name="甲公司")
    for number, name in enumerate(HOSTILE):
        values = {"name": f"{name}先生", "mobile": f"0912-{number:06d}", "gender": "male", "birthday": date(1985, 3, 1)}
        save_contact(session, None, customer, {**values, attribute(text): name}, actor_as(session, cast.admin))


def make_products(session: Session, cast: Cast) -> None:
    save_category(session, None, {"name": "紙品", "code": "A1", "parent_id": None}, actor_as(session, cast.admin))
    for number, name in enumerate(HOSTILE):
        make_product(session, f"{name}紙", price=f"{number}.5", specification=name, notes=name)


@pytest.mark.parametrize(
    ("kind", "model", "make"),
    [
        ("customers", Customer, make_customers),
        ("contacts", Contact, make_contacts),
        ("products", Product, make_products),
    ],
)
def test_the_whole_export_comes_back(
    kind: str,
    model: Any,
    make: Maker,
    app: CRM,
    as_user: Callable[[str], Person],
    session: Session,
    cast: Cast,
) -> None:
    """Every column of the export that the import knows, guessed by its heading; the old records go first."""
    make(session, cast)
    session.commit()
    admin = as_user("admin")
    keys = [*(field.key for field in KINDS[kind].of_firm(session).fields()), "customer"]
    admin.post(f"/lists/{kind}/columns", {"columns": keys, "shown": keys})
    exported = admin.get(f"/{kind}/export").data
    headings = [str(cell.value) for cell in load_workbook(io.BytesIO(exported)).active[1]]  # type: ignore[union-attr]
    known = known_headings(session, KINDS[kind].of_firm(session), cast.admin.id)
    reading = import_context(session, Options(), actor_as(session, cast.admin))
    sheet = read_sheet(exported, "x.xlsx")
    columns = inspect_sheet(KINDS[kind].of_firm(session), sheet, known, reading)["columns"]
    lines = [(key, heading, "") for heading, _samples, key in columns if key]
    assert {key for key, _heading, _fixed in lines} >= set(KINDS[kind].required) | {"code"}, headings
    before = values_of(session, model, [key for key, _heading, _fixed in lines])
    for record in session.scalars(select(model)):
        record.code, record.code_key, record.name = f"alt-{record.id}", f"alt-{record.id}", f"舊的{record.id}"
        for key in ("phone", "tax_number", "mobile", "email"):
            if hasattr(record, key):
                setattr(record, key, None)
    session.commit()
    if kind == "contacts":
        customer = session.scalars(select(Customer)).one()
        customer.name = "甲公司"
        session.commit()
    assert admin.post(f"/imports/{kind}/templates", as_template("來回", lines)).status_code == 303
    template = session.scalars(select(ImportTemplate).order_by(ImportTemplate.id.desc())).first()
    assert template is not None
    run = checked(admin, app, send(admin, template, exported))
    assert begin(admin, app, run)
    session.expire_all()
    after = values_of(session, model, [key for key, _heading, _fixed in lines])
    found = {code: values for code, values in after.items() if not code.startswith("alt-")}
    differing = [
        (code, key, values[key], found.get(code, {}).get(key))
        for code, values in before.items()
        for key in values
        if found.get(code, {}).get(key) != values[key]
    ]
    assert (differing, set(found)) == ([], set(before))


def values_of(session: Session, model: Any, keys: list[str]) -> dict[str, dict[str, Any]]:
    """By code; of the firm's own fields all that are kept."""
    return {
        record.code: {
            "custom": getattr(record, "custom", None),
            **{key: getattr(record, key) for key in keys if hasattr(record, key) and key != "is_main"},
        }
        for record in session.scalars(select(model))
    }


def test_a_new_row_needs_what_the_firms_own_fields_require(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast
) -> None:
    field = own_field(session, "customers", "text", required=True)
    session.commit()
    admin = as_user("admin")
    lines = [("name", "名稱", ""), (attribute(field), "自訂", "")]
    answer = admin.post("/imports/customers/templates", as_template("必填", lines))
    assert answer.status_code == 303, errors_on(answer)
    template = session.scalars(select(ImportTemplate).order_by(ImportTemplate.id.desc())).first()
    assert template is not None
    run = bring_in(admin, app, template, [["名稱", "自訂"], ["甲公司", "有"], ["乙公司", ""]])
    assert "自訂text" in admin.get(run).get_data(as_text=True)
    session.expire_all()
    assert session.scalars(select(Customer.name)).all() == ["甲公司"]
