"""Requests that no browser sends (hostile case 55): refused with a 4xx, and no error is logged for them."""

from collections.abc import Callable
from contextvars import Context
from urllib.parse import unquote_plus

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from crm.app import CRM
from crm.models import DictionaryItem, ImportTemplate, SystemLog
from tests.conftest import Person


def errors_logged(session: Session) -> int:
    session.expire_all()
    return session.scalar(select(func.count()).select_from(SystemLog).where(SystemLog.kind == "error")) or 0


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_host_that_no_address_can_have_is_refused(method: str, app: CRM, session: Session) -> None:
    client = app.test_client()
    answer = Context().run(client.open, "/login", method=method, headers={"Host": "x" * 300})
    assert answer.status_code == 400
    assert errors_logged(session) == 0


@pytest.mark.parametrize("path", ["/customers", "/orders", "/prints/preview", "/workbench/layout", "/customers/bulk"])
def test_ten_thousand_fields_are_refused(path: str, as_user: Callable[[str], Person]) -> None:
    answer = as_user("admin").post(path, {f"field-{n}": "1" for n in range(10_000)})
    assert answer.status_code == 413


def test_so_are_they_under_one_name(as_user: Callable[[str], Person]) -> None:
    """Comparing each with all others took minutes, in which nobody could save."""
    admin = as_user("admin")
    assert admin.post("/workbench/layout", {"action": "add", "add": ["x"] * 10_000}).status_code == 413


def test_panels_that_are_none_are_not_added(as_user: Callable[[str], Person]) -> None:
    wang = as_user("wang")
    wang.post("/workbench/layout", {"action": "add", "version": "0", "add": [f"x{n}" for n in range(5000)]})
    assert wang.get("/").status_code == 200


def test_a_long_number_beside_save_anyway_is_no_error(as_user: Callable[[str], Person]) -> None:
    answer = as_user("wang").post("/customers", {"name": "長榮", "save_anyway": "9" * 5000})
    assert answer.status_code == 303


def test_a_large_bulk_change_still_fits(as_user: Callable[[str], Person]) -> None:
    """Ticks share a name; each of five hundred documents brings its version."""
    sent = {"action": "submit", "ids": list(range(1, 3000)), **{f"version-{n}": "1" for n in range(500)}}
    assert as_user("wang").post("/orders/bulk", sent).status_code in (200, 303)


def test_a_nul_is_refused_everywhere(as_user: Callable[[str], Person]) -> None:
    """PostgreSQL keeps it in no text, so it must not reach a statement."""
    wang = as_user("wang")
    asked = (
        "/customers?q=%00",
        "/search?q=a%00b",
        "/find/customers?x=%00",
        "/print/orders/1?template=%00",
        "/jobs/%00",
    )
    assert {path: wang.get(path).status_code for path in asked} == dict.fromkeys(asked, 400)
    for sent in ({"name": "a\x00b"}, {"name": "甲", "once": "\x00"}):
        assert wang.post("/customers", sent).status_code == 400


@pytest.mark.parametrize("in_place", [False, True])
def test_an_address_in_chinese_can_be_gone_back_to(in_place: bool, as_user: Callable[[str], Person]) -> None:
    """What a server writes into a header is Latin-1: other letters would break the answer after the work was done."""
    wang = as_user("wang").htmx() if in_place else as_user("wang")
    answer = wang.post("/lists/customers/columns", {"action": "usual", "next": "/customers?q=王"})
    gone_to = answer.headers["HX-Redirect"] if in_place else answer.location
    assert gone_to == "/customers?q=%E7%8E%8B"


def test_what_is_downloaded_is_not_kept_by_the_browser(session: Session, as_user: Callable[[str], Person]) -> None:
    """Hostile case 10: on a shared PC the next person must not find it in the cache."""
    admin = as_user("admin")
    template = session.scalars(select(ImportTemplate.id)).first()
    paths = ("/customers/export", "/orders/export", f"/imports/customers/templates/{template}/download", "/customers")
    kept = {path: admin.get(path).headers["Cache-Control"] for path in paths}
    assert kept == dict.fromkeys(paths, "no-store")


def add_industry(person: Person, coded: str) -> TestResponse:
    """The name as its bytes are sent."""
    body = f"csrf_token={person.token()}&name={coded}"
    return person.client.post("/dictionaries/industry", data=body, content_type="application/x-www-form-urlencoded")


@pytest.mark.parametrize(
    "sent", ["%A4%A4%A4%E5", "%ED%A0%80", "%C3%28", "%F0%9F%91", "%C0%AE", "caf%E9", "%F5%80%80%80"]
)
def test_a_text_in_another_encoding_is_refused_and_not_kept_as_percent_signs(
    sent: str, as_user: Callable[[str], Person], session: Session
) -> None:
    """Half a pair, Big5, Latin-1, text cut in a character: none of it is what somebody typed."""
    admin = as_user("admin")
    before = session.scalar(select(func.count()).select_from(DictionaryItem))
    answer = add_industry(admin, sent)
    assert answer.status_code == 400
    assert session.scalar(select(func.count()).select_from(DictionaryItem)) == before


@pytest.mark.parametrize("sent", ["%25ED%25A0%2580", "%E4%B8%AD%E6%96%87", "50%25+off", "%F0%B1%96%8E"])
def test_a_text_that_holds_percent_signs_or_rare_letters_is_kept(
    sent: str, as_user: Callable[[str], Person], session: Session
) -> None:
    assert add_industry(as_user("admin"), sent).status_code == 303
    wanted = select(DictionaryItem).where(DictionaryItem.name == unquote_plus(sent))
    assert session.scalars(wanted).one()
