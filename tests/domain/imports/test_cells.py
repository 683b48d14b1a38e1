"""What a cell says besides values: nothing, or something that cannot be read; and which headings are needed (I-5)."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.imports.checking import check_sheet
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.mapping import HeadingsMissing, TemplateColumn, map_columns, unread_headings
from crm.errors import DomainError
from crm.models import Customer
from crm.spreadsheets.sheet import Sheet
from crm.spreadsheets.unreadable import NOT_COMPUTED, Unreadable
from tests.cast import Cast
from tests.domain.imports.test_imports import Act, bring_in, importing, look
from tests.factories import make_customer

FIELDS = "name phone tax_number founded_on credit_limit level_id email website notes province_id city_id".split()
UNREADABLE = [Unreadable("#N/A"), Unreadable("", NOT_COMPUTED), "#REF!", " #DIV/0! ", "#######", "Err:504"]


@pytest.mark.parametrize("cell", UNREADABLE, ids=str)
def test_each_cell_that_cannot_be_read_is_a_warning_with_its_row_and_column(
    cell: Any, session: Session, cast: Cast, actor: Act
) -> None:
    rows = [FIELDS, ["甲公司", *[None] * 10], ["乙公司", *[cell] * 10]]
    check = look(session, "customers", actor(cast.wang), rows)
    assert [(issue.row, issue.column, issue.is_error) for issue in check.issues] == [
        (2, n, False) for n in range(1, 11)
    ]
    assert [set(row.values) & set(FIELDS) for row in check.rows] == [{"name"}, {"name"}]


@pytest.mark.parametrize("cell", UNREADABLE, ids=str)
def test_a_row_whose_name_cannot_be_read_is_wrong_for_that_reason(
    cell: Any, session: Session, cast: Cast, actor: Act
) -> None:
    check = look(session, "customers", actor(cast.wang), [["name", "phone"], [cell, "02-2345-6789"]])
    (issue,) = check.issues
    assert issue.is_error and (issue.row, issue.column) == (1, 0)
    assert "missing" not in issue.message


def test_what_cannot_be_read_empties_nothing(session: Session, cast: Cast, actor: Act) -> None:
    known = make_customer(session, cast.wang, name="甲公司", phone="02-2345-6789")
    session.commit()
    bring_in(
        session,
        "customers",
        actor(cast.wang),
        [["name", "phone"], ["甲公司", Unreadable("#N/A")]],
        duplicates="overwrite",
    )
    assert session.get_one(Customer, known.id).phone == "02-2345-6789"


def columns(*headings: str) -> list[TemplateColumn]:
    fields = dict(zip(("公司", "電話", "傳真", "手機"), ("name", "phone", "fax", "mobile"), strict=True))
    return [TemplateColumn(fields[heading], heading) for heading in headings]


def test_optional_headings_may_be_missing(session: Session, cast: Cast, actor: Act) -> None:
    sheet = Sheet([["公司", "電話"], ["甲", "02-2345-6789"]])
    mapping = map_columns(sheet, columns("公司", "電話", "傳真"), ["name"])
    assert (mapping.missing, mapping.columns) == (["傳真"], {"name": 0, "phone": 1})
    check = check_sheet(
        session, KINDS["customers"], sheet, columns("公司", "傳真", "電話"), importing(session, actor(cast.wang))
    )
    assert (check.counts()["new"], check.issues) == (1, [])


@pytest.mark.parametrize("row", [["電話", "傳真"], ["名稱", "電話"], [Unreadable("#N/A"), "電話"], ["x", "y"]])
def test_required_headings_are_named(row: list[Any]) -> None:
    with pytest.raises(HeadingsMissing) as refused:
        map_columns(Sheet([row, ["甲", "02"]]), columns("電話", "傳真", "公司"), ["name"])
    assert isinstance(refused.value, DomainError)
    assert refused.value.values["headings"].startswith("公司")


@pytest.mark.parametrize(
    ("wanted", "first"),
    [(("公司", "傳真", "手機"), 2), (("公司", "電話"), 2)],
)
def test_headings_of_two_levels(wanted: tuple[str, ...], first: int) -> None:
    """公司 is merged over both rows, 電話 stands above 傳真 and 手機."""
    sheet = Sheet(
        [["公司", "電話", None], ["公司", "傳真", "手機"], ["甲", "1", "2"]], merged=[(0, 0, 1, 0), (0, 1, 0, 2)]
    )
    mapping = map_columns(sheet, columns(*wanted), ["name"])
    assert (mapping.first_row, mapping.missing) == (first, [])


def test_a_name_merged_over_its_people(session: Session, cast: Cast, actor: Act) -> None:
    rows = [["customer_id", "name"], ["合併公司", "王一"], ["合併公司", "王二"]]
    make_customer(session, cast.wang, name="合併公司")
    session.commit()
    assert look(session, "contacts", actor(cast.wang), rows).counts()["new"] == 2
    assert session.scalars(select(Customer.name)).all() == ["合併公司"]


@pytest.mark.parametrize(
    ("rows", "unread"),
    [
        ([["信用額度", "公司", "區域"], ["-5", "甲", None], [None, "乙", "大安區"]], ["信用額度", "區域"]),
        ([["公司", "區域", None, "備用"], ["甲", None, None, ""]], []),
        ([["公司", "電話", "公司"], ["甲", "02", "乙"]], []),
        ([["客戶名單"], ["公司", None, "  "], ["甲", "老闆姓王", 5]], ["B", "C"]),
    ],
)
def test_columns_that_fill_no_field_are_named(rows: list[list[Any]], unread: list[str]) -> None:
    sheet, wanted = Sheet(rows), columns("公司", "電話")
    assert unread_headings(sheet, map_columns(sheet, wanted, ["name"]), wanted) == unread
