"""A phone's contacts go in, file first (I-9)."""

import io
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import Contact
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import make_customer
from tests.spreadsheets.test_vcard import OLD
from tests.web.test_imports import begin, checked

GOOGLE = (
    "First Name,Last Name,Organization Name,Organization Title,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\n"
    "小芬,林,大安貿易股份有限公司,經理,lin@example.com,Mobile,0912-345-678\n"
)
OUTLOOK = (
    "名,姓,公司,職稱,商務電話,行動電話,電子郵件地址\n"
    "小芬,林,大安貿易股份有限公司,經理,02-2345-6789,0912-345-678,lin@example.com\n"
)

OLD_GOOGLE = (
    "Name,Given Name,Family Name,Organization 1 - Name,E-mail 1 - Value,Phone 1 - Type,Phone 1 - Value\n"
    ",小芬,林,大安貿易股份有限公司,lin@example.com,Mobile,0912-345-678\n"
)


@pytest.mark.parametrize(
    ("data", "name"), [(OLD, "a.vcf"), (GOOGLE, "g.csv"), (OUTLOOK, "o.csv"), (OLD_GOOGLE, "g.csv")]
)
def test_its_columns_are_recognised(
    data: str, name: str, app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast
) -> None:
    make_customer(session, cast.wang, name="大安貿易股份有限公司")
    session.commit()
    wang = as_user("wang")
    sent = {"file": (io.BytesIO(data.encode()), name)}
    run = checked(wang, app, wang.post("/imports/contacts/file", sent, content_type="multipart/form-data"))
    page = wang.get(run).get_data(as_text=True)
    chosen = {
        f"column-{number}": field.split('" selected')[0].rpartition('value="')[2] if '" selected' in field else ""
        for number, field in enumerate((part.split("</select>")[0] for part in page.split('name="column-')[1:]), 1)
    }
    run = checked(wang, app, wang.post(f"{run}/choices", {"template": "none", **chosen}))
    begin(wang, app, run)
    session.expire_all()
    contact = session.scalars(select(Contact)).one()
    assert (contact.name, contact.mobile, contact.email) == ("林小芬", "0912-345-678", "lin@example.com")
