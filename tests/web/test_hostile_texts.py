"""Texts that no keyboard writes: refused or tidied beside their field, never a 500 (hostile cases 35, 55)."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.models import Customer, ImportTemplate, Product, SavedSearch
from crm.text import fold, match_query, name_core
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


@pytest.mark.parametrize("name", ["名單\r\nX-Evil: 1", "名單\n", "名\u2028單"])
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


def test_a_template_keeps_what_was_typed_beside_the_reason(session: Session, as_user: Callable[[str], Person]) -> None:
    before = session.scalar(select(func.count()).select_from(ImportTemplate))
    sent = {"name": "名\x01單", "count": "1", "field-1": "name", "heading-1": "公\u202e司"}
    answer = as_user("wang").post("/imports/customers/templates", sent)
    assert answer.status_code == 422
    said = answer.get_data(as_text=True)
    assert "U+0001" in said and "U+202E" in said and "公\u202e司" in said
    assert session.scalar(select(func.count()).select_from(ImportTemplate)) == before


def test_a_kept_search_has_a_name_of_one_line(session: Session, as_user: Callable[[str], Person]) -> None:
    wang = as_user("wang")
    wang.post("/lists/customers/searches", {"name": "我\u3000的", "query": "q=台"})
    wang.post("/lists/customers/searches", {"name": "我\x01的\u202e", "query": "q=台"})
    wang.post("/lists/customers/searches", {"name": "我\u200b 的", "query": "q=積"})
    kept = list(session.scalars(select(SavedSearch)))
    assert len(kept) == 1 and fold(kept[0].name) == "我 的"
    assert "q=" in kept[0].query and "%E7%A9%8D" in kept[0].query


BOX = {"name": "甲 10　20", "notes": "10　20 a\u00a0b\u202fc\r\n\U0003158e\ue1a2\U0001f469\u200d\U0001f680"}


def test_blanks_become_blanks_and_letters_stay(session: Session, as_user: Callable[[str], Person]) -> None:
    assert as_user("wang").post("/customers", BOX).status_code in (200, 303)
    made = session.scalars(select(Customer)).one()
    assert made.name == "甲 10 20"
    assert made.notes == "10 20 a b c\n\U0003158e\ue1a2\U0001f469\u200d\U0001f680"


@pytest.mark.parametrize(
    "bad", ["\x07", "\x1f", "\x7f", "\x9f", "\ufffe", "\U0010ffff", "\ufdd0", "\ufffd", "\u202e", "\u2067"]
)
def test_what_cannot_be_kept_is_refused_beside_its_field(
    bad: str, session: Session, as_user: Callable[[str], Person]
) -> None:
    wang = as_user("wang")
    for field in ("name", "short_name", "address", "website", "email", "phone", "code"):
        sent = {"name": "台積", field: f"a{bad}1@b.tw"}
        answer = wang.post("/customers", sent)
        assert answer.status_code == 422
        assert f"U+{ord(bad):04X}" in answer.get_data(as_text=True)
    assert session.scalar(select(func.count()).select_from(Customer)) == 0


@pytest.mark.parametrize(
    "twin", ["台\u200b積電", "台積\u034f電", "\u2060台積電", "台積電\ufe0f", "台\u115f積電", "台積電\U000e0041"]
)
def test_an_invisible_twin_is_a_duplicate(twin: str, session: Session, as_user: Callable[[str], Person]) -> None:
    wang = as_user("wang")
    assert wang.post("/customers", {"name": "台積電"}).status_code in (200, 303)
    assert wang.post("/customers", {"name": twin}).status_code == 422
    assert session.scalar(select(func.count()).select_from(Customer)) == 1


def test_letters_that_python_does_not_know_tell_firms_apart() -> None:
    assert name_core("\U0003158e行") != name_core("行")
    assert name_core("\ue1a2行") != name_core("\ue1a3行")
    assert match_query("\U0003158e") is not None and match_query("\ue1a2") is not None


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
