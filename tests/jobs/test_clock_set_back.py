"""The wall's clock is changed while the server runs: looks go on, letters and reminders come once (hostile case 64)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from queue import Queue
from threading import Event

import pytest
from apscheduler.schedulers import base
from apscheduler.triggers import date
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.platform.mail import RETRY_MINUTES, claim_email, mark_transmitting
from crm.domain.platform.settings import change_settings
from crm.domain.schedule.items import save_item
from crm.entities.record_saving import Actor
from crm.extensions import db
from crm.jobs import scheduling
from crm.jobs.due_jobs import run_due
from crm.jobs.mail_delivery import send_due_emails
from crm.models import JobRun, MailMessage, Notice
from tests.cast import Cast
from tests.factories import make_letter
from tests.jobs.mailbox import Mailbox, mail_server

NOON = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
JUMPS = [timedelta(seconds=-90), timedelta(hours=-8), timedelta(days=-400), timedelta(hours=8), timedelta(days=400)]


class Wall:
    """The clock of the machine, as a person sets it."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self, zone: tzinfo | None = None) -> datetime:
        return self.moment.astimezone(zone)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    wall = Wall(NOON)
    for module in (base, date):
        monkeypatch.setattr(module, "datetime", wall)
    return wall


class TestTheScheduler:
    @pytest.fixture
    def ran(self, monkeypatch: pytest.MonkeyPatch) -> Queue[tuple[str, datetime]]:
        ran: Queue[tuple[str, datetime]] = Queue()
        monkeypatch.setattr(scheduling, "run_due", lambda engine, now: ran.put(("look", now)))
        monkeypatch.setattr(scheduling, "send_due_emails", lambda engine, clock: ran.put(("post", clock())))
        return ran

    @pytest.fixture
    def minute(self, wall: Wall, ran: Queue[tuple[str, datetime]]) -> Iterator[Callable[[], None]]:
        """A minute passes, whatever the wall says: the three looks for letters and the one for jobs come."""
        passing: Queue[None] = Queue()
        scheduler = scheduling.start_scheduler(db.engine, lambda: wall.moment, lambda seconds: passing.get())
        assert sorted(ran.get(timeout=10)[0] for _ in range(2)) == ["look", "post"]

        def settle() -> None:
            """Until APScheduler has noted that the last looks are over: it leaves out one that comes before that."""
            running: dict[str, int] = scheduler._lookup_executor("default")._instances
            waiting = Event()
            for _ in range(1000):
                if not any(running.values()):
                    return
                waiting.wait(0.01)

        def pass_by() -> None:
            for expected in (["post"], ["post"], ["look", "post"]):
                settle()
                passing.put(None)
                found = [ran.get(timeout=10) for _ in expected]
                assert sorted(name for name, _ in found) == expected
                assert {moment for _, moment in found} == {wall.moment}

        yield pass_by
        scheduler.shutdown()
        passing.put(None)

    @pytest.mark.parametrize("jump", JUMPS)
    def test_looks_go_on_and_also_when_the_clock_is_right_again(
        self, session: Session, wall: Wall, minute: Callable[[], None], jump: timedelta
    ) -> None:
        minute()
        wall.moment += jump
        minute()
        wall.moment -= jump
        minute()


class TestLetters:
    @pytest.fixture
    def mailbox(self, session: Session, cast: Cast) -> Iterator[Mailbox]:
        with mail_server() as box:
            change_settings(
                session, mail_host="127.0.0.1", mail_port=box.port, mail_security="none", mail_from="crm@example.com"
            )
            session.commit()
            yield box

    def post(self, session: Session, now: datetime) -> int:
        session.commit()
        return send_due_emails(db.engine, lambda: now)

    @pytest.mark.parametrize("jump", JUMPS[:3])
    def test_one_that_waits_goes_out_once(self, session: Session, cast: Cast, mailbox: Mailbox, jump: timedelta):
        make_letter(session, cast.wang, NOON)
        assert self.post(session, NOON + jump) == 1
        assert self.post(session, NOON) == self.post(session, NOON + timedelta(hours=1)) == 0
        assert len(mailbox.letters) == 1

    @pytest.mark.parametrize("tries", [1, 3, 5])
    def test_one_that_failed_does_not_wait_for_the_old_time(
        self, session: Session, cast: Cast, mailbox: Mailbox, tries: int
    ):
        again = NOON + timedelta(minutes=RETRY_MINUTES[tries - 1])
        letter = make_letter(session, cast.wang, NOON)
        letter.attempts, letter.next_try_at = tries, again
        assert self.post(session, NOON) == 0, "its time has not come"
        assert self.post(session, NOON - timedelta(hours=8)) == 1

    def test_one_that_was_being_sent_is_not_stuck_for_ever(self, session: Session, cast: Cast, mailbox: Mailbox):
        waiting, handed = make_letter(session, cast.wang, NOON), make_letter(session, cast.li, NOON)
        for letter in (waiting, handed):
            claim_email(session, letter.id, NOON)
        assert mark_transmitting(session, handed, NOON)
        for minutes in (1, 2):
            self.post(session, NOON - timedelta(hours=8, minutes=-minutes))
        session.expire_all()
        states = session.scalars(select(MailMessage.state).order_by(MailMessage.id)).all()
        assert (states, len(mailbox.letters)) == (["sent", "unsure"], 1)

    def test_who_lost_its_claim_by_a_jump_does_not_send_as_well(self, session: Session, cast: Cast, mailbox: Mailbox):
        letter = make_letter(session, cast.wang, NOON)
        mine = claim_email(session, letter.id, NOON)
        assert mine is not None
        session.commit()
        session.expunge(mine)
        later = NOON + timedelta(hours=8)
        assert (self.post(session, later), self.post(session, later)) == (0, 1)
        assert not mark_transmitting(session, mine, later)


class TestReminders:
    def remind(self, session: Session, now: datetime) -> int:
        session.commit()
        run_due(db.engine, now)
        return len(session.scalars(select(Notice).where(Notice.kind == "reminder")).all())

    def put(self, session: Session, by: Actor, starts_at: datetime) -> None:
        save_item(session, None, {"title": "會", "starts_at": starts_at, "remind_minutes": 15}, by)

    def test_of_what_was_written_before_the_clock_was_set_back(
        self, session: Session, cast: Cast, actor: Callable[..., Actor]
    ) -> None:
        fast = NOON + timedelta(hours=8)
        self.put(session, actor(cast.wang, fast), NOON + timedelta(hours=3))
        assert self.remind(session, NOON + timedelta(hours=2)) == 0
        for minutes in (45, 46, 600):
            assert self.remind(session, NOON + timedelta(hours=2, minutes=minutes)) == 1

    @pytest.mark.parametrize("jump", JUMPS)
    def test_once_however_often_the_time_comes(
        self, session: Session, cast: Cast, actor: Callable[..., Actor], jump: timedelta
    ) -> None:
        self.put(session, actor(cast.wang, NOON - timedelta(days=500)), NOON + timedelta(minutes=15))
        assert self.remind(session, NOON) == 1
        for moment in (NOON + jump, NOON + jump + timedelta(minutes=1), NOON, NOON + timedelta(minutes=1)):
            assert self.remind(session, moment) == 1

    def test_in_a_minute_that_was_worked_on_before(
        self, session: Session, cast: Cast, actor: Callable[..., Actor]
    ) -> None:
        self.put(session, actor(cast.wang, NOON - timedelta(days=1)), NOON + timedelta(minutes=15))
        assert self.remind(session, NOON) == 1
        self.put(session, actor(cast.li, NOON - timedelta(minutes=1)), NOON + timedelta(minutes=15))
        self.remind(session, NOON)
        assert self.remind(session, NOON + timedelta(minutes=1)) == 2


def test_the_nights_job_is_done_once_a_day_however_the_clock_jumps(session: Session) -> None:
    change_settings(session, recycle_on=True, recycle_days=7)
    session.commit()
    for hours in (0, -8, -1, 0, 24, 16, 24, 48):
        run_due(db.engine, NOON + timedelta(hours=hours))
    runs = session.scalars(select(JobRun.due).where(JobRun.job == "recycling")).all()
    assert sorted(runs) == ["2026-11-30", "2026-12-01", "2026-12-02"]
