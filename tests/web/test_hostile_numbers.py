"""Numbers in addresses and forms that no record can have: an answer for people, never a 500 (hostile cases 40, 55)."""

from collections.abc import Callable

import pytest

from tests.cast import Cast
from tests.conftest import Person

HUGE = "9" * 25
OUT_OF_RANGE = ("2147483648", "9223372036854775808", HUGE)
"""Beyond what PostgreSQL keeps as an id, beyond what SQLite keeps, and far beyond."""


ADDRESSES = "/customers/{} /orders/{} /schedule/{} /print/orders/{} /tasks/{}".split()
QUERIES = (
    "/receipts/new?customer={} /orders/new?customer_id={} /quotes/new?customer_id={} /quotes/new?opportunity_id={}"
    " /opportunities/new?customer_id={} /contacts/new?customer_id={} /records/new?customer_id={}"
    " /schedule/new?customer_id={} /customers/duplicates?customer={}&name=x /target-setting?year={} /targets?year={}"
).split()


@pytest.mark.parametrize("number", OUT_OF_RANGE)
def test_an_address_with_a_number_beyond_all_records_is_not_found(
    number: str, as_user: Callable[[str], Person]
) -> None:
    admin = as_user("admin")
    answers = {path: admin.get(path.format(number)).status_code for path in ADDRESSES}
    assert answers == dict.fromkeys(ADDRESSES, 404)


@pytest.mark.parametrize("number", [*OUT_OF_RANGE, "²", "-1"])
def test_a_number_beyond_all_records_in_the_query_breaks_nothing(number: str, as_user: Callable[[str], Person]) -> None:
    admin = as_user("admin")
    answers = {path: admin.get(path.format(number)).status_code for path in QUERIES}
    assert {path: code for path, code in answers.items() if code not in (200, 404)} == {}


def test_a_sent_form_with_such_a_number_is_refused(as_user: Callable[[str], Person], cast: Cast) -> None:
    assert as_user("wang").post("/receipts", {"customer": HUGE}).status_code == 404


@pytest.mark.parametrize("value", ["²", "٣", HUGE])
def test_an_advanced_search_by_odd_digits_is_a_list(value: str, as_user: Callable[[str], Person]) -> None:
    answer = as_user("wang").get("/customers", query_string={"af": "owner_id", "ao": "is", "av": value})
    assert answer.status_code == 200
    assert value in answer.get_data(as_text=True)
