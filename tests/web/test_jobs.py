"""定時任務, the letters in trouble, and the mail server's page (D-6)."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.platform.settings import change_settings
from crm.models import JobRun, MailMessage, Setting
from tests.cast import Cast
from tests.conftest import Person
from tests.factories import make_letter
from tests.jobs.mailbox import mail_server


@pytest.fixture
def admin(session: Session, cast: Cast, as_user: Callable[[str], Person]) -> Person:
    cast.admin.email = "admin@example.com"
    session.commit()
    return as_user("admin")


def test_each_job_with_its_last_and_next_run(admin: Person, session: Session) -> None:
    page = admin.get("/jobs").text
    assert "閒置客戶回收" in page and "–" in page
    answer = admin.post("/jobs/recycling/run", follow_redirects=True)
    assert "閒置客戶回收" in answer.text
    run = session.scalars(select(JobRun).where(JobRun.job == "recycling")).one()
    assert run.state == "done"
    assert "管理員" in admin.get("/jobs/recycling").text
    assert admin.get("/jobs/nothing").status_code == 404


def test_a_letter_in_trouble_is_shown_and_sent_again(admin: Person, session: Session, cast: Cast) -> None:
    letter = make_letter(session, cast.wang, datetime.now(UTC), state="failed", error="554 <b>no</b>", attempts=6)
    session.commit()
    page = admin.get("/jobs/letters").text
    assert "554 &lt;b&gt;no&lt;/b&gt;" in page and "wang@example.com" in page
    assert admin.post(f"/jobs/letters/{letter.id}").status_code == 303
    session.refresh(letter)
    assert (letter.state, letter.attempts) == ("waiting", 0)


class TestMailServer:
    def test_the_password_is_kept_and_never_shown(self, admin: Person, session: Session) -> None:
        values = {
            "mail_host": "mail.example.com",
            "mail_port": "587",
            "mail_security": "starttls",
            "mail_from": "crm@example.com",
            "mail_password": " ge heim ",
        }
        assert admin.post("/settings/mail", data=values).status_code == 303
        assert session.get_one(Setting, "mail_password").value == " ge heim "
        session.rollback()
        assert "ge heim" not in admin.get("/settings/mail").text
        assert admin.post("/settings/mail", data={**values, "mail_password": ""}).status_code == 303
        session.expire_all()
        assert session.get_one(Setting, "mail_password").value == " ge heim "

    def test_the_password_is_not_handed_to_another_server(self, admin: Person, session: Session) -> None:
        """Whoever may change the settings could otherwise read it there."""
        values = {"mail_host": "mail.example.com", "mail_port": "587", "mail_security": "starttls"}
        values |= {"mail_from": "crm@example.com", "mail_password": "geheim"}
        assert admin.post("/settings/mail", data=values).status_code == 303
        elsewhere = {**values, "mail_host": "127.0.0.1", "mail_security": "none", "mail_password": ""}
        answer = admin.post("/settings/mail", data=elsewhere)
        assert answer.status_code == 422
        assert "另一台郵件伺服器" in answer.text and "geheim" not in answer.text
        session.expire_all()
        assert session.get_one(Setting, "mail_host").value == "mail.example.com"
        assert admin.post("/settings/mail", data={**elsewhere, "mail_password": "other"}).status_code == 303

    def test_a_server_needs_a_sender(self, admin: Person) -> None:
        values = {"mail_host": "mail.example.com", "mail_port": "587", "mail_security": "starttls"}
        answer = admin.post("/settings/mail", data=values)
        assert answer.status_code == 422 and "mail.example.com" in answer.text

    def test_the_test_says_what_the_server_says(self, admin: Person, session: Session) -> None:
        assert admin.post("/settings/mail/test", data={"test_address": "a@example.com"}).status_code == 422
        with mail_server() as box:
            change_settings(session, mail_host="127.0.0.1", mail_port=box.port, mail_from="crm@example.com")
            change_settings(session, mail_security="none")
            session.commit()
            assert admin.post("/settings/mail/test", data={"test_address": "a@example.com"}).status_code == 303
            assert box.to == [["a@example.com"]]
            box.answers = ["550 not <here>"]
            refused = admin.post("/settings/mail/test", data={"test_address": "a@example.com"})
        assert refused.status_code == 422 and "550 not &lt;here&gt;" in refused.text
        assert session.scalars(select(MailMessage)).first() is None
