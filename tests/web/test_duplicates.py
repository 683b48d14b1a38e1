"""C-3, P-3 through the pages: 檢索, 高級查重, asking before saving, forbidding, the policy's page."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from threading import Barrier
from urllib.parse import urlencode

import pytest
from lxml import html
from sqlalchemy import func, select

from crm.domain.customers.customers import save_customer
from crm.domain.customers.duplicates import DuplicatesFound
from crm.domain.platform.settings import change_settings, read_settings
from crm.extensions import db
from crm.jobs.database import write_session
from crm.models import Contact, Customer, User
from crm.models.table_versions import clear_cache
from tests.cast import actor_as
from tests.factories import make_contact, make_customer

NAME = "台灣積體電路製造股份有限公司"
SECRETS = ("5636688", "0935111222", "tsmc@example.com", "22099131", "絕密")
TYPED = {
    "name": "台積電製造",
    "phone": "035636688",
    "main_mobile": "0935-111-222",
    "email": "tsmc@example.com",
    "tax_number": "22099131",
    "website": "tsmc.com",
}


@pytest.fixture
def known(session, cast):
    """Li's customer, which Wang may not see."""
    customer = make_customer(
        session,
        cast.li,
        name=NAME,
        phone="03-5636688",
        email="tsmc@example.com",
        tax_number="22099131",
        website="https://www.tsmc.com/",
        notes="絕密",
    )
    make_contact(session, customer, cast.li, name="魏絕密", mobile="0935111222")
    session.commit()
    return customer


@pytest.fixture
def policy(session):
    def chosen(*attributes, forbids=False):
        change_settings(session, duplicate_fields=list(attributes), duplicate_forbids=forbids)
        session.commit()

    return chosen


def read(answer):
    return html.fromstring(answer.get_data(as_text=True))


def rows(answer):
    """Name, owner and reason of each like customer."""
    table = read(answer).xpath("//*[@aria-label='相似客戶']//tbody/tr")
    return [tuple(" ".join(cell.text_content().split()) for cell in row) for row in table]


def count(session, model=Customer):
    return session.scalar(select(func.count()).select_from(model))


# 檢索


def test_the_check_goes_by_the_policy(as_user, known, policy):
    policy("tax_number", "mobile")
    wang = as_user("wang")
    for sent in ({"tax_number": "22099131"}, {"phone": "0935 111 222"}, {"main_mobile": "0935111222"}):
        assert len(rows(wang.get("/customers/duplicates", query_string=sent))) == 1, sent
    for sent in ({"name": NAME}, {"phone": "03-5636688"}, {"website": "tsmc.com"}):
        assert rows(wang.get("/customers/duplicates", query_string=sent)) == [], sent


def test_name_owner_and_reason_are_shown_and_nothing_else(as_user, known, policy):
    """C-3, hostile case 8: of a customer that one may not see; no telephone but the one typed oneself."""
    policy("name", "phone", "mobile", "email", "tax_number", "website")
    wang = as_user("wang")
    for url in ("/customers/duplicates", "/customers/duplicates/advanced"):
        answer = wang.get(url, query_string={"name": NAME})
        assert rows(answer) == [(NAME, "李小華", "名稱相同")]
        assert [secret for secret in SECRETS if secret in answer.text] == []
        assert f"/customers/{known.id}" not in answer.text
    for url in ("/customers/duplicates", "/customers/duplicates/advanced"):
        found = rows(wang.get(url, query_string=TYPED))
        assert found == [(NAME, "李小華", "統一編號相同 · 手機相同 · 電子郵件相同 · 網址相同 · 電話相同")]


def test_who_may_see_the_customer_gets_a_link(as_user, session, cast, known):
    for login in ("li", "manager", "admin"):
        links = read(as_user(login).get("/customers/duplicates", query_string={"name": NAME})).xpath("//td/a/@href")
        assert links == [f"/customers/{known.id}"], login


def test_pools_are_named(as_user, session, cast):
    make_customer(session, cast.manager, name="池中物", pooled=True)
    recycled = make_customer(session, cast.manager, name="池中物", pooled=True)
    recycled.pool = "recycled"
    found = rows(as_user("wang").get("/customers/duplicates", query_string={"name": "池中物"}))
    assert {owner for _name, owner, _why in found} == {"客戶池", "回收池"}


def test_what_was_compared_is_said(as_user, known, policy):
    policy("name", "phone")
    wang = as_user("wang")
    assert "比對項目：客戶名稱 · 電話" in wang.get("/customers/duplicates?name=別家").text
    assert "沒有填寫可供比對的內容" in wang.get("/customers/duplicates?name=無&email=a@b.cc").text
    policy()
    assert "策略未選擇任何比對項目" in wang.get("/customers/duplicates?name=別家").text


def test_a_customer_in_its_own_form_is_not_like_itself(as_user, session, cast, known):
    li = as_user("li")
    page = read(li.get(f"/customers/{known.id}/edit"))
    for button in page.xpath("//button[@name='action' and @hx-get][@value='check' or @value='advanced']"):
        assert rows(li.get(button.get("hx-get"), headers={"HX-Request": "true"})) == []
        assert f"customer={known.id}" in button.get("hx-get")
    form = {"action": "check", "name": NAME, "version": "1"}
    assert rows(li.post(f"/customers/{known.id}", form)) == []


def test_without_scripts_the_buttons_send_the_form_and_keep_it(as_user, session, known, policy):
    policy("name")
    wang = as_user("wang")
    sent = {"name": "別家", "tax_number": "22099131", "notes": "打了很多字"}
    checked = wang.post("/customers", {**sent, "action": "check"})
    assert checked.status_code == 200 and rows(checked) == []
    advanced = wang.post("/customers", {**sent, "action": "advanced"})
    assert rows(advanced) == [(NAME, "李小華", "統一編號相同")]
    assert "打了很多字" in advanced.text
    assert count(session) == 1


# 高級查重


def test_the_advanced_check_takes_any_of_its_fields(as_user, known):
    wang = as_user("wang")
    page = read(wang.get("/customers/duplicates/advanced"))
    labels = [label.text_content() for label in page.xpath("//div[@id='content']//label")]
    assert labels == ["客戶名稱", "電話", "手機", "電子郵件", "統一編號", "網址"]
    for key, value in TYPED.items():
        sent = {key: NAME if key == "name" else value}
        answer = wang.get("/customers/duplicates/advanced", query_string=sent)
        assert len(rows(answer)) == 1, key
        assert read(answer).xpath(f"//input[@name='{key}']/@value") == list(sent.values())


@pytest.mark.parametrize("typed", ["%", "' OR 1=1 --", '"', "<script>alert(1)</script>", "x" * 5000, "\x01", "0" * 300])
def test_whatever_is_typed_is_only_compared(as_user, known, typed):
    query = urlencode(dict.fromkeys(TYPED, typed))
    for url in ("/customers/duplicates", "/customers/duplicates/advanced"):
        answer = as_user("wang").get(f"{url}?{query}&customer=abc")
        assert answer.status_code == 200
        assert rows(answer) == []
        assert "<script>alert" not in answer.text


def test_the_way_from_the_list_and_from_the_form(as_user):
    wang = as_user("wang")
    for url in ("/customers", "/customers/new"):
        assert read(wang.get(url)).xpath("//*[normalize-space()='高級查重']/@hx-get") == [
            "/customers/duplicates/advanced"
        ]


# Saving


def test_saving_asks_shows_why_and_goes_on(as_user, session, known, policy):
    policy("name", "tax_number")
    wang = as_user("wang")
    sent = {"name": "台积电", "short_name": "台積電", "tax_number": "22099131"}
    asked = wang.post("/customers", sent)
    assert asked.status_code == 422
    assert rows(asked) == [(NAME, "李小華", "統一編號相同")]
    assert count(session) == 1
    (button,) = read(asked).xpath("//form//button[normalize-space()='仍然保存']")
    assert wang.post("/customers", {**sent, button.get("name"): button.get("value")}).status_code == 303
    assert count(session) == 2


def test_another_name_is_asked_about_again(as_user, session, cast, known):
    """What the person has called another customer holds for those that were shown, not for whatever comes."""
    make_customer(session, cast.li, name="聯華電子股份有限公司")
    wang = as_user("wang")
    (value,) = read(wang.post("/customers", {"name": NAME})).xpath("//button[@name='save_anyway']/@value")
    again = wang.post("/customers", {"name": "联华电子", "save_anyway": value})
    assert again.status_code == 422
    assert "聯華電子股份有限公司" in again.text
    for nonsense in ("", "1 OR 1", "-1", "9" * 50, "²"):
        assert wang.post("/customers", {"name": NAME, "save_anyway": nonsense}).status_code in (303, 422)


def test_a_changed_customer_is_compared_by_what_changed(as_user, session, cast, known):
    mine = make_customer(session, cast.wang, name="別家", phone="03-563-6688")
    wang = as_user("wang")
    url = f"/customers/{mine.id}"
    assert wang.post(url, {"name": "別家", "phone": "035636688", "notes": "改"}).status_code == 303
    asked = wang.post(url, {"name": "台积电制造", "phone": "035636688"})
    assert asked.status_code == 303  # the core is another, and the telephone was there before
    asked = wang.post(url, {"name": "台湾积体电路制造", "phone": "035636688"})
    assert (asked.status_code, rows(asked)) == (422, [(NAME, "李小華", "名稱相同（不計公司類別）")])


def test_forbidding_is_told_beside_the_fields_and_nothing_is_saved(as_user, session, cast, known, policy):
    policy("name", "phone", "mobile", "email", "tax_number", "website", forbids=True)
    for login in ("wang", "admin"):
        person = as_user(login)
        refused = person.post("/customers", {**TYPED, "main_contact": "某", "notes": "留下來的字"})
        assert refused.status_code == 422
        page = read(refused)
        bad = page.xpath("//*[@aria-invalid='true']/@name")
        assert bad == ["phone", "main_mobile", "tax_number", "email", "website"]  # in the order of the form
        assert refused.text.count(f"已有此客戶：{NAME}") >= len(bad)
        assert page.xpath("//button[@name='save_anyway']") == []
        assert "留下來的字" in refused.text
        assert person.post("/customers", {**TYPED, "save_anyway": str(known.id)}).status_code == 422
    assert (count(session), count(session, Contact)) == (1, 1)


def test_the_pool_obeys_the_policy_too(as_user, session, cast, known, policy):
    policy("name", forbids=True)
    assert as_user("manager").post("/pool", {"name": NAME}).status_code == 422
    assert count(session) == 1


def test_two_people_save_the_same_customer_at_once_and_one_gets_in(session, cast, app, policy):
    """P-3: forbidding holds for eight at the same moment; seven see who was first."""
    policy("name", "phone", forbids=True)
    engine, start = db.engine, Barrier(8)
    names = ["大同股份有限公司", "大同有限公司", "大同", "大同(股)公司"] * 2
    wang = cast.wang.id
    session.commit()

    def save(name):
        with engine.connect():  # the connection is ready before the race
            start.wait()
        try:
            with write_session(engine) as own:
                save_customer(own, None, {"name": name}, actor_as(own, own.get_one(User, wang)), confirmed_ids=())
            return "saved"
        except DuplicatesFound as refused:
            return refused.duplicates[0].name

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda name: Context().run(save, name), names))
    session.expire_all()
    (only,) = session.scalars(select(Customer))
    assert sorted(answers) == sorted(["saved", *[only.name] * 7])


def test_two_forms_sent_at_once_make_one_customer(as_user, session, app, policy):
    """The same through the pages."""
    policy("phone", forbids=True)
    people = [as_user("wang"), as_user("li")]
    tokens = [person.token() for person in people]
    start = Barrier(2)

    def send(number):
        sent = {"csrf_token": tokens[number], "name": f"第{number}家", "phone": "02-2592-5252"}
        start.wait()
        return people[number].client.post("/customers", data=sent).status_code

    session.commit()
    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(lambda number: Context().run(send, number), range(2)))
    session.expire_all()
    assert answers == [303, 422]
    assert count(session) == 1


# The policy's page


def test_the_policy_says_what_it_does_and_how_many_are_alike(as_user, session, cast, known):
    make_customer(session, cast.wang, name="台灣積體電路製造", phone="03-563-6688")
    session.commit()
    text = as_user("manager").get("/policy/duplicates").text
    assert "客戶名稱 · 電話" in text and "由操作人員決定" in text and "目前有 2 個客戶" in text
    assert read(as_user("manager").get("/policy/recycling")).xpath("//nav//a[@href='/policy/duplicates']")


def test_the_policy_is_saved_and_holds(as_user, session, known):
    manager = as_user("manager")
    page = manager.get("/policy/duplicates")
    (version,) = read(page).xpath("//input[@name='version']/@value")
    sent = {"duplicate_fields": ["website", "tax_number"], "duplicate_forbids": "1", "version": version}
    assert manager.post("/policy/duplicates", sent).status_code == 303
    clear_cache()
    firm = read_settings(session)
    assert (firm.duplicate_fields, firm.duplicate_forbids) == (("tax_number", "website"), True)
    assert "統一編號 · 網址" in manager.get("/policy/duplicates").text
    assert as_user("wang").post("/customers", {"name": "別家", "website": "www.tsmc.com"}).status_code == 422
    assert as_user("wang").post("/customers", {"name": NAME}).status_code == 303
    assert manager.post("/policy/duplicates", sent).status_code == 409
    empty = {
        "duplicate_forbids": "0",
        "version": read(manager.get("/policy/duplicates")).xpath("//input[@name='version']/@value")[0],
    }
    assert manager.post("/policy/duplicates", empty).status_code == 303
    assert "目前不查重" in manager.get("/policy/duplicates").text


@pytest.mark.parametrize(("name", "wrong"), [("duplicate_fields", ["password_hash"]), ("duplicate_forbids", "2")])
def test_a_wrong_policy_is_refused(as_user, session, name, wrong):
    before = read_settings(session)
    sent = {"duplicate_fields": ["name"], "duplicate_forbids": "0", name: wrong}
    assert as_user("manager").post("/policy/duplicates", sent).status_code == 422
    clear_cache()
    assert read_settings(session) == before


def test_a_salesperson_may_not_set_it(as_user):
    wang = as_user("wang")
    assert wang.get("/policy/duplicates").status_code == 403
    assert wang.post("/policy/duplicates", {"duplicate_forbids": "1"}).status_code == 403
    assert "查重屬性" not in as_user("admin").get("/settings").text
