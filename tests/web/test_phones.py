"""C-3, C-5, F-3, N-2: a telephone is found through every door, in national and international writing."""

from datetime import UTC, datetime

import pytest
from lxml import html

from crm.domain.platform.settings import change_settings
from tests.factories import make_contact, make_customer, make_opportunity
from tests.sampling import mostly_long

SOON = datetime(2030, 1, 1, tzinfo=UTC)
PAIRS = [
    ("138 0013 8000", "+86 138 0013 8000"),
    ("+86 138 0013 8000", "13800138000"),
    ("13800138000", "0086-138-0013-8000"),
    ("0912345678", "+886 912 345 678"),
    ("+886 (0)912-345-678", "0912 345 678"),
    ("0912-345-678", "886912345678"),
    ("2345 6780", "+852 2345 6780"),
    ("+852 2345 6780", "2345-6780"),
    ("02-2345-6789#12", "＋８８６ ２ ２３４５ ６７８９"),
    ("+86 10 6505 1234", "(010)6505-1234"),
    ("010-65051234", "8610-65051234"),
    ("02-2345-6789", "2345-6789"),
    ("02-2345-6789", "Tel: +886-2-2345-6789"),
    ("0912-345-678", "tel:+886912345678"),
    ("+86 139 1234 5678", "手機：13912345678"),
    ("0755 8366 1234 轉 801", "0755-83661234转801"),
    ("0755 8366 1234 轉 801", "0755-83661234-801"),
    ("(0755)83661234-801", "+86 755 8366 1234"),
    ("02-2531-7099-12", "0225317099"),
    ("02-25317099", "886-2-2531-7099-12"),
    ("+1 (415) 555-2671", "1-415-555-2671"),
    ("+81-3-5321-1111", "81-3-5321-1111"),
    ("2345-6789", "02-2345-6789"),
]
DOORS = {
    "quick search": ("/customers", {"q": "?"}),
    "advanced search": ("/customers", {"af": "phone", "ao": "has", "av": "?"}),
    "top bar": ("/search", {"q": "?"}),
    "contact plan": ("/plan", {"q": "?"}),
    "contacts": ("/contacts", {"name": "?"}),
    "contacts' telephone": ("/contacts", {"phone": "?"}),
    "contacts' advanced search": ("/contacts", {"af": "mobile", "ao": "has", "av": "?"}),
    "opportunities of the customer": ("/opportunities", {"customer": "?"}),
    "public search": ("/lookup", {"phone": "?"}),
    "check for duplicates": ("/customers/duplicates", {"phone": "?"}),
}


@pytest.mark.parametrize(("stored", "typed"), mostly_long(PAIRS, PAIRS[::3]))
def test_a_number_is_found_through_every_door(as_user, session, cast, stored, typed):
    customer = make_customer(session, cast.wang, name="記號客戶", phone=stored, next_contact_at=SOON)
    make_opportunity(session, customer, cast.wang, "記號機會")
    make_contact(session, customer, cast.wang, name="記號聯繫人", mobile=stored)
    other = make_customer(session, cast.wang, name="別家客戶", phone="07-222-3333", next_contact_at=SOON)
    make_contact(session, other, cast.wang, name="別人", mobile="0955-666-777")
    change_settings(session, lookup_columns=["name"])
    session.commit()
    wang = as_user("wang")
    for door, (url, query) in DOORS.items():
        answer = wang.get(url, query_string={key: value.replace("?", typed) for key, value in query.items()})
        assert answer.status_code == 200, door
        content = html.fromstring(answer.text).xpath("//main|//body")[0].text_content()
        assert "記號" in content, door
        assert "別家" not in content and "別人" not in content, door
