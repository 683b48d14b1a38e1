"""Doors that no link leads through name nothing hidden either: bulk questions, trials of templates, calendar, post."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.platform.settings import change_settings
from crm.domain.prints.printed import PRINTED
from crm.domain.schedule.items import save_item
from crm.domain.schedule.participants import set_participants
from crm.domain.schedule.reminders import send_reminders
from crm.models import Customer, MailMessage, Notice, Permission, Scope
from crm.web.table.declaration import TABLES
from tests.cast import Cast, actor_as
from tests.conftest import Person, grow
from tests.linked_firm import MARKS, fill, give_only, hidden_from

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def told(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("doors")
    return folder, grow(grown, folder, fill)


@pytest.fixture
def firm_folder(told: tuple[Path, dict[str, Any]]) -> Path:
    return told[0]


def named(text: str, hidden: set[str]) -> list[str]:
    return sorted(mark for mark in hidden if mark in text)


def bulk_doors(app: CRM) -> list[tuple[str, str, Permission]]:
    """(address, action, its right) of every bulk action of every list."""
    addresses = {rule.endpoint: rule.rule for rule in app.url_map.iter_rules() if "POST" in rule.methods}
    return [
        (addresses[table.bulk_endpoint], action.name, action.permission)
        for table in TABLES.values()
        if table.bulk
        for action in table.bulk
    ]


@pytest.mark.parametrize("function", "customers contacts records opportunities quotes orders receipts".split())
def test_a_bulk_question_about_what_one_does_not_see_names_nothing(
    app: CRM, session: Session, cast: Cast, as_user: Callable[[str], Person], told: Any, function: str
) -> None:
    """Somebody with one function, which reaches their own records alone, ticks every number that there is."""
    give_only(session, cast.finance, function, scope=Scope.OWN)
    hidden, clerk, asked = hidden_from(session, cast.finance), as_user("finance"), 0
    for address, action, permission in bulk_doors(app):
        if permission.value.split(":")[0] != function:
            continue
        for more in ({}, {"all": "1", "next": address.removesuffix("/bulk")}):
            answer = clerk.post(address, {"action": action, "ids": told[1]["ids"], **more})
            asked += answer.status_code == 200
            assert named(answer.get_data(as_text=True), hidden) == [], (address, action, more)
    assert asked


@pytest.mark.parametrize("function", ["", "opportunities", "quotes", "orders", "receipts", "customers"])
def test_a_trial_of_a_template_shows_only_what_one_may_see(
    session: Session, cast: Cast, as_user: Callable[[str], Person], told: Any, function: str
) -> None:
    """A template with every name that there is, tried on every number."""
    give_only(session, cast.finance, "prints", *([function] if function else []))
    hidden, clerk, seen = hidden_from(session, cast.finance), as_user("finance"), 0
    for key, printed in PRINTED.items():
        names = [field.key for field in printed.fields if not field.key.startswith("has.")]
        body = " ".join(f"{{{{{name}}}}}" for name in names)
        for number in told[1]["ids"]:
            answer = clerk.post(f"/prints/preview?module={key}", {"body": body, "record": str(number)})
            page = answer.get_data(as_text=True)
            seen += answer.status_code == 200 and any(mark in page for mark in MARKS.values())
            assert answer.status_code in (200, 404), page
            assert named(page, hidden) == [], (key, number)
    assert bool(seen) == bool(function)


def item_of_wang(session: Session, cast: Cast) -> int:
    """Wang's visit of the customer, in which finance takes part."""
    customer = session.scalars(select(Customer).where(Customer.name == MARKS["customer"])).one()
    values = {
        "title": "拜訪",
        "starts_at": NOW + timedelta(minutes=20),
        "remind_minutes": 30,
        "customer_id": customer.id,
    }
    item = save_item(session, None, values, actor_as(session, cast.wang, NOW - timedelta(days=1)))
    set_participants(session, [item], [cast.finance.id])
    session.flush()
    return item.id


def test_the_calendar_of_a_participant_names_no_hidden_customer(
    app: CRM, session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    give_only(session, cast.finance, "schedule")
    item_of_wang(session, cast)
    for user, shown in ((cast.finance, False), (cast.wang, True)):
        person = as_user(user.login)
        page = person.post("/schedule/calendar").get_data(as_text=True)
        (address,) = html.fromstring(page).xpath("//*[@id='calendar-address']/@value")
        written = person.get("/" + address.split("/", 3)[3]).get_data(as_text=True).replace("\r\n ", "")
        assert "拜訪" in written
        assert (MARKS["customer"] in written) is shown


def test_letters_and_notices_to_a_participant_name_no_hidden_customer(
    session: Session, cast: Cast, as_user: Callable[[str], Person]
) -> None:
    give_only(session, cast.finance, "schedule")
    session.execute(delete(Notice))
    change_settings(session, mail_host="127.0.0.1", mail_from="crm@example.com", mail_notices=True)
    cast.finance.email = "finance@example.com"
    item_of_wang(session, cast)
    hidden = hidden_from(session, cast.finance) | {MARKS["customer"]}
    assert send_reminders(session, actor_as(session, cast.admin, NOW)) > 0
    session.commit()
    mine = MailMessage.user_id == cast.finance.id
    assert session.scalar(select(func.count()).select_from(MailMessage).where(mine))
    for letter in session.scalars(select(MailMessage).where(mine)):
        assert named(f"{letter.message} {letter.values}", hidden) == []
    page = as_user("finance").get("/notices").get_data(as_text=True)
    assert "拜訪" in page and named(page, hidden) == []
