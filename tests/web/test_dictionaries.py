"""定義業務字典 and the customer levels (D-1, P-4)."""

import pytest
from lxml import html
from sqlalchemy import func, select

from crm.blueprints.dictionaries import views
from crm.domain.platform import choice_merging
from crm.entities.custom_fields import attribute, dictionary_of
from crm.models import Customer, CustomerLevel, CustomField, DictionaryItem, Opportunity
from tests.dumping import differences, dump
from tests.factories import make_customer, make_opportunity


def item(session, dictionary, name):
    session.expire_all()
    wanted = select(DictionaryItem).where(DictionaryItem.dictionary == dictionary, DictionaryItem.name == name)
    return session.scalars(wanted).one()


def names(session, dictionary):
    session.expire_all()
    rows = select(DictionaryItem.name).where(DictionaryItem.dictionary == dictionary)
    return list(session.scalars(rows.order_by(DictionaryItem.position, DictionaryItem.id)))


def level(session, name):
    session.expire_all()
    return session.scalars(select(CustomerLevel).where(CustomerLevel.name == name)).one()


def test_a_new_item_is_in_the_form_at_once(as_user, session, cast):
    """The manual's task: 客戶來源, 新增, 字典名稱, 保存; then it is in the customer's form."""
    admin, wang = as_user("admin"), as_user("wang")
    assert "電視" not in wang.get("/customers/new").text
    assert "字典名稱" in admin.get("/dictionaries/customer_source/new").text
    assert admin.post("/dictionaries/customer_source", {"name": "電視"}).status_code == 303
    assert "電視" in wang.get("/customers/new").text
    assert names(session, "customer_source")[-1] == "電視"


def test_renaming_shows_on_old_records(as_user, session, cast):
    admin = as_user("admin")
    web = item(session, "customer_source", "網站")
    customer = make_customer(session, cast.wang, source_id=web.id)
    session.commit()
    assert admin.post(f"/dictionaries/items/{web.id}", {"version": web.version, "name": "網路"}).status_code == 303
    assert "網路" in as_user("wang").get(f"/customers/{customer.id}/details").text


@pytest.mark.parametrize("name", ["", "  ", "網站", "网站", "x" * 61])
def test_a_name_is_needed_and_given_once(as_user, session, cast, name):
    before = names(session, "customer_source")
    assert as_user("admin").post("/dictionaries/customer_source", {"name": name}).status_code == 422
    assert names(session, "customer_source") == before


def test_order(as_user, session, cast):
    admin = as_user("admin")
    third = item(session, "customer_status", "成交").id
    assert admin.post("/dictionaries/customer_status/arrange", {"up": third}).status_code == 303
    assert names(session, "customer_status") == ["潛在", "成交", "意向", "流失"]
    for _ in range(3):
        admin.post("/dictionaries/customer_status/arrange", {"down": third})
    assert names(session, "customer_status") == ["潛在", "意向", "流失", "成交"]


def test_a_retired_item_stays_on_old_records_only(as_user, session, cast):
    admin, wang = as_user("admin"), as_user("wang")
    web = item(session, "customer_source", "網站")
    customer = make_customer(session, cast.wang, source_id=web.id)
    session.commit()
    assert admin.post("/dictionaries/customer_source/arrange", {"retire": web.id}).status_code == 303
    assert "網站" not in wang.get("/customers/new").text
    assert "網站" in wang.get(f"/customers/{customer.id}/details").text
    admin.post("/dictionaries/customer_source/arrange", {"restore": web.id})
    assert "網站" in wang.get("/customers/new").text


def test_one_default_a_dictionary(as_user, session, cast):
    admin = as_user("admin")
    first, second = item(session, "customer_status", "潛在").id, item(session, "customer_status", "意向").id
    for chosen in (first, second):
        admin.post("/dictionaries/customer_status/arrange", {"default": chosen})
    session.expire_all()
    assert [i.id for i in session.scalars(select(DictionaryItem).where(DictionaryItem.is_default))] == [second]
    form = as_user("wang").get("/customers/new").text
    assert f'<option value="{second}" selected>' in form


def test_what_is_in_use_cannot_be_deleted(as_user, session, cast):
    """Hostile case 33; also where only the ledger or a deleted record still names it."""
    admin = as_user("admin")
    used, free = item(session, "customer_source", "網站"), item(session, "customer_source", "展會")
    customer = make_customer(session, cast.wang, source_id=used.id)
    customer.deleted_at = customer.created_at
    session.commit()
    assert ">是<" not in admin.get(f"/dictionaries/items/{used.id}/delete").text
    assert admin.post(f"/dictionaries/items/{used.id}/delete").status_code == 409
    assert ">是<" in admin.get(f"/dictionaries/items/{free.id}/delete").text
    assert admin.post(f"/dictionaries/items/{free.id}/delete").status_code == 303
    assert "網站" in names(session, "customer_source")
    assert "展會" not in names(session, "customer_source")


def test_a_status_of_the_past_cannot_be_deleted(as_user, session, cast, actor):
    from crm.domain.customers.customers import change_status

    lead, deal = item(session, "customer_status", "潛在"), item(session, "customer_status", "成交")
    customer = make_customer(session, cast.wang, status_id=lead.id)
    change_status(session, customer, deal.id, actor(cast.wang))
    session.commit()
    assert as_user("admin").post(f"/dictionaries/items/{lead.id}/delete").status_code == 409


def test_a_region_of_a_province_cannot_be_deleted(as_user, session, cast):
    region = item(session, "region", "華東")
    assert as_user("admin").post(f"/dictionaries/items/{region.id}/delete").status_code == 409


def test_stages_have_a_percentage_and_terms_have_days(as_user, session, cast):
    admin = as_user("admin")
    for wrong in ("101", "-1", "x", ""):
        assert admin.post("/dictionaries/opportunity_stage", {"name": "新階段", "value": wrong}).status_code == 422
    assert admin.post("/dictionaries/opportunity_stage", {"name": "新階段", "value": "６0"}).status_code == 303
    assert item(session, "opportunity_stage", "新階段").value == 60
    assert admin.post("/dictionaries/payment_terms", {"name": "月結45天", "value": "45"}).status_code == 303
    assert item(session, "payment_terms", "月結45天").value == 45


def test_two_people_rename_one_item(as_user, session, cast):
    admin, web = as_user("admin"), item(session, "customer_source", "網站")
    data = {"version": web.version}
    assert admin.post(f"/dictionaries/items/{web.id}", {**data, "name": "網路"}).status_code == 303
    late = admin.post(f"/dictionaries/items/{web.id}", {**data, "name": "官網"})
    assert late.status_code == 409
    assert "網路" in late.text
    assert "官網" in late.text


def test_a_button_names_one_row_of_its_own_list(as_user, session, cast):
    admin, other = as_user("admin"), item(session, "industry", "教育").id
    url = "/dictionaries/customer_status/arrange"
    for data, code in (({}, 400), ({"up": other}, 404), ({"retire": "x"}, 404), ({"up": "1", "down": "1"}, 400)):
        assert admin.post(url, data).status_code == code
    assert admin.get("/dictionaries/nothing").status_code == 404
    assert not item(session, "industry", "教育").retired


def test_without_the_right_nothing_opens(as_user, session, cast):
    wang, before = as_user("wang"), session.scalar(select(func.count()).select_from(DictionaryItem))
    web = item(session, "customer_source", "網站").id
    for url in ("/dictionaries", "/dictionaries/customer_source", f"/dictionaries/items/{web}", "/policy/levels"):
        assert wang.get(url).status_code == 403
    for url in (
        "/dictionaries/customer_source",
        f"/dictionaries/items/{web}",
        f"/dictionaries/items/{web}/delete",
        "/dictionaries/customer_source/arrange",
        "/policy/levels",
        "/policy/levels/1",
        "/policy/levels/1/delete",
        "/policy/levels/arrange",
    ):
        assert wang.post(url, {"name": "X", "retire": web}).status_code == 403
    assert session.scalar(select(func.count()).select_from(DictionaryItem)) == before
    assert not item(session, "customer_source", "網站").retired


def test_a_manager_looks_at_levels_and_changes_them(as_user, session, cast):
    manager = as_user("manager")
    page = manager.get("/policy/levels").text
    assert [page.index(name) for name in ("重要客戶", "一般客戶", "潛在客戶", "低價值客戶")] == sorted(
        page.index(name) for name in ("重要客戶", "一般客戶", "潛在客戶", "低價值客戶")
    )
    data = {"name": "戰略客戶", "reminder_days": "1", "colour": "purple"}
    assert manager.post("/policy/levels", data).status_code == 303
    made = level(session, "戰略客戶")
    assert (made.reminder_days, made.colour, made.retired) == (1, "purple", False)
    assert "戰略客戶" in as_user("wang").get("/customers/new").text


def test_a_level_in_use_is_retired_not_deleted(as_user, session, cast):
    manager, important = as_user("manager"), level(session, "重要客戶")
    make_customer(session, cast.wang, level_id=important.id)
    session.commit()
    assert manager.post(f"/policy/levels/{important.id}/delete").status_code == 409
    assert manager.post("/policy/levels/arrange", {"retire": important.id}).status_code == 303
    assert level(session, "重要客戶").retired
    assert "重要客戶" not in as_user("wang").get("/customers/new").text


@pytest.mark.parametrize("wrong", [{"colour": "pink"}, {"reminder_days": "-1"}, {"reminder_days": "abc"}, {"name": ""}])
def test_a_wrong_level_is_refused(as_user, session, cast, wrong):
    data = {"name": "新等級", "reminder_days": "5", "colour": "red", **wrong}
    assert as_user("manager").post("/policy/levels", data).status_code == 422
    assert session.scalar(select(func.count()).select_from(CustomerLevel)) == 4


def test_a_level_without_days(as_user, session, cast):
    important = level(session, "重要客戶")
    data = {"version": important.version, "name": "重要客戶", "reminder_days": "", "colour": "red"}
    assert as_user("manager").post(f"/policy/levels/{important.id}", data).status_code == 303
    assert level(session, "重要客戶").reminder_days is None


def test_an_item_is_merged_into_another_and_its_uses_follow(as_user, session, cast):
    """D-1: counts lead to the records; what was chosen before names the other item afterwards."""
    wrong, right = (DictionaryItem(dictionary="customer_source", name=name) for name in ("網路", "網路廣告"))
    session.add_all([wrong, right])
    session.flush()
    customer = make_customer(session, cast.wang, name="大同書局", source_id=wrong.id)
    session.commit()
    wrong_id = wrong.id
    admin = as_user("admin")
    page = html.fromstring(admin.get("/dictionaries/customer_source").text)
    (url,) = (href for href in page.xpath("//td/a/@href") if href.startswith("/customers?"))
    assert "大同書局" in admin.get(url).text
    asked = admin.get(f"/dictionaries/items/{wrong_id}/merge")
    assert "網路廣告" in asked.text
    refused = admin.post(f"/dictionaries/items/{wrong_id}/merge", {"version": wrong.version, "into": wrong_id})
    assert refused.status_code == 422
    assert admin.post(f"/dictionaries/items/{wrong_id}/merge", {"version": "99", "into": right.id}).status_code == 409
    done = admin.post(f"/dictionaries/items/{wrong_id}/merge", {"version": wrong.version, "into": right.id})
    assert done.status_code == 303
    assert customer.source_id == right.id
    assert session.get(DictionaryItem, wrong_id) is None


@pytest.fixture
def two(session, cast):
    """An item that is merged into another one, with a customer each, an opportunity and a line of history."""
    items = [DictionaryItem(dictionary="customer_source", name=name, position=90) for name in ("網路", "網路廣告")]
    items[0].is_default = True
    session.add_all(items)
    session.flush()
    customers = [make_customer(session, cast.wang, name=one.name, source_id=one.id) for one in items]
    make_opportunity(session, customers[1], cast.wang, "機會", source_id=items[0].id)
    session.commit()
    return items


def merged(admin, session, wrong, right):
    answer = admin.post(f"/dictionaries/items/{wrong.id}/merge", {"version": wrong.version, "into": right.id})
    assert answer.status_code == 303
    session.expire_all()
    page = html.fromstring(admin.get(f"/dictionaries/{right.dictionary}").text)
    return page.xpath("//a[contains(@href, '/dictionaries/merges/')]/@href")


def test_merged_and_apart_again_the_database_is_as_it_was(as_user, session, two):
    """D-1: a wrong click in a list of choices must not be final."""
    admin, (wrong, right) = as_user("admin"), two
    before = dump(session)
    (url,) = merged(admin, session, wrong, right)
    assert dump(session)["dictionary_items"] != before["dictionary_items"]
    assert "網路" in admin.get(url).text
    assert admin.post(url).status_code == 303
    session.expire_all()
    assert set(differences(before, dump(session))) <= {"login_sessions"}
    assert admin.get(url).status_code == 404
    assert admin.post(url).status_code == 404


def test_what_somebody_has_changed_since_the_merge_stays(as_user, session, two):
    admin, (wrong, right) = as_user("admin"), two
    (url,) = merged(admin, session, wrong, right)
    customer = session.scalars(select(Customer).where(Customer.name == "網路")).one()
    other = item(session, "customer_source", "網站")
    customer.source_id = other.id
    session.commit()
    assert "1 筆" in admin.get(url).text
    admin.post(url)
    session.expire_all()
    assert customer.source_id == other.id
    back = session.scalars(select(DictionaryItem).where(DictionaryItem.name == "網路")).one()
    assert [one.source_id for one in session.scalars(select(Opportunity))] == [back.id]


def test_a_name_that_is_taken_again_is_told(as_user, session, two):
    admin, (wrong, right) = as_user("admin"), two
    (url,) = merged(admin, session, wrong, right)
    admin.post("/dictionaries/customer_source", {"name": "網路"})
    refused = admin.post(url)
    assert refused.status_code == 409
    assert "已有此名稱" in refused.text
    assert len(session.scalars(select(DictionaryItem).where(DictionaryItem.name == "網路")).all()) == 1


def test_the_later_merge_is_undone_first(as_user, session, two):
    admin, (wrong, right) = as_user("admin"), two
    before = dump(session)
    (first,) = merged(admin, session, wrong, right)
    third = item(session, "customer_source", "網站")
    second, _first = merged(admin, session, right, third)
    assert admin.post(first).status_code == 409
    assert admin.post(second).status_code == 303
    assert admin.post(first).status_code == 303
    session.expire_all()
    assert set(differences(before, dump(session))) <= {"login_sessions"}


def test_of_too_many_it_says_before_that_it_is_final(as_user, session, two, monkeypatch):
    admin, (wrong, right) = as_user("admin"), two
    assert "30 天內可以撤銷" in admin.get(f"/dictionaries/items/{wrong.id}/merge").text
    for module in (choice_merging, views):
        monkeypatch.setattr(module, "MAX_UNDOABLE", 1)
    assert "無法撤銷" in admin.get(f"/dictionaries/items/{wrong.id}/merge").text
    assert merged(admin, session, wrong, right) == []


def speak(session, person, language):
    person.language = language
    session.commit()


SPOKEN = [("zh_Hant", "電子郵件"), ("zh_Hans", "电子邮件"), ("en", "Email")]


@pytest.mark.parametrize(("language", "name"), SPOKEN)
def test_what_comes_with_the_program_is_called_in_the_readers_language(as_user, session, cast, language, name):
    method = item(session, "contact_method", "電子郵件")
    speak(session, cast.admin, language)
    admin = as_user("admin")
    shown = html.fromstring(admin.get("/dictionaries/contact_method").text)
    assert name in shown.xpath("//table//a/text()")
    form = html.fromstring(admin.get(f"/dictionaries/items/{method.id}").text)
    assert form.xpath("//input[@name='name']/@value") == [name]
    assert name in admin.get("/records/new").text or name in admin.get("/records").text


def test_every_name_of_it_is_understood_by_a_search(as_user, session, cast):
    web = item(session, "customer_source", "網站")
    make_customer(session, cast.wang, name="大同書局", source_id=web.id)
    speak(session, cast.wang, "en")
    for typed in ("網站", "网站", "website"):
        found = as_user("wang").get("/customers", query_string={"af": "source_id", "ao": "is", "av": typed}).text
        assert "大同書局" in found, typed


def test_saved_as_it_is_it_keeps_its_names_and_renamed_it_is_the_firms(as_user, session, cast):
    web = item(session, "customer_source", "網站")
    speak(session, cast.admin, "en")
    admin = as_user("admin")
    assert admin.post(f"/dictionaries/items/{web.id}", {"version": web.version, "name": "Website"}).status_code == 303
    session.expire_all()
    assert (web.name, web.built_in) == ("網站", "網站")
    assert admin.post(f"/dictionaries/items/{web.id}", {"version": web.version, "name": "官網"}).status_code == 303
    session.expire_all()
    assert (web.name, web.built_in) == ("官網", None)
    for language in ("zh_Hant", "zh_Hans", "en"):
        speak(session, cast.wang, language)
        assert "官網" in as_user("wang").get("/customers/new").text


@pytest.mark.parametrize("name", ["Website", "网站"])
def test_a_name_that_an_item_has_in_another_language_is_taken(as_user, session, cast, name):
    assert as_user("admin").post("/dictionaries/customer_source", {"name": name}).status_code == 422


def test_levels_are_called_so_too(as_user, session, cast):
    speak(session, cast.admin, "en")
    assert "Key account" in as_user("admin").get("/policy/levels").text


def test_uses_of_a_choice_of_the_firms_own_lead_to_its_records(as_user, session, cast):
    admin = as_user("admin")
    sent = {"label": "用途", "kind": "several", "items": "自用\n送禮", "entity": "customers"}
    assert admin.post("/custom-fields/customers", sent).status_code == 303
    session.expire_all()
    field = session.scalars(select(CustomField)).one()
    gift, own = item(session, dictionary_of(field.id), "送禮"), attribute(field)
    make_customer(session, cast.wang, name="大同書局", **{own: (gift.id,)})
    session.commit()
    page = html.fromstring(admin.get(f"/dictionaries/{gift.dictionary}").text)
    (link,) = page.xpath("//td/a[contains(., '客戶') and contains(., '1')]/@href")
    assert "大同書局" in admin.get(link).text
