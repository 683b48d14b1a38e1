"""Somebody new: with a first password, by an emailed link, or with a printed slip (A-1)."""

import re

from lxml import html
from sqlalchemy import select

from crm.domain.platform.settings import change_settings
from crm.models import MailMessage, User
from tests.web.test_organisation import newcomer
from tests.web.visitor import Visitor


def reachable_by_mail(session):
    change_settings(session, mail_host="mail.example.com", mail_from="crm@example.com", mail_site="http://crm.lan:8000")
    session.commit()


def signed_in(app, login, password):
    client = app.test_client()
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/login").text).group(1)
    answer = client.post("/login", data={"csrf_token": token, "username": login, "password": password})
    return client if answer.status_code in (302, 303) else None


def test_by_an_emailed_link(app, as_user, session, cast):
    reachable_by_mail(session)
    sent = newcomer(session, first_login="email", password="")
    assert as_user("admin").post("/organisation/people", sent).status_code == 303
    person = session.scalars(select(User).where(User.login == "chang")).one()
    mail = session.scalars(select(MailMessage).where(MailMessage.user_id == person.id)).one()
    assert signed_in(app, "chang", "") is None
    visitor, link = Visitor(app), mail.private_url
    visitor.open(link)
    sent = {"New password": "klar-Wasser-8", "Confirm new password": "klar-Wasser-8"}
    assert visitor.send(sent).status_code == 303
    assert signed_in(app, "chang", "klar-Wasser-8") is not None
    assert visitor.open(link).status_code == 410, "once"


def test_without_a_mail_server_it_is_said(as_user, session, cast):
    answer = as_user("admin").post("/organisation/people", newcomer(session, first_login="email", password=""))
    assert answer.status_code == 422
    assert "郵件伺服器" in answer.text
    assert session.scalars(select(User).where(User.login == "chang")).first() is None


def test_by_a_printed_slip(app, as_user, session, cast):
    answer = as_user("admin").post("/organisation/people", newcomer(session, first_login="slip", password=""))
    assert answer.status_code == 200
    cells = [cell.text_content() for cell in html.fromstring(answer.text).xpath("//table//td[2]")]
    address, login, password = cells
    assert (login, address[:4]) == ("chang", "http")
    client = signed_in(app, "chang", password)
    assert client is not None
    assert client.get("/customers").headers["Location"].endswith("/password"), "to be changed first"
    assert "no-store" in answer.headers["Cache-Control"]
    assert "首次登錄：" in answer.text


def test_a_slip_for_somebody_who_forgot(app, as_user, session, cast):
    admin, wang = as_user("admin"), as_user("wang")
    answer = admin.post(f"/organisation/people/{cast.wang.id}/slip")
    assert "新密碼：" in answer.text and "首次登錄" not in answer.text
    password = html.fromstring(answer.text).xpath("//table//tr[3]/td[2]")[0].text_content()
    assert "/login" in wang.client.get("/customers").headers["Location"]
    assert signed_in(app, "wang", cast.password) is None
    assert signed_in(app, "wang", password) is not None
    assert admin.post(f"/organisation/people/{cast.admin.id}/slip").status_code == 403


def test_an_invitation_later(as_user, session, cast):
    reachable_by_mail(session)
    admin = as_user("admin")
    answer = admin.post(f"/organisation/people/{cast.wang.id}/invite")
    assert answer.status_code == 409, "no address"
    cast.wang.email = "wang@example.com"
    assert admin.post(f"/organisation/people/{cast.wang.id}/invite").status_code == 303
    mail = session.scalars(select(MailMessage).where(MailMessage.user_id == cast.wang.id)).one()
    assert mail.address == "wang@example.com"
