"""Texts that no keyboard writes: refused or tidied beside their field, never a 500 (hostile cases 35, 55)."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.models import Customer, ImportTemplate, Product, SavedSearch
from tests.conftest import Person

NOTHING = ["\u200b", "\x1f\x7f", "\u202e\u2066"]
"""Not blank, and nothing is left of them."""


@pytest.mark.parametrize("typed", NOTHING)
def test_a_name_of_invisible_characters_is_no_name(
    typed: str, session: Session, as_user: Callable[[str], Person]
) -> None:
    answer = as_user("wang").post("/customers", {"name": typed})
    assert answer.status_code == 422
    assert "此項必填，請填寫。" in answer.get_data(as_text=True)
    assert session.scalar(select(func.count()).select_from(Customer)) == 0


def test_so_is_a_products_name(session: Session, as_user: Callable[[str], Person]) -> None:
    answer = as_user("manager").post("/products", {"name": "\x01", "kind": "goods", "state": "on_sale"})
    assert answer.status_code == 422
    assert session.scalar(select(func.count()).select_from(Product)) == 0


@pytest.mark.parametrize("name", ["名單\r\nX-Evil: 1", "名單\n", "名\x01單"])
def test_a_template_of_several_lines_has_one_and_can_be_downloaded(
    name: str, session: Session, as_user: Callable[[str], Person]
) -> None:
    wang = as_user("wang")
    sent = {"name": name, "count": "1", "field-1": "name", "heading-1": "公司\n名稱"}
    assert wang.post("/imports/customers/templates", sent).status_code == 303
    template = session.scalars(select(ImportTemplate).order_by(ImportTemplate.id.desc())).first()
    assert template is not None and template.name.isprintable()
    answer = wang.get(f"/imports/customers/templates/{template.id}/download")
    assert answer.status_code == 200
    assert "X-Evil" not in answer.headers


def test_a_kept_search_has_a_name_of_one_line(session: Session, as_user: Callable[[str], Person]) -> None:
    as_user("wang").post("/lists/customers/searches", {"name": "我\x01的\u202e", "query": "q=台"})
    assert [search.name for search in session.scalars(select(SavedSearch))] == ["我的"]


@pytest.mark.parametrize("coded", ["UTF-8''a%0d%0aX-Evil%3a1.csv", "UTF-8''a%00b.csv", "UTF-8''%E7%8E%8B%22%3B.csv"])
def test_a_sent_file_keeps_no_line_end_in_its_name(
    coded: str, session: Session, as_user: Callable[[str], Person]
) -> None:
    wang = as_user("wang")
    wang.post("/imports/customers/templates", {"name": "我", "count": "1", "field-1": "name", "heading-1": "名稱"})
    template = session.scalars(select(ImportTemplate).order_by(ImportTemplate.id.desc())).first()
    assert template is not None
    parts = (
        ('name="csrf_token"', wang.token()),
        (f'name="file"; filename*={coded}\r\nContent-Type: text/csv', "名稱\n台積電\n\n"),
    )
    body = (
        "".join(f"--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n" for head, text in parts)
        + "--x--\r\n"
    )
    session.commit()
    sent = wang.client.post(
        f"/imports/customers/templates/{template.id}/file",
        data=body.encode(),
        content_type="multipart/form-data; boundary=x",
    )
    assert sent.status_code == 303
    answer = wang.get(f"{sent.location}/errors")
    assert answer.status_code == 200
    assert "X-Evil" not in answer.headers and "\n" not in answer.headers["Content-Disposition"]
