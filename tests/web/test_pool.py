"""Q-1 to Q-4, C-7, P-1 through the pages."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html
from sqlalchemy import select

from crm.domain.platform.settings import change_settings, read_settings
from crm.errors import DomainError
from crm.extensions import db
from crm.jobs import bulk_work, long_tasks
from crm.jobs.progress import RunningTask
from crm.models import Contact, Customer, JobRun, LongTask, Notice, PersonalGrant, RoleMember
from crm.web.background_work import runner
from crm.web.table.bulk import background
from crm.web.table.bulk import page as bulk_page
from tests.factories import level, make_contact, make_customer
from tests.web.test_customer_pages import rows

OLD = datetime.now(UTC) - timedelta(days=60)


def text(answer):
    return " ".join(html.fromstring(answer.get_data(as_text=True)).text_content().split())


def labels(answer):
    """The texts of the labels, with the control each is for."""
    page = html.fromstring(answer.get_data(as_text=True))
    return {label.text_content(): page.get_element_by_id(label.get("for")) for label in page.xpath("//label[@for]")}


def buttons(answer):
    page = html.fromstring(answer.get_data(as_text=True))
    found = page.xpath("//*[@class='actions' or @class='buttons']//*[self::a or self::button]")
    return [b.text_content() for b in found]


@pytest.fixture
def pool(session, cast):
    made = [make_customer(session, cast.manager, name=f"池{n}有限公司", pooled=True) for n in range(3)]
    session.commit()
    return made


@pytest.fixture
def recycling(session):
    change_settings(session, recycle_on=True, recycle_days=7)
    session.commit()


def test_everybody_with_the_view_sees_the_pool_and_its_contacts(as_user, session, cast, pool):
    make_contact(session, pool[0], cast.manager, name="池中人")
    wang = as_user("wang")
    assert [row[:6] for row in rows(wang.get("/pool"))] == [c.name[:6] for c in pool]
    assert wang.get(f"/customers/{pool[0].id}").status_code == 200
    assert "池中人" in text(wang.get(f"/customers/{pool[0].id}/contacts"))
    assert rows(wang.get("/pool/recycled")) == []
    assert as_user("finance").get("/pool").status_code == 403


def test_a_new_customer_in_the_pool_has_no_owner(as_user, session, cast):
    manager = as_user("manager")
    assert manager.post("/pool", {"name": ""}).status_code == 422
    assert '/pool"' in manager.post("/pool", {"name": ""}).get_data(as_text=True)
    answer = manager.post("/pool", {"name": "無主公司", "main_contact": "丁先生"})
    assert answer.status_code == 303
    customer = session.scalars(select(Customer)).one()
    assert (customer.owner_id, customer.pool) == (None, "pool")
    assert session.scalars(select(Contact.name)).all() == ["丁先生"]
    assert as_user("wang").post("/pool", {"name": "x"}).status_code == 403


def test_a_manager_ticks_customers_and_chooses_a_salesperson_in_the_tree(as_user, session, cast, pool):
    manager = as_user("manager")
    ids = [pool[0].id, pool[2].id]
    asked = manager.post("/pool/bulk", {"action": "assign", "ids": ids})
    assert labels(asked)["王小明"].get("type") == "radio"
    assert "周會計" not in labels(asked)
    sent = {"action": "assign", "ids": ids, "confirmed": "1"}
    assert manager.post("/pool/bulk", sent).status_code == 422
    answer = manager.post("/pool/bulk", {**sent, "owner_id": cast.li.id})
    assert answer.status_code == 303
    assert [c.owner_id for c in pool] == [cast.li.id, None, cast.li.id]
    assert [(n.user_id, n.values["count"]) for n in session.scalars(select(Notice))] == [(cast.li.id, 2)]
    assert as_user("li").get(f"/customers/{pool[0].id}").status_code == 200


def test_a_salesperson_claims_and_the_next_one_is_told_who(as_user, session, cast, pool):
    wang, li = as_user("wang"), as_user("li")
    url = f"/pool/{pool[0].id}/claim"
    assert "200" in text(li.get(url))
    assert wang.post(url).status_code == 303
    assert pool[0].owner_id == cast.wang.id
    late = li.post(url)
    assert late.status_code == 409 and "王小明" in text(late)
    bulk = li.post("/pool/bulk", {"action": "claim", "ids": [pool[0].id, pool[1].id], "confirmed": "1"})
    told = text(li.get(bulk.location))
    assert "王小明" in told
    assert [c.owner_id for c in pool] == [cast.wang.id, cast.li.id, None]


def test_claiming_tells_nothing_of_customers_that_never_were_in_the_pool(as_user, session, cast):
    customer = make_customer(session, cast.wang, name="王的客戶")
    li = as_user("li")
    for answer in (li.get(f"/pool/{customer.id}/claim"), li.post(f"/pool/{customer.id}/claim")):
        assert answer.status_code == 404 and "王小明" not in text(answer)


def test_where_the_policy_forbids_claiming_there_is_no_button_and_no_way(as_user, session, cast, pool):
    wang = as_user("wang")
    assert "/claim" in wang.get("/pool").get_data(as_text=True)
    change_settings(session, claim_on=False)
    assert "/claim" not in wang.get("/pool").get_data(as_text=True)
    assert wang.post(f"/pool/{pool[0].id}/claim").status_code == 403
    session.rollback()
    assert pool[0].owner_id is None


def test_the_owner_hands_a_customer_on_from_its_file(as_user, session, cast):
    customer = make_customer(session, cast.wang, name="交棒公司")
    wang = as_user("wang")
    assert {"變更客戶所屬人", "放入客戶池"} <= set(buttons(wang.get(f"/customers/{customer.id}")))
    url = f"/customers/{customer.id}/owner"
    assert "李小華" in labels(wang.get(url))
    assert wang.post(url, {"owner_id": ""}).status_code == 422
    assert wang.post(url, {"owner_id": cast.finance.id}).status_code == 422
    same = wang.post(url, {"owner_id": cast.wang.id})
    beside = html.fromstring(same.text).xpath("string(//fieldset[legend]/p[@class='error'])")
    assert (same.status_code, beside) == (422, "此客戶已屬於王小明。")
    answer = wang.post(url, {"owner_id": cast.li.id})
    assert (answer.status_code, answer.location) == (303, "/customers")
    assert customer.owner_id == cast.li.id
    assert wang.get(f"/customers/{customer.id}").status_code == 404
    assert "交棒公司" in session.scalars(select(Notice)).one().values["name"]


def test_a_rule_that_forbids_it_is_told_above_the_form(as_user, session, cast, monkeypatch):
    customer = make_customer(session, cast.wang)

    def refuse(*_):
        raise DomainError("This customer is already in the pool.")

    monkeypatch.setattr("crm.blueprints.pool.moves.transfer_customer", refuse)
    answer = as_user("wang").post(f"/customers/{customer.id}/owner", {"owner_id": cast.li.id})
    assert (answer.status_code, "此客戶已在客戶池中。" in text(answer)) == (409, True)
    assert labels(answer)["李小華"].get("checked") is not None


def test_the_owner_puts_a_customer_into_the_pool_and_others_do_not(as_user, session, cast):
    customer = make_customer(session, cast.wang)
    assert as_user("li").post(f"/customers/{customer.id}/pool").status_code == 404
    wang = as_user("wang")
    assert "question" in wang.get(f"/customers/{customer.id}/pool").get_data(as_text=True)
    answer = wang.post(f"/customers/{customer.id}/pool")
    assert answer.status_code == 303
    assert (customer.owner_id, customer.pool) == (None, "pool")
    assert wang.post(f"/customers/{customer.id}/pool").status_code == 409
    assert as_user("li").get(f"/customers/{customer.id}").status_code == 200


def test_a_form_open_during_the_recycling_is_refused(as_user, session, cast, recycling):
    """Hostile case 13: by the owner, who may not change pool customers, and by who may."""
    customer = make_customer(session, cast.wang, name="開著的檔案", now=OLD)
    opened = {"version": customer.version, "name": "搶先改名"}
    admin = as_user("admin")
    assert admin.post("/policy/recycling/run").status_code == 303
    assert customer.pool == "recycled"
    assert as_user("wang").post(f"/customers/{customer.id}", opened).status_code == 403
    assert admin.post(f"/customers/{customer.id}", opened).status_code == 409
    assert as_user("wang").post("/records", {"customer_id": customer.id, "content": "搶"}).status_code in (403, 422)
    session.rollback()
    assert customer.name == "開著的檔案"


def test_the_recycled_pool_says_whose_it_was_when_and_why(as_user, session, cast, recycling):
    make_customer(session, cast.wang, name="冷落公司", now=OLD)
    as_user("admin").post("/policy/recycling/run")
    (row,) = rows(as_user("li").get("/pool/recycled"))
    assert "冷落公司" in row and "王小明" in row and datetime.now(UTC).strftime("%m-") in row
    assert rows(as_user("li").get("/pool")) == []


def test_the_policy_page_says_what_it_does_and_runs_it_by_hand(as_user, session, cast):
    make_customer(session, cast.wang, name="閒置公司", now=OLD)
    admin = as_user("admin")
    assert "1" in text(admin.get("/policy/recycling/preview"))
    assert admin.post("/policy/recycling/run").status_code == 303
    assert session.scalars(select(JobRun)).all() == []
    important = level(session, "重要客戶").id
    sent = {
        "version": read_settings(session).version,
        "recycle_on": "1",
        "recycle_days": "7",
        "recycle_warn_days": "5",
        "recycle_exempt_levels": important,
        "claim_on": "1",
        "claim_most_owned": "20",
        "claim_most_a_day": "2",
    }
    assert admin.post("/policy/recycling", {**sent, "recycle_warn_days": "9"}).status_code == 422
    assert admin.post("/policy/recycling", {**sent, "recycle_exempt_levels": "999"}).status_code == 422
    session.rollback()
    assert admin.post("/policy/recycling", {**sent, "answer": "yes", "taken": "1"}).status_code == 303
    session.rollback()
    firm = read_settings(session)
    assert (firm.recycle_on, firm.recycle_days, firm.recycle_exempt_levels) == (True, 7, (important,))
    assert not firm.recycle_exempt_open_opportunities
    assert admin.post("/policy/recycling", sent).status_code == 409
    assert "閒置公司" in text(admin.get("/policy/recycling/preview"))
    assert admin.post("/policy/recycling/run").status_code == 303
    assert json.loads(session.scalars(select(JobRun)).one().result)[1] == {"recycled": 1, "warned": 0}
    assert as_user("wang").get("/policy/recycling").status_code == 403


def test_the_preview_names_only_customers_that_the_reader_may_see(as_user, session, cast, recycling):
    cast.li.unit_id = cast.admin.unit_id  # out of the manager's departments
    make_customer(session, cast.wang, name="看得見", now=OLD)
    make_customer(session, cast.li, name="看不見", now=OLD)
    page = text(as_user("manager").get("/policy/recycling/preview"))
    assert "看得見" in page and "看不見" not in page


def test_the_file_says_when_it_is_taken_back_and_the_panel_lists_it(as_user, session, cast, recycling):
    soon = make_customer(session, cast.wang, name="快回收", now=datetime.now(UTC) - timedelta(days=6))
    safe = make_customer(session, cast.wang, name="剛聯繫")
    day = (datetime.now(UTC).astimezone(read_settings(session).zone) + timedelta(days=2)).strftime("%Y-%m-%d")
    wang = as_user("wang")
    assert day in text(wang.get(f"/customers/{soon.id}"))
    panel = text(wang.get("/workbench/panels/recycling"))
    assert "快回收" in panel and day in panel and "剛聯繫" not in panel
    assert "快回收" not in text(as_user("li").get("/workbench/panels/recycling"))
    change_settings(session, recycle_exempt_levels=[level(session, "重要客戶").id])
    safe.level_id = level(session, "重要客戶").id
    shown = html.fromstring(wang.get(f"/customers/{safe.id}").get_data(as_text=True))
    assert shown.xpath("//div[@class='file-head']//dd")[3].text_content()
    assert "快回收" in text(as_user("manager").get("/workbench/panels/recycling"))


@pytest.fixture
def many(session, cast, monkeypatch):
    """More than are worked on within a request: the limits are lowered here, to spare time."""
    for module in (bulk_page, background):
        monkeypatch.setattr(module, "MAX_AT_ONCE", 50)
    monkeypatch.setattr(bulk_work, "STEP", 10)
    made = [make_customer(session, cast.manager, name=f"批量{n}有限公司", pooled=True) for n in range(52)]
    session.commit()
    return made


def test_large_changes_are_made_in_the_background(app, as_user, session, cast, many):
    manager = as_user("manager")
    sent = {"action": "assign", "all": "1", "next": "/pool?q=批量"}
    assert 'name="all"' in manager.get("/pool?q=批量").get_data(as_text=True)
    assert "52" in text(manager.post("/pool/bulk", sent))
    answer = manager.post("/pool/bulk", {**sent, "confirmed": "1", "owner_id": cast.wang.id})
    task = session.scalars(select(LongTask)).one()
    assert answer.location == f"/tasks/{task.id}"
    session.rollback()
    runner().finish()
    session.expire_all()
    assert (task.state, task.done, task.result["done"]) == ("done", 52, 52)
    assert {c.owner_id for c in many} == {cast.wang.id}
    assert "52" in text(manager.get(answer.location))
    assert as_user("wang").get(answer.location).status_code == 404
    assert [n.values["count"] for n in session.scalars(select(Notice))] == [52]


@pytest.fixture
def asked(app, session, cast, many):
    def ask():
        from tests.cast import actor_as

        payload = {"table": "pool", "action": "assign", "values": {"owner_id": str(cast.wang.id)}, "back": "/pool"}
        payload |= {"ids": [c.id for c in many]}
        task = long_tasks.request_task(session, "bulk", payload, actor_as(session, cast.manager), total=len(many))
        session.commit()
        return task

    return ask


def test_a_right_lost_before_the_background_begins_stops_it(session, cast, asked, many):
    """Hostile case 12."""
    task = asked()
    session.query(RoleMember).filter(RoleMember.user_id == cast.manager.id).delete()
    session.query(PersonalGrant).delete()
    session.commit()
    long_tasks.run_task(db.engine, task.id, lambda: datetime.now(UTC))
    session.expire_all()
    assert (task.state, task.done) == ("failed", 0)
    assert {c.owner_id for c in many} == {None}
    session.rollback()


def test_a_task_that_was_stopped_goes_on_where_it_stood(session, cast, asked, many, monkeypatch):
    task = asked()
    task_id = task.id
    real, steps = RunningTask.step, []

    def stopped(running):
        steps.append(1)
        if len(steps) == 3:
            raise KeyboardInterrupt
        return real(running)

    monkeypatch.setattr(RunningTask, "step", stopped)
    with pytest.raises(KeyboardInterrupt):
        long_tasks.run_task(db.engine, task_id, lambda: datetime.now(UTC))
    session.expire_all()
    assert (task.state, task.done) == ("running", 20)
    assert long_tasks.unfinished(db.engine) == [task.id]
    session.rollback()
    for _twice in range(2):
        long_tasks.run_task(db.engine, task_id, lambda: datetime.now(UTC))
    session.expire_all()
    assert (task.state, task.done, task.result) == ("done", 52, {"done": 52, "partly": 0, "refused": []})
    assert len(session.scalars(select(Notice)).all()) == 1


class TestFormerOwner:
    """Q-5 on every door: the list, the box, the file, the bulk action."""

    @pytest.fixture
    def given_back(self, as_user, session, cast):
        customer = make_customer(session, cast.wang, name="還回的客戶")
        session.commit()
        assert as_user("wang").post(f"/customers/{customer.id}/pool").status_code == 303
        return customer

    def test_claiming_is_not_offered_and_says_from_when_on(self, as_user, session, given_back):
        wang, id_ = as_user("wang"), given_back.id
        rows = html.fromstring(wang.get("/pool").text).xpath("//tbody/tr")
        (row,) = [r for r in rows if "還回的客戶" in r.text_content()]
        assert row.xpath(".//a[contains(@href, '/claim')]") == []
        assert "起可再次領取" in row.text_content()
        assert "不久前屬於您" in wang.get(f"/customers/{id_}").text
        asked = wang.get(f"/pool/{id_}/claim").text
        assert "不久前屬於您" in asked
        assert f'action="/pool/{id_}/claim"' not in asked
        assert wang.post(f"/pool/{id_}/claim").status_code == 409
        session.refresh(given_back)
        assert given_back.owner_id is None

    def test_nor_in_bulk(self, as_user, session, cast, given_back):
        other = make_customer(session, cast.manager, name="別的", pooled=True)
        session.commit()
        wang = as_user("wang")
        ticks = {"action": "claim", "ids": [given_back.id, other.id]}
        assert "不久前屬於您" in wang.post("/pool/bulk", ticks).text
        wang.post("/pool/bulk", {**ticks, "confirmed": "1"})
        session.expire_all()
        assert (given_back.owner_id, other.owner_id) == (None, cast.wang.id)

    def test_others_claim_it_and_a_manager_assigns_it(self, as_user, session, cast, given_back):
        assert as_user("li").post(f"/pool/{given_back.id}/claim").status_code == 303
        session.refresh(given_back)
        assert given_back.owner_id == cast.li.id

    def test_the_policy_names_the_days_in_three_languages(self, as_user, session):
        admin = as_user("admin")
        labels = {}
        for language in ("zh_Hant", "zh_Hans", "en"):
            admin.post("/language", {"language": language, "next": "/"})
            page = html.fromstring(admin.get("/policy/recycling").text)
            (box,) = page.xpath("//input[@name='claim_pause_days']")
            labels[language] = page.xpath("string(//label[@for=$id])", id=box.get("id"))
            assert box.get("value") == "7"
        assert labels == {
            "zh_Hant": "原所屬人再次領取的間隔天數",
            "zh_Hans": "原所属人再次领取的间隔天数",
            "en": "Days until a former owner may claim again",
        }
