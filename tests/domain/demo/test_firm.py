"""The demonstration firm: believable, made through the verbs, and the same every time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.accounts.passwords import password_fits
from crm.domain.customers.idle_customers import due_soon, due_today
from crm.domain.demo import DEMO_LOGINS, make_demo
from crm.domain.demo.companies import tax_number
from crm.domain.demo.life import stages_of
from crm.domain.demo.words import words
from crm.domain.organisation.firm_setup import create_firm
from crm.domain.platform.settings import read_settings
from crm.errors import DomainError, FieldError
from crm.extensions import db
from crm.models import (
    Contact,
    ContactRecord,
    Customer,
    CustomerEvent,
    Notice,
    RoleMember,
    ScheduleItem,
    ScheduleParticipant,
    User,
)
from crm.models.engine import set_read_only
from tests.cast import ZONE
from tests.conftest import make_app
from tests.instances import close, put

pytestmark = pytest.mark.long  # the browser's tests stand on such a firm in the quick form
NOW = datetime(2026, 11, 25, 6, 30, tzinfo=UTC)
PASSWORD = "gutes-Papier-9"
DAY = timedelta(days=1)


@contextmanager
def empty_database(app: CRM, migrated: Path) -> Iterator[Session]:
    put(app, migrated)
    with app.app_context():
        set_read_only(False)
        yield db.session()
    close(app)


@pytest.fixture(scope="module")
def demo(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """Open as long as the tests of the module run, on an app of its own."""
    app = make_app(tmp_path_factory.mktemp("demo") / "instance")
    with empty_database(app, migrated) as session:
        make_demo(session, PASSWORD, NOW, customers=90)
        session.commit()
        yield session


def count(session: Session, *conditions: object) -> int:
    return session.scalar(select(func.count()).where(*conditions)) or 0  # type: ignore[arg-type]


def test_everybody_signs_in_with_the_one_password(demo: Session) -> None:
    people = {user.login: user for user in demo.scalars(select(User))}
    assert set(people) == set(DEMO_LOGINS)
    assert len(people) == 12
    assert len({user.password_hash for user in people.values()}) == 1
    assert password_fits(people["wang"].password_hash, PASSWORD)
    assert not any(user.must_change_password for user in people.values())


def test_every_built_in_role_has_somebody(demo: Session) -> None:
    assert len(set(demo.scalars(select(RoleMember.role_id)))) == 5


def test_customers_are_owned_or_lie_in_one_of_the_pools(demo: Session) -> None:
    kept = select(Customer.pool, func.count()).where(Customer.deleted_at.is_(None))
    pools = dict(demo.execute(kept.group_by(Customer.pool)).all())
    assert set(pools) == {"owned", "pool", "recycled"}
    assert sum(pools.values()) == 90
    assert pools["owned"] > 60


def test_the_policy_has_taken_back_what_was_idle_and_warns_of_more(demo: Session) -> None:
    """P-1, Q-4: by the job itself, at night; what is left is exempt."""
    firm = read_settings(demo)
    assert (firm.recycle_on, firm.recycle_days, firm.recycle_warn_days) == (True, 45, 5)
    assert len(firm.recycle_exempt_levels) == 1
    assert demo.scalars(due_today(firm, NOW)).all() == []
    assert demo.scalars(due_soon(firm, NOW)).first() is not None
    moves = demo.scalars(select(CustomerEvent).where(CustomerEvent.after == "recycled")).all()
    assert len(moves) >= 5
    assert all(e.by_id is None and e.reason == "Not contacted for too long" for e in moves)
    assert {e.at.astimezone(ZONE).hour for e in moves} == {2}
    assert min(e.at for e in moves) > NOW - 10 * DAY


def test_some_were_assigned_and_claimed_and_people_are_told(demo: Session) -> None:
    """Q-2 to Q-4, F-4; older notices are read."""
    reasons = set(demo.scalars(select(CustomerEvent.reason).where(CustomerEvent.kind == "owner")))
    assert {"Assigned from the pool", "Claimed from the pool"} <= reasons
    told = {"assigned", "recycled", "recycle_warning", "approvals", "schedule"}
    assert set(demo.scalars(select(Notice.kind))) == told
    assert count(demo, Notice.read_at.is_(None)) and count(demo, Notice.read_at.is_not(None))
    assert count(demo, Notice.read_at > NOW) == count(demo, Notice.at > NOW) == 0


def test_every_customer_has_one_to_three_contacts(demo: Session) -> None:
    kept = select(func.count()).select_from(Contact).where(Contact.deleted_at.is_(None))
    per_customer = demo.scalars(kept.group_by(Contact.customer_id)).all()
    assert len(per_customer) == 90
    assert set(per_customer) <= {1, 2, 3}


def test_some_contacts_are_due_today_some_overdue_some_to_come(demo: Session) -> None:
    owned = Customer.owner_id.is_not(None)
    midnight = datetime(2026, 11, 24, 16, tzinfo=UTC)
    due = Customer.next_contact_at
    assert count(demo, owned, due >= midnight, due < midnight + DAY)
    assert count(demo, owned, due < midnight)
    assert count(demo, owned, due >= midnight + DAY) > 30


def test_nothing_lies_in_the_future_but_plans(demo: Session) -> None:
    for moment in (Customer.created_at, ContactRecord.contacted_at, CustomerEvent.at, ScheduleItem.created_at):
        assert (demo.scalar(select(func.max(moment))) or NOW) <= NOW


def test_customers_show_what_their_newest_record_says(demo: Session) -> None:
    newest = select(ContactRecord.customer_id, func.max(ContactRecord.contacted_at).label("at"))
    newest_of = newest.group_by(ContactRecord.customer_id).subquery()
    wanted = select(func.count()).join_from(Customer, newest_of, newest_of.c.customer_id == Customer.id)
    assert demo.scalar(wanted.where(Customer.last_contact_at != newest_of.c.at)) == 0


def test_the_ledger_tells_of_levels_owners_pools_and_statuses(demo: Session) -> None:
    assert {"created", "level", "owner", "status", "pool"} <= set(demo.scalars(select(CustomerEvent.kind)))


@pytest.mark.parametrize("login", ["wang", "li", "chen"])
def test_salespeople_have_something_in_their_schedule_today(demo: Session, login: str) -> None:
    midnight = datetime(2026, 11, 24, 16, tzinfo=UTC)
    user_id = demo.scalars(select(User.id).where(User.login == login)).one()
    starts = ScheduleItem.starts_at
    assert count(demo, ScheduleItem.owner_id == user_id, starts >= midnight, starts < midnight + DAY) >= 2


def test_a_weekly_meeting_and_visits_of_two(demo: Session) -> None:
    meetings = demo.scalars(select(ScheduleItem).where(ScheduleItem.series_id.is_not(None))).all()
    assert len(meetings) > 20
    assert {item.done_at is not None for item in meetings} == {True, False}
    assert len({row.user_id for row in demo.scalars(select(ScheduleParticipant))}) >= 5


def test_notes_have_no_places_left_to_fill(demo: Session) -> None:
    texts = [text for row in demo.execute(select(ContactRecord.content, ContactRecord.next_plan)) for text in row]
    assert texts
    assert not any("{" in text or "}" in text for text in texts)
    assert len(set(texts)) > 100


@pytest.mark.long
def test_the_same_seed_and_day_make_the_same_firm(one_app: CRM, migrated: Path) -> None:
    def told() -> list[object]:
        with empty_database(one_app, migrated) as session:
            make_demo(session, PASSWORD, NOW, customers=6)
            records = session.execute(select(ContactRecord.contacted_at, ContactRecord.content)).all()
            return [*session.execute(select(Customer.code, Customer.name, Customer.phone)).all(), *records]

    assert told() == told()


def test_an_administrator_who_is_there_already_is_kept(one_app: CRM, migrated: Path) -> None:
    with empty_database(one_app, migrated) as session:
        founder = create_firm(session, "我的公司", "zh_Hant", "Asia/Taipei", "老闆", "wang", "mein-Kennwort-1", NOW)
        people = make_demo(session, PASSWORD, NOW, customers=3)
        assert founder not in people
        assert password_fits(founder.password_hash, "mein-Kennwort-1")
        assert "wang2" in {person.login for person in people}


def test_only_an_empty_database_is_filled(session: Session, make_customer_of: Callable[[Session], Customer]) -> None:
    make_customer_of(session)
    with pytest.raises(DomainError, match="empty database"):
        make_demo(session, PASSWORD, NOW)


@pytest.fixture
def make_customer_of() -> Callable[[Session], Customer]:
    from tests.cast import read_cast
    from tests.factories import make_customer

    return lambda session: make_customer(session, owner=read_cast(session).wang, name="甲公司")


def test_a_weak_password_is_refused(session: Session) -> None:
    with pytest.raises(FieldError):
        make_demo(session, "short", NOW)


def test_the_command_prints_the_logins_and_the_password(
    one_app: CRM, migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(one_app, migrated)
    monkeypatch.setitem(one_app.config, "CRM_DEMO_PASSWORD", PASSWORD)
    command = one_app.test_cli_runner()
    # A command without the app context that the other tests hold open.
    printed = Context().run(command.invoke, args=["demo", "--customers", "3"])
    assert printed.exit_code == 0, printed.output
    assert PASSWORD in printed.output
    assert all(login in printed.output for login in DEMO_LOGINS)


def test_there_are_notes_enough() -> None:
    assert sum(len(notes) for notes in words().notes.values()) >= 40


def test_tax_numbers_are_nobodys() -> None:
    from random import Random

    random = Random(1)
    for _ in range(200):
        figures = [int(figure) for figure in tax_number(random)]
        products = [figure * weight for figure, weight in zip(figures, (1, 2, 1, 2, 1, 2, 4, 1), strict=True)]
        assert sum(product // 10 + product % 10 for product in products) % 5


@pytest.mark.parametrize(
    ("end", "visits", "stages"),
    [(0, 2, [0, 0]), (1, 4, [0, 1, 1, 1]), (2, 0, []), (2, 2, [2, 3]), (2, 5, [0, 1, 2, 3, 3]), (3, 4, [0, 1, 1, 4])],
)
def test_a_customers_road_ends_where_it_should(end: int, visits: int, stages: list[int]) -> None:
    assert stages_of(end, visits) == stages


@pytest.mark.long
def test_it_can_be_made_in_the_evening_when_customers_were_visited_the_same_day(one_app: CRM, migrated: Path) -> None:
    with empty_database(one_app, migrated) as session:
        make_demo(session, PASSWORD, NOW.replace(day=23, hour=13), customers=25)
