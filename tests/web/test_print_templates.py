"""打印管理: templates of each kind of document, their editor, versions and default (A-11)."""

import pytest
from lxml import html
from sqlalchemy import func, select

from crm.domain.prints.printed import PRINTED
from crm.domain.prints.sheets import template_problems
from crm.domain.prints.start import built_in_body, seed_print_templates
from crm.models import OperationLog, PrintTemplate, PrintTemplateVersion
from crm.web.server.upgrade import fill_start_values
from tests.cast import FOUNDED
from tests.factories import make_customer, make_order


@pytest.fixture
def default(session, cast):
    return session.scalars(select(PrintTemplate).where(PrintTemplate.module == "orders")).one()


def opened(person, url):
    """What the page's form sends unchanged."""
    form = html.fromstring(person.get(url).text).xpath("//form[@class='form']")[0]
    return {name: value for name, value in form.form_values() if name not in ("csrf_token", "once")}


def errors(answer):
    return [p.text_content() for p in html.fromstring(answer.text).xpath("//p[@class='error']")]


def sheet_text(answer):
    return html.fromstring(answer.text).xpath("//div[@class='sheet']")[0].text_content().strip()


@pytest.mark.parametrize("module", PRINTED)
def test_every_kind_begins_with_a_good_default(session, cast, module):
    template = session.scalars(select(PrintTemplate).where(PrintTemplate.module == module)).one()
    assert template.is_default
    assert template.body == built_in_body(module)
    assert template_problems(PRINTED[module], template.body) == []
    for part in ("{{firm.name}}", "{{label.document}}", "{{#lines}}", "<thead>"):
        assert part in template.body


def test_an_older_firm_gets_the_templates_when_the_program_is_upgraded(session, cast):
    for table in (PrintTemplateVersion, PrintTemplate):
        session.query(table).delete()
    session.commit()
    fill_start_values()
    assert session.scalar(select(func.count()).select_from(PrintTemplate)) == len(PRINTED)
    session.scalars(select(PrintTemplate)).first().body = "mine"
    seed_print_templates(session, "zh_Hant", FOUNDED)
    assert session.scalar(select(func.count()).select_from(PrintTemplate)) == len(PRINTED)
    assert session.scalar(select(PrintTemplate.id).where(PrintTemplate.body == "mine")) is not None


def test_the_list_has_a_tab_for_each_kind(as_user, cast):
    text = as_user("admin").get("/prints").text
    for tab in ("銷售機會", "機會報價", "銷售訂單", "銷售收款", "客戶"):
        assert tab in text
    assert as_user("admin").get("/prints?module=users").status_code == 404


def test_a_new_one_begins_as_a_copy_of_the_default(as_user, session, default):
    admin = as_user("admin")
    data = opened(admin, "/prints/new?module=orders")
    assert data["body"].strip() == default.body.strip()
    answer = admin.post("/prints?module=orders", {**data, "name": "送貨單", "body": "<p>{{code}}</p>"})
    assert answer.status_code == 303
    made = session.scalars(select(PrintTemplate).where(PrintTemplate.name == "送貨單")).one()
    assert (made.module, made.is_default, made.body) == ("orders", False, "<p>{{code}}</p>")
    assert "送貨單" in admin.get("/prints?module=orders").text


def test_the_editor_lists_the_fields_with_their_meaning(as_user, default):
    page = html.fromstring(as_user("admin").get(f"/prints/{default.id}").text)
    names = {
        row.xpath("string(.//code)"): row.text_content() for row in page.xpath("//table[contains(@class, 'names')]//tr")
    }
    assert "訂單編號" in names["{{code}}"]
    assert "單價" in names["{{line.price}}"]
    assert "大寫金額" in names["{{total_in_words}}"]
    assert not any("cost" in name for name in names)


def test_mistakes_are_told_beside_the_field_with_their_line(as_user, session, default):
    admin = as_user("admin")
    data = opened(admin, f"/prints/{default.id}")
    before = default.body
    answer = admin.post(f"/prints/{default.id}", {**data, "body": "<p>\n{{missing}}\n</p>\n{{> x}}\n<b>"})
    assert answer.status_code == 422
    told = errors(answer)
    assert any("第 2 行" in line and "{{missing}}" in line for line in told)
    assert any("第 4 行" in line for line in told)
    assert any("第 5 行" in line and "<b>" in line for line in told)
    assert "{{missing}}" in answer.text
    session.refresh(default)
    assert default.body == before


@pytest.mark.parametrize("body", ["", "x" * 300_001, "{{#lines}}" * 3, "<div>" * 9_000])
def test_a_wrong_text_is_refused(as_user, session, default, body):
    admin = as_user("admin")
    data = opened(admin, f"/prints/{default.id}")
    assert admin.post(f"/prints/{default.id}", {**data, "body": body}).status_code == 422


def test_a_name_stands_once_in_the_list(as_user, session, default):
    admin = as_user("admin")
    answer = admin.post("/prints?module=orders", {"name": default.name, "body": "x"})
    assert answer.status_code == 422
    assert admin.post("/prints?module=quotes", {"name": "新格式", "body": "x"}).status_code == 303
    assert admin.post("/prints?module=orders", {"name": "新格式", "body": "x"}).status_code == 303


def test_what_is_never_printed_is_told(as_user, default):
    admin = as_user("admin")
    data = opened(admin, f"/prints/{default.id}")
    body = '<p onclick="x()">{{code}}</p><script>x()</script>'
    assert admin.post(f"/prints/{default.id}", {**data, "body": body}).status_code == 303
    text = html.fromstring(admin.get(f"/prints/{default.id}").text).xpath("string(//*[@id='messages'])")
    assert "onclick=" in text
    assert "<script>" in text


def test_versions_say_who_and_when_and_come_back(as_user, session, default):
    admin = as_user("admin")
    data = opened(admin, f"/prints/{default.id}")
    admin.post(f"/prints/{default.id}", {**data, "body": "<p>二 {{code}}</p>"})
    page = admin.get(f"/prints/{default.id}/versions").text
    assert "管理員" in page
    texts = list(session.scalars(select(PrintTemplateVersion).order_by(PrintTemplateVersion.id.desc())))
    newest = next(text for text in texts if text.template_id == default.id)
    first = next(text for text in texts if text.template_id == default.id and text is not newest)
    assert "{{firm.name}}" in admin.get(f"/prints/{default.id}/versions/{first.id}").text
    back = admin.post(f"/prints/{default.id}/versions/{first.id}", {"version": str(default.version)})
    assert back.status_code == 303
    session.refresh(default)
    assert default.body == built_in_body("orders")
    count = select(func.count()).where(PrintTemplateVersion.template_id == default.id)
    assert session.scalar(count) == 3


def test_a_version_of_another_template_is_not_found(as_user, session, default):
    other = session.scalars(select(PrintTemplateVersion).where(PrintTemplateVersion.template_id != default.id)).first()
    assert as_user("admin").get(f"/prints/{default.id}/versions/{other.id}").status_code == 404


def test_the_default_text_is_restored_after_a_question(as_user, session, default):
    admin = as_user("admin")
    default.body = "<p>x</p>"
    default.version += 1
    session.flush()
    question = admin.get(f"/prints/{default.id}/restore").text
    assert "恢復為默認內容嗎" in question
    assert admin.post(f"/prints/{default.id}/restore", {"version": str(default.version)}).status_code == 303
    session.refresh(default)
    assert default.body == built_in_body("orders")


def test_two_people_change_one_template(as_user, session, default):
    admin = as_user("admin")
    data = opened(admin, f"/prints/{default.id}")
    assert admin.post(f"/prints/{default.id}", {**data, "body": "<p>甲</p>"}).status_code == 303
    late = admin.post(f"/prints/{default.id}", {**data, "body": "<p>乙</p>"})
    assert late.status_code == 409
    assert "甲" in late.text
    assert "乙" in late.text
    assert admin.post(f"/prints/{default.id}/restore", {"version": data["version"]}).status_code == 409
    session.refresh(default)
    assert default.body == "<p>甲</p>"


def test_one_is_the_default_and_cannot_be_deleted(as_user, session, default):
    admin = as_user("admin")
    admin.post("/prints?module=orders", {"name": "送貨單", "body": "<p>{{code}}</p>"})
    other = session.scalars(select(PrintTemplate).where(PrintTemplate.name == "送貨單")).one()
    assert admin.post(f"/prints/{default.id}/delete").status_code == 409
    assert admin.post("/prints/default", {"template": str(other.id)}).status_code == 303
    session.expire_all()
    assert (default.is_default, other.is_default) == (False, True)
    assert admin.post(f"/prints/{default.id}/delete").status_code == 303
    assert admin.get(f"/prints/{default.id}").status_code == 404
    assert admin.post(f"/prints/{other.id}/delete").status_code == 409
    session.expire_all()
    assert default.deleted_at is not None
    assert other.deleted_at is None


def test_a_preview_shows_what_is_typed_with_a_real_document(as_user, session, cast, default):
    order = make_order(session, make_customer(session, cast.wang, name="大同電子"), cast.wang)
    admin = as_user("admin")
    assert order.code in admin.get(f"/prints/{default.id}").text
    typed = {"body": "<p>預覽 {{code}} {{customer.name}}</p>", "record": str(order.id)}
    answer = admin.post("/prints/preview?module=orders", typed)
    assert sheet_text(answer) == f"預覽 {order.code} 大同電子"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
    by_number = admin.post("/prints/preview?module=orders", {"body": "{{customer.name}}", "code": order.code})
    assert sheet_text(by_number) == "大同電子"
    assert session.scalar(select(func.count()).where(OperationLog.action == "printed")) == 2
    session.refresh(default)
    assert default.body == built_in_body("orders")


def test_a_preview_works_without_any_document(as_user, default):
    assert (
        sheet_text(as_user("admin").post("/prints/preview?module=quotes", {"body": "{{customer.name}}"})) == "〔客戶〕"
    )
    for module in PRINTED:
        template = module
        answer = as_user("admin").post(f"/prints/preview?module={template}", {"body": built_in_body(module)})
        assert answer.status_code == 200
        assert "〔" in sheet_text(answer)


def test_a_preview_of_a_wrong_text_tells_its_mistakes(as_user, default):
    answer = as_user("admin").post("/prints/preview?module=orders", {"body": "{{x}}"})
    assert answer.status_code == 422
    assert "第 1 行" in answer.text


def test_a_preview_reaches_no_document_that_the_person_may_not_see(as_user, session, cast, default):
    """Hostile case 10: somebody who keeps the templates is not somebody who reads everything."""
    from crm.models import PersonalGrant

    order = make_order(session, make_customer(session, cast.wang, name="大同電子"), cast.wang)
    for permission in ("prints:view", "prints:save"):
        session.add(PersonalGrant(user_id=cast.li.id, permission=permission, scope=1))
    session.flush()
    li = as_user("li")
    assert "大同電子" not in li.get(f"/prints/{default.id}").text
    for asked in ({"record": str(order.id)}, {"code": order.code}):
        answer = li.post("/prints/preview?module=orders", {"body": "{{customer.name}}", **asked})
        assert answer.status_code == 404
        assert li.get(f"/prints/{default.id}/preview", query_string=asked).status_code == 404


def test_only_who_may_sees_and_changes_templates(as_user, session, default):
    for name in ("wang", "manager", "finance"):
        assert as_user(name).get("/prints").status_code == 403
        assert as_user(name).post(f"/prints/{default.id}", {"name": "x", "body": "x"}).status_code == 403
        assert as_user(name).post("/prints/preview?module=orders", {"body": "x"}).status_code == 403
