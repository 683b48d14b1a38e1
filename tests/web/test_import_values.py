"""A value that its field does not take is a warning on its row; the rest of the file is imported (I-5, I-6)."""

from collections.abc import Callable

import lxml.html
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import Customer, CustomerEvent, Product
from tests.conftest import Person
from tests.web.test_imports import begin, checked, make_template, send, xlsx

AsUser = Callable[[str], Person]


OUT_OF_RANGE = ("-5", -5, "(1,200)", "9999999999999", "-0.01")


@pytest.mark.parametrize(
    ("kind", "field", "model"),
    [("customers", "credit_limit", Customer), ("products", "cost", Product), ("products", "floor_price", Product)],
)
def test_an_amount_out_of_range_is_a_warning_on_its_row(
    kind: str, field: str, model: type, app: CRM, as_user: AsUser, session: Session
) -> None:
    admin = as_user("admin")
    template = make_template(admin, session, {"name": "名稱", field: "金額"}, kind)
    rows = [["名稱", "金額"], ["好的", 1200], *([f"奇怪的第{n}號", typed] for n, typed in enumerate(OUT_OF_RANGE))]
    run = checked(admin, app, send(admin, template, xlsx(rows)))
    page = lxml.html.fromstring(admin.get(run).text)
    warnings = [[cell.text_content().strip() for cell in row] for row in page.xpath("//tr")]
    ((rows_named, named, _values, reason),) = [row for row in warnings if "請輸入 0 到" in row[-1]]
    assert rows_named == "3–7 （5 列）" and named.startswith("金額（") and "之間的數字" in reason
    assert "導入成功" in begin(admin, app, run)
    found = session.scalars(select(model).order_by(model.id))  # type: ignore[attr-defined]
    assert [getattr(r, field) for r in found] == [1200, *[None] * len(OUT_OF_RANGE)]


@pytest.mark.parametrize("with_column", [False, True])
def test_a_file_whose_rows_all_have_no_owner_goes_into_the_pool(
    with_column: bool, app: CRM, as_user: AsUser, session: Session
) -> None:
    admin = as_user("admin")
    columns = {"name": "名稱", **({"owner_id": "所屬人"} if with_column else {})}
    template = make_template(admin, session, columns)
    rows = [["名稱", "所屬人"], ["甲公司", None], ["乙公司", None]]
    run = checked(admin, app, send(admin, template, xlsx(rows), owner="pool"))
    assert "導入成功" in begin(admin, app, run)
    found = list(session.scalars(select(Customer)))
    assert [(c.owner_id, c.pool) for c in found] == [(None, "pool")] * 2
    assert [e.after_id for e in session.scalars(select(CustomerEvent))] == [None, None]


@pytest.mark.parametrize("duplicates", ["overwrite", "fill"])
def test_another_owner_of_a_known_customer_is_said_to_stay(
    duplicates: str, app: CRM, as_user: AsUser, session: Session
) -> None:
    admin = as_user("admin")
    template = make_template(admin, session, {"name": "名稱", "owner_id": "所屬人"})
    both = [["名稱", "所屬人"], ["甲公司", "王小明"], ["乙公司", "李小華"]]
    begin(admin, app, checked(admin, app, send(admin, template, xlsx(both))))
    before = [c.owner_id for c in session.scalars(select(Customer).order_by(Customer.id))]
    other = [["名稱", "所屬人"], ["甲公司", "李小華"], ["乙公司", "李小華"]]
    run = checked(admin, app, send(admin, template, xlsx(other), duplicates=duplicates))
    assert admin.get(run).get_data(as_text=True).count("已有客戶的所屬人不變") == 1
    begin(admin, app, run)
    assert [c.owner_id for c in session.scalars(select(Customer).order_by(Customer.id))] == before
