"""Every control, button and link of every page can be called by its words, with records in the firm."""

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.web.table.declaration import TABLES
from tests.access_matrix import MATRIX, PUBLIC
from tests.cast import Cast
from tests.conftest import Person, wants_all
from tests.factories import make_customer, make_opportunity
from tests.sampling import mostly_long

from .labels import findings, untied
from .test_access import address
from .test_access import ids as ids
from .test_access import rules as rules

NO_PAGES = ("static", "auth.picture", "auth.sound", "organisation.sent")


@pytest.fixture
def addresses(app: CRM, rules: list[Any], ids: dict[str, Any]) -> list[str]:
    """Of everything that answers a GET, and what is made for each list."""
    asked = [rule for rule in rules if "GET" in rule.methods and rule.endpoint not in NO_PAGES]
    lists = [f"/lists/{key}/{page}" for key in TABLES for page in ("columns", "advanced")]
    return [*(address(rule, ids) for rule in asked), *lists]


def opens_in_a_box(url: str) -> bool:
    """A file is chosen on a page of its own, whose button stands in the page's head."""
    return not url.endswith("/file")


@pytest.mark.parametrize(("login", "box"), mostly_long([("admin", False), ("wang", True)], [("admin", False)]))
def test_everything_has_a_name_of_its_own(
    login: str, box: bool, addresses: list[str], as_user: Callable[[str], Person], pytestconfig: pytest.Config
) -> None:
    """As a whole page, and in the box that opens over a page. The quick form looks at every other page."""
    person = as_user(login)
    addresses = addresses if wants_all(pytestconfig) else addresses[::2]
    if box:
        person.htmx("box")
        addresses = [url for url in addresses if opens_in_a_box(url)]
    wrong = []
    for url in addresses:
        answer = person.get(url)
        if answer.status_code == 200 and answer.mimetype == "text/html" and answer.text.strip():
            page = html.fromstring(f"<div>{answer.text}</div>" if box else answer.text)
            wrong += [f"{url}: {one}" for one in findings(page)]
    assert not wrong, "\n".join(wrong)


def test_cards_of_the_same_title_are_moved_by_buttons_of_different_names(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    customer = make_customer(session, cast.wang)
    for _ in range(2):
        make_opportunity(session, customer, cast.wang, title="護貝機年度供應")
    page = html.fromstring(as_user("wang").get("/opportunities/board").text)
    assert list(findings(page)) == []


def test_what_is_wrong_is_told_with_its_control(
    rules: list[Any], ids: dict[str, Any], as_user: Callable[[str], Person], pytestconfig: pytest.Config
) -> None:
    """Every form sent with nothing in it: a message beside a control is announced with that control."""
    forms = [rule for rule in rules if "POST" in rule.methods and MATRIX[rule.endpoint][0] != PUBLIC]
    asked: set[str] = set()
    wrong: list[str] = []
    for login in ("admin", "wang") if wants_all(pytestconfig) else ("admin",):
        person = as_user(login)
        for url in sorted({address(rule, ids) for rule in forms} - {"/logout"}):
            answer = person.post(url)
            if answer.status_code == 422:
                asked.add(url)
                wrong += [f"{url}: {one}" for one in untied(html.fromstring(answer.text))]
    assert not wrong, "\n".join(wrong)
    assert {"/customers", "/orders", "/imports/customers/templates"} <= asked
