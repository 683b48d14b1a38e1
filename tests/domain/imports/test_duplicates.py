"""I-4, P-3: an import compares by the attributes of the policy, as a person's saving does."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from crm.domain.imports.kinds import KINDS
from crm.domain.imports.rows import DUPLICATE, NEW
from crm.domain.imports.writing import ConcurrentChange, write_plan
from crm.domain.platform.deletion import delete_record
from crm.domain.platform.settings import change_settings
from crm.entities.record_saving import Actor
from crm.models import Customer
from tests.cast import Cast
from tests.domain.imports.test_imports import importing, look
from tests.factories import make_contact, make_customer

Act = Callable[..., Actor]
HEADINGS = ["name", "phone", "email", "tax_number", "website"]
ROWS = {
    "name": ["大同有限公司", None, None, None, None],
    "phone": ["甲", "(02)2592-5252", None, None, None],
    "mobile": ["乙", "0912 345 678", None, None, None],
    "email": ["丙", None, "Lin@Tatung.com", None, None],
    "tax_number": ["丁", None, None, "0345-1117", None],
    "website": ["戊", None, None, None, "http://tatung.com/shop"],
}


@pytest.fixture
def tatung(session: Session, cast: Cast) -> Customer:
    customer = make_customer(
        session,
        cast.wang,
        name="大同股份有限公司",
        phone="02-25925252",
        tax_number="03451117",
        website="https://www.tatung.com",
    )
    make_contact(session, customer, cast.wang, mobile="+886912345678", email="lin@tatung.com")
    return customer


def policy(session: Session, *attributes: str) -> None:
    change_settings(session, duplicate_fields=list(attributes))
    session.commit()


@pytest.mark.parametrize("attribute", ROWS)
def test_a_row_is_compared_by_what_the_policy_names(
    session: Session, cast: Cast, actor: Act, tatung: Customer, attribute: str
) -> None:
    policy(session, attribute)
    check = look(session, "customers", actor(cast.wang), [HEADINGS, *ROWS.values()])
    outcomes = {key: row.outcome for key, row in zip(ROWS, check.rows, strict=True)}
    assert outcomes == {key: DUPLICATE if key == attribute else NEW for key in ROWS}
    assert [row.existing for row in check.rows if row.outcome == DUPLICATE] == [tatung.id]


def test_what_fills_a_place_is_nobody_and_deleted_contacts_are_gone(
    session: Session, cast: Cast, actor: Act, tatung: Customer
) -> None:
    policy(session, *ROWS)
    contact = make_contact(session, tatung, cast.wang, mobile="0955-000-111")
    delete_record(session, contact, actor(cast.admin))
    make_customer(session, cast.wang, name="X有限公司", phone="00000000", tax_number="00000000")
    session.commit()
    rows: list[list[Any]] = [HEADINGS, ["己", "00000000", "N", "0", "－"], ["X公司", "0955000111", None, None, None]]
    check = look(session, "customers", actor(cast.wang), rows)
    assert [row.outcome for row in check.rows] == [NEW, NEW]


def test_who_is_saved_between_the_check_and_the_writing_is_seen(
    session: Session, cast: Cast, actor: Act, tatung: Customer
) -> None:
    """By a contact's mobile, too: then the file is looked through again."""
    policy(session, "mobile")
    by = actor(cast.wang)
    check = look(session, "customers", by, [["name", "phone"], ["庚", "0977-888-999"]])
    plan = KINDS["customers"].prepare(session, check, importing(session, by))
    make_customer(session, cast.li, name="搶先", main_contact="某", main_mobile="0977888999")
    with pytest.raises(ConcurrentChange):
        write_plan(session, plan, check.new_items(), by)
