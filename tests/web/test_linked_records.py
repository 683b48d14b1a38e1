"""What hangs on a record is named only to who may see it (A-7): every link, every door, people of each one function.

The firm has one chain of records, each with a mark in its texts. Somebody with all of one function's verbs, and nothing
else, walks through every address with every number, and through the links of the pages: no mark of a record that they
may not see stands in any answer. `EXCEPTIONS` of `crm/entities/linked_records.py` are the only ones.
"""

import io
import re
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from lxml import html
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.models import Opportunity, Order, Quote, Rights, User
from crm.web.table.declaration import TABLES
from tests.cast import Cast, actor_as
from tests.conftest import Person, grow
from tests.linked_firm import MARKS, fill, give_only, hidden_from
from tests.sampling import mostly_long

QUERIES = ("大銘記號", "87654321", "12345678", "丙記號", "丁記號", "戊記號", "庚記號", "壬記號")
SKIPPED = {"static", "auth.logout", "auth.language", "prints.edit", "schedule.calendar_file"}
FUNCTIONS = tuple(
    "customers pool plan contacts records schedule lookup opportunities quotes orders receipts receivables".split()
)


@pytest.fixture(scope="module")
def told(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("linked")
    return folder, grow(grown, folder, fill)


@pytest.fixture
def firm_folder(told: tuple[Path, dict[str, Any]]) -> Path:
    return told[0]


def addresses(app: CRM, rights: Rights, ids: list[int]) -> Iterator[str]:
    """Every address whose function is the person's, with every number; lists with parts of the marks too."""
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in SKIPPED:
            continue
        access = getattr(app.view_functions[rule.endpoint], "access", ())
        access = access() if callable(access) else access
        if not isinstance(access, str) and not any(rights.may(permission) for permission in access):
            continue  # a plain 403, which the access matrix holds
        plain = re.sub(r"<string[^>]*:?key>|<key>", "orders", rule.rule)
        if "<" not in plain:
            yield plain
            continue
        if plain.count("<") == 1 and "<int:" in plain:
            yield from (re.sub(r"<int:[^>]*>", str(number), plain) for number in ids)
    for key in TABLES:
        yield from (f"/lists/{key}/{what}" for what in ("advanced", "columns"))
    for query in QUERIES:
        yield from (f"/{name}?q={query}" for name in ("search", "orders", "quotes", "receipts", "opportunities"))
        yield from (f"/find/{name}?text={query}" for name in ("customers", "opportunities", "paying", "products"))
        yield f"/find/contacts?customer_id={query}"


def text_of(answer: Any) -> str:
    """What the reader can read in an answer; a workbook is unpacked."""
    data = answer.get_data()
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            return " ".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
    return str(data.decode("utf-8", "replace"))


def walk(app: CRM, person: Person, rights: Rights, ids: list[int]) -> Iterator[tuple[str, str]]:
    """(address, text) of everything, plain and as a fragment, and of what the pages link to."""
    waiting = deque(dict.fromkeys(["/", *addresses(app, rights, ids)]))
    met = set(waiting)
    while waiting:
        address = waiting.popleft()
        answer = person.get(address)
        yield address, text_of(answer)
        if answer.mimetype != "text/html" or answer.status_code != 200:
            continue
        found = html.fromstring(answer.get_data(as_text=True)).xpath("//@href|//@hx-get")
        for link in (urljoin(f"http://localhost{address}", one) for one in found):
            parts = urlsplit(link)
            path = parts.path
            if parts.netloc == "localhost" and path not in met and not path.startswith(("/static", "/logout")):
                met.add(path)
                waiting.append(path)
        if re.search(r"/\d+", address):
            fragment = person.get(address, headers={"HX-Request": "true", "HX-Target": "box"})
            yield f"{address} (box)", text_of(fragment)


def leaks(app: CRM, person: Person, session: Session, user: User, ids: list[int]) -> list[tuple[str, str]]:
    hidden, rights = hidden_from(session, user), actor_as(session, user).rights
    return [
        (address, mark) for address, text in walk(app, person, rights, ids) for mark in sorted(hidden) if mark in text
    ]


@pytest.mark.parametrize("function", mostly_long(FUNCTIONS, ("customers", "orders")))
def test_one_function_names_nothing_of_another(
    app: CRM, session: Session, cast: Cast, as_user: Callable[[str], Person], told: Any, function: str
) -> None:
    give_only(session, cast.finance, function)
    assert leaks(app, as_user("finance"), session, cast.finance, told[1]["ids"]) == []


@pytest.mark.parametrize("login", mostly_long(["order", "finance", "li", "wang"], ["order"]))
def test_people_as_they_are(
    app: CRM, session: Session, cast: Cast, as_user: Callable[[str], Person], told: Any, login: str
) -> None:
    """Salesperson of a version of another's quote, approvers, owner; from the manager nothing is hidden."""
    assert leaks(app, as_user(login), session, getattr(cast, login), told[1]["ids"]) == []


def test_the_owner_sees_all_of_it(session: Session, cast: Cast, as_user: Callable[[str], Person]) -> None:
    """The walk would prove nothing if nobody saw the marks."""
    assert hidden_from(session, cast.manager) == set()
    wang = as_user("wang")
    quote = session.scalars(select(Quote).where(Quote.title == MARKS["quote"])).one()
    order = session.scalars(select(Order).where(Order.title == MARKS["order"])).one()
    page = wang.get(f"/quotes/{quote.id}").get_data(as_text=True)
    assert all(text in page for text in (MARKS["opportunity"], order.code, MARKS["contact"], MARKS["customer"]))
    page = wang.get(f"/orders/{order.id}").get_data(as_text=True)
    assert all(text in page for text in (MARKS["opportunity"], quote.code, MARKS["contact"]))


def test_an_approver_learns_whose_order_it_is_and_nothing_else(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    order = session.scalars(select(Order).where(Order.approver_id == cast.order.id, Order.state == "pending")).one()
    quote = session.get_one(Quote, order.quote_id)
    approver = as_user("order")
    for url in (f"/orders/{order.id}", f"/print/orders/{order.id}", "/orders", "/"):
        page = approver.get(url).get_data(as_text=True)
        assert MARKS["customer"] in page, url
        assert not any(t in page for t in (quote.code, MARKS["opportunity"], MARKS["contact"])), url


def test_a_history_says_that_a_link_changed_and_names_it_to_who_may_see_it(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    order = session.scalars(select(Order).where(Order.title == MARKS["order"])).one()
    quote = session.get_one(Quote, order.quote_id)
    history = f"/changes/orders/{order.id}"
    page = as_user("wang").get(history).get_data(as_text=True)
    assert all(text in page for text in (MARKS["customer"], MARKS["opportunity"], quote.title, MARKS["contact"]))
    give_only(session, cast.finance, "orders")
    page = as_user("finance").get(history).get_data(as_text=True)
    assert MARKS["customer"] in page and "銷售機會已變更" in page and "#" not in html.fromstring(page).text_content()
    assert not any(text in page for text in (MARKS["opportunity"], quote.title, quote.code, MARKS["contact"]))
    give_only(session, cast.li, "orders", "opportunities", "contacts")
    page = as_user("li").get(history).get_data(as_text=True)
    assert all(text in page for text in (MARKS["opportunity"], MARKS["contact"])) and quote.title not in page


def test_what_the_salesperson_may_not_see_stays_when_they_save(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    """Li's version names Wang's opportunity: the form does not show it, and saving does not lose it."""
    version = session.scalars(select(Quote).where(Quote.title == MARKS["version"])).one()
    before = version.opportunity_id, version.contact_id
    li = as_user("li")
    page = li.get(f"/quotes/{version.id}").get_data(as_text=True)
    assert MARKS["opportunity"] not in page
    form = next(f for f in html.fromstring(page).forms if f.get("action") == f"/quotes/{version.id}")
    answer = li.post(f"/quotes/{version.id}", {**dict(form.form_values()), "title": "改過的版本"})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    session.refresh(version)
    assert (version.title, version.opportunity_id, version.contact_id) == ("改過的版本", *before)


def test_a_hidden_contact_stays_when_somebody_else_saves(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    give_only(session, cast.finance, "opportunities", "customers")
    opportunity = session.scalars(select(Opportunity)).one()
    before = opportunity.contact_id
    clerk = as_user("finance")
    page = clerk.get(f"/opportunities/{opportunity.id}").get_data(as_text=True)
    form = next(f for f in html.fromstring(page).forms if f.get("action") == f"/opportunities/{opportunity.id}")
    assert (
        clerk.post(f"/opportunities/{opportunity.id}", {**dict(form.form_values()), "title": "改"}).status_code == 303
    )
    session.refresh(opportunity)
    assert (opportunity.title, opportunity.contact_id) == ("改", before)


@pytest.mark.parametrize("query", ["87654321", "丙記號", "12345678"])
def test_nobody_finds_a_document_by_what_they_may_not_see(
    session: Session, cast: Cast, as_user: Callable[[str], Person], query: str
) -> None:
    """The customer's telephone and its contacts: an approver cannot try them one by one."""
    order = session.scalars(select(Order).where(Order.title == MARKS["order"])).one()
    for url in (f"/orders?q={query}", f"/orders?customer={query}", f"/search?q={query}"):
        assert order.code not in as_user("order").get(url).get_data(as_text=True), url
    assert order.code in as_user("order").get("/orders?q=大銘記號").get_data(as_text=True)
