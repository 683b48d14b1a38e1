"""The pages of the recycle bin, as people meet them (A-10)."""

from datetime import UTC, datetime

import pytest
from lxml import html
from sqlalchemy import select

from crm.domain.platform.deletion import delete_record
from crm.models import Customer, Deletion, PersonalGrant, SalesTarget
from crm.models.permissions import Permission, Scope
from tests.cast import actor_as
from tests.factories import make_contact, make_customer, make_target


@pytest.fixture
def customer(session, cast):
    customer = make_customer(session, cast.wang, name="大同書局")
    make_contact(session, customer, cast.wang, name="林小姐")
    session.commit()
    return customer


def tree(answer):
    assert answer.status_code in (200, 409), answer.get_data(as_text=True)[:2000]
    return html.fromstring(answer.get_data(as_text=True))


def text_of(answer):
    return " ".join(tree(answer).text_content().split())


def offered(answer):
    """The form beside the message that something is deleted."""
    return next((dict(form.form_values()) for form in tree(answer).forms if form.action == "/bin/restore"), None)


def names(answer):
    return [link.text for link in tree(answer).xpath("//table//tbody//td[2]//a")]


def test_the_message_after_deleting_offers_to_bring_it_back(as_user, session, customer):
    wang = as_user("wang")
    answer = wang.post(f"/customers/{customer.id}/delete")
    sent = offered(wang.get(answer.location))
    assert offered(wang.get("/customers")) is None  # said once
    back = wang.post("/bin/restore", sent)
    assert back.location == f"/customers/{customer.id}"
    assert "大同書局" in text_of(wang.get(back.location))
    assert wang.post("/bin/restore", sent).status_code == 404


def test_it_is_offered_in_place_too(as_user, customer):
    wang = as_user("wang").htmx("box")
    contact = customer.id
    answer = wang.post(f"/customers/{contact}/delete")
    assert answer.status_code == 200
    wang.headers = {}
    assert offered(wang.get("/customers")) is not None


def test_several_that_were_deleted_at_once_come_back_at_once(as_user, session, cast, customer):
    other = make_customer(session, cast.wang, name="泰山印刷")
    session.commit()
    wang = as_user("wang")
    sent = {"action": "delete", "ids": [customer.id, other.id], "confirmed": "1", "next": "/customers"}
    wang.post("/customers/bulk", sent)
    assert names(wang.get("/customers?q=大同")) == []
    page = wang.get("/customers")
    wang.post("/customers/bulk", {**sent, "ids": []})
    form = offered(page)
    if form is None:  # shown on the page before
        form = {"entries": " ".join(str(id) for id in session.scalars(select(Deletion.id)))}
    answer = wang.post("/bin/restore", {**form, "next": "/customers"})
    assert answer.location == "/customers"
    assert session.scalars(select(Customer.deleted_at)).all() == [None, None]


def test_the_list_is_searched_and_leads_to_the_entry(as_user, session, cast, customer):
    delete_record(session, customer, actor_as(session, cast.wang))
    admin = as_user("admin")
    assert names(admin.get("/bin")) == ["大同書局"]
    assert names(admin.get("/bin?q=大同")) == ["大同書局"]
    assert names(admin.get("/bin?q=泰山")) == []
    assert names(admin.get("/bin?kind=contacts")) == []
    assert names(admin.get(f"/bin?by={cast.wang.id}&kind=customers")) == ["大同書局"]
    row = text_of(admin.get("/bin"))
    assert "聯繫人 1" in row
    assert "王小明" in row
    entry = session.scalars(select(Deletion)).one()
    page = text_of(admin.get(f"/bin/{entry.id}"))
    assert "林小姐" in page
    assert admin.post(f"/bin/{entry.id}/restore").location == f"/customers/{customer.id}"
    assert names(admin.get("/bin")) == []


def test_a_colleague_neither_finds_nor_restores_it(as_user, session, cast, customer):
    delete_record(session, customer, actor_as(session, cast.wang))
    entry = session.scalars(select(Deletion)).one()
    li = as_user("li")
    assert li.get("/bin").status_code == 403
    session.add(PersonalGrant(user_id=cast.li.id, permission=Permission.BIN_VIEW, scope=Scope.OWN))
    assert names(li.get("/bin")) == []
    assert li.get(f"/bin/{entry.id}").status_code == 404
    assert li.post(f"/bin/{entry.id}/restore").status_code == 404
    assert li.post("/bin/restore", {"entries": str(entry.id)}).status_code == 404
    assert li.post(f"/bin/{entry.id}/purge").status_code == 403
    li.post("/bin/bulk", {"action": "restore", "ids": str(entry.id), "confirmed": "1"})
    session.refresh(customer)
    assert customer.deleted_at is not None


def test_what_took_its_place_is_asked_about(as_user, session, cast):
    first = make_target(session, cast.wang, cast.manager)
    delete_record(session, first, actor_as(session, cast.manager))
    second = make_target(session, cast.wang, cast.manager)
    session.commit()
    entry = session.scalars(select(Deletion)).one()
    manager = as_user("manager")
    asked = manager.post("/bin/restore", {"entries": str(entry.id)})
    assert asked.location == f"/bin/{entry.id}"
    page = manager.post(f"/bin/{entry.id}/restore")
    assert page.status_code == 409
    (answer,) = tree(page).xpath("//input[@name='answers']/@value")
    assert manager.post(f"/bin/{entry.id}/restore", {"answers": answer}).status_code == 303
    session.expire_all()
    assert (first.deleted_at, second.deleted_at is None) == (None, False)
    assert len(session.scalars(select(SalesTarget)).all()) == 2


def test_deleting_for_good_is_asked_first(as_user, session, cast, customer):
    delete_record(session, customer, actor_as(session, cast.wang))
    entry_id = session.scalars(select(Deletion.id)).one()
    admin = as_user("admin")
    assert "大同書局" in text_of(admin.get(f"/bin/{entry_id}/purge"))
    assert session.scalars(select(Customer)).one()
    assert admin.post(f"/bin/{entry_id}/purge").location == "/bin"
    assert session.scalars(select(Customer)).all() == []
    assert admin.get(f"/bin/{entry_id}").status_code == 404


def test_several_entries_at_once(as_user, session, cast, customer):
    others = [make_customer(session, cast.wang) for _ in range(3)]
    for one in (customer, *others):
        delete_record(session, one, actor_as(session, cast.wang, datetime.now(UTC)))
    ids = session.scalars(select(Deletion.id)).all()
    admin = as_user("admin")
    admin.post("/bin/bulk", {"action": "restore", "ids": ids[:2], "confirmed": "1"})
    assert len(session.scalars(select(Customer).where(Customer.deleted_at.is_(None))).all()) == 2
    admin.post("/bin/bulk", {"action": "purge", "ids": ids[2:], "confirmed": "1"})
    assert len(session.scalars(select(Customer)).all()) == 2
    assert session.scalars(select(Deletion)).all() == []


def test_what_was_deleted_at_once_is_one_line_and_comes_back_at_once(as_user, session, cast, customer):
    """A bulk deletion is one entry with its counts; each record can also come back alone (A-10)."""
    make_contact(session, customer, cast.wang)
    others = [make_customer(session, cast.wang, name=name) for name in ("泰山印刷", "小同書局")]
    make_contact(session, others[0], cast.wang)
    session.commit()
    admin, ids = as_user("admin"), [customer.id, *(one.id for one in others)]
    admin.post("/customers/bulk", {"action": "delete", "ids": ids, "confirmed": "1"})
    (line,) = tree(admin.get("/bin")).xpath("//table//tbody/tr")
    told = " ".join(line.text_content().split())
    assert "共 3 筆" in told
    assert "聯繫人 3" in told
    assert len(tree(admin.get("/bin?q=泰山")).xpath("//table//tbody/tr")) == 1
    second = session.scalars(select(Deletion.id).where(Deletion.name == "泰山印刷")).one()
    assert admin.post(f"/bin/{second}/restore").status_code == 303
    (line,) = tree(admin.get("/bin")).xpath("//table//tbody/tr")
    assert "共 2 筆" in " ".join(line.text_content().split())
    (url,) = line.xpath(".//td[2]//a/@href")
    page = tree(admin.get(url))
    assert "小同書局" in page.text_content()
    form = next(form for form in page.forms if form.action.endswith("/bin/restore"))
    assert admin.post("/bin/restore", dict(form.form_values())).status_code == 303
    session.expire_all()
    assert [one.deleted_at for one in (customer, *others)] == [None] * 3
    assert tree(admin.get("/bin")).xpath("//table//tbody/tr") == []


def test_ticking_the_line_takes_all_of_it(as_user, session, cast, customer):
    other = make_customer(session, cast.wang, name="泰山印刷")
    session.commit()
    admin = as_user("admin")
    admin.post("/customers/bulk", {"action": "delete", "ids": [customer.id, other.id], "confirmed": "1"})
    first = session.scalars(select(Deletion.id).order_by(Deletion.id)).first()
    asked = admin.post("/bin/bulk", {"action": "restore", "ids": [first]})
    assert "2" in asked.text
    admin.post("/bin/bulk", {"action": "purge", "ids": [first], "confirmed": "1"})
    session.expire_all()
    assert session.scalars(select(Customer)).all() == []


def test_many_that_were_deleted_in_the_background_are_one_line_too(as_user, session, cast):
    customers = [make_customer(session, cast.wang, name=f"書局{n:02}") for n in range(25)]
    session.commit()
    wang, ids = as_user("wang"), [str(one.id) for one in customers]
    answer = wang.post("/customers/bulk", {"action": "delete", "ids": ids, "confirmed": "1", "next": "/customers"})
    shown = wang.get(answer.location)
    page = tree(wang.get(shown.location) if shown.status_code == 303 else shown)
    assert len(set(session.scalars(select(Deletion.batch)))) == 1
    form = offered_in(page)
    done = wang.post("/bin/restore", form)
    assert done.status_code == 303
    wang.get(done.location)
    session.expire_all()
    assert {one.deleted_at for one in customers} == {None}


def offered_in(page):
    return dict(next(form for form in page.forms if form.action.endswith("/bin/restore")).form_values())
