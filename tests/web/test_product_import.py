"""Importing products through the pages (I-1 to I-3)."""

import io
from collections.abc import Callable
from decimal import Decimal

from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import ImportTemplate, Product
from tests.conftest import Person
from tests.factories import make_category
from tests.web.test_imports import begin, checked, send


def test_the_first_template_is_taken_filled_in_and_imported(
    app: CRM, as_user: Callable[[str], Person], session: Session
) -> None:
    office = make_category(session, "辦公設備", code="EQ")
    make_category(session, "印表機", office, "EQ-1")
    template = session.scalars(select(ImportTemplate).where(ImportTemplate.kind == "products")).one()
    admin = as_user("admin")
    assert "導入商品" in admin.get("/imports/products").get_data(as_text=True)
    workbook = load_workbook(io.BytesIO(admin.get(f"/imports/products/templates/{template.id}/download").data))
    sheet = workbook.active
    assert sheet is not None
    headings = [str(cell.value) for cell in sheet[1]]
    assert headings[:3] == ["*商品名稱", "商品編碼", "類別"]
    for heading, value in {
        "類別": "印表機",
        "類型": "商品",
        "單位": "台",
        "銷售單價": 7900,
        "成本價": "5,600.5",
    }.items():
        sheet.cell(3, headings.index(heading) + 1, value)
    sheet.cell(3, 1, "A4黑白印表機")
    out = io.BytesIO()
    workbook.save(out)
    run = checked(admin, app, send(admin, template, out.getvalue()))
    page = admin.get(run).get_data(as_text=True)
    assert "A4黑白印表機" in page and "5,600.50" in page
    begin(admin, app, run)
    made = session.scalars(select(Product)).one()
    assert (made.code, made.price, made.cost) == ("G00001", Decimal(7900), Decimal("5600.5"))
    assert made.category_id != office.id
    assert "A4黑白印表機" in admin.get(f"/products?q={made.pinyin}").get_data(as_text=True)


def test_it_is_not_for_everybody(as_user: Callable[[str], Person]) -> None:
    for login in ("manager", "wang", "finance"):
        assert as_user(login).get("/imports/products").status_code == 403
