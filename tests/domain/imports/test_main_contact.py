"""The main contact in a file of customers (C-1, I-1)."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.entities.search_index import matches_search
from crm.models import Contact, Customer
from tests.cast import Cast
from tests.domain.imports.test_imports import Act, bring_in, said
from tests.factories import make_contact, make_customer

HEADINGS = ["name", "main_contact", "main_mobile", "main_job_title"]


def contacts(session: Session) -> list[tuple[str, str, str | None, str | None, bool]]:
    wanted = select(Customer.name, Contact.name, Contact.mobile, Contact.job_title, Contact.is_main)
    rows = session.execute(wanted.join(Customer, Customer.id == Contact.customer_id).order_by(Contact.id))
    return [tuple(row) for row in rows]  # type: ignore[misc]


def test_new_customers_come_with_their_main_contact(session: Session, cast: Cast, actor: Act) -> None:
    rows: list[list[Any]] = [HEADINGS, ["甲公司", None, None, None], ["乙公司", "林小芬", 912345678.0, "採購"]]
    bring_in(session, "customers", actor(cast.wang), [*rows, ["丙公司", "陳大文", None, None]])
    assert [(c[0], c[1], c[3], c[4]) for c in contacts(session)] == [
        ("乙公司", "林小芬", "採購", True),
        ("丙公司", "陳大文", None, True),
    ]
    made = session.scalars(select(Contact).order_by(Contact.id)).first()
    assert made is not None
    assert (made.pinyin, made.created_by_id, bool(made.code)) == ("lxf", cast.wang.id, True)
    assert session.scalars(select(Contact.name).where(matches_search(session, Contact, "lxf"))).all() == ["林小芬"]


def test_a_mobile_without_a_name_is_left_out_with_a_warning(session: Session, cast: Cast, actor: Act) -> None:
    check = bring_in(session, "customers", actor(cast.wang), [HEADINGS, ["甲公司", None, "0912-345-678", "採購"]])
    assert said(check) == ["The contact's name is missing, so this was skipped."] * 2
    assert contacts(session) == []


@pytest.mark.parametrize(
    ("choice", "stored", "becomes"),
    [
        ("skip", None, None),
        ("fill", None, ("林小芬", "0912345678", "採購")),
        ("fill", ("林小芬", "0900000000", None), ("林小芬", "0900000000", "採購")),
        ("fill", ("周大同", None, None), ("周大同", None, None)),
        ("overwrite", ("林小芬", "0900000000", None), ("林小芬", "0912345678", "採購")),
        ("overwrite", ("周大同", "0900000000", "經理"), ("林小芬", "0912345678", "採購")),
    ],
)
def test_a_known_customer(choice: str, stored: Any, becomes: Any, session: Session, cast: Cast, actor: Act) -> None:
    own = make_customer(session, cast.wang, name="甲公司")
    if stored:
        name, mobile, title = stored
        make_contact(session, own, cast.wang, name=name, mobile=mobile, job_title=title, is_main=True)
    rows = [HEADINGS, ["甲公司", "林小芬", "0912345678", "採購"]]
    bring_in(session, "customers", actor(cast.wang), rows, duplicates=choice)
    assert [c[1:4] for c in contacts(session)] == ([becomes] if becomes else [])
    assert all(c[4] for c in contacts(session))
