"""打印管理 by ticks: parts, columns, signers, footer, paper; own HTML; nothing is lost in silence (A-11, A-12)."""

import pytest
from lxml import html
from sqlalchemy import select

from crm.domain.prints.choices import compose, first_choices
from crm.domain.prints.printed import PRINTED
from crm.domain.prints.sheets import template_problems
from crm.domain.prints.start import built_in_body, seed_print_templates
from crm.models import PrintTemplate, PrintTemplateVersion
from tests.cast import FOUNDED
from tests.factories import line, make_customer, make_order, make_product


@pytest.fixture
def default(session, cast):
    return session.scalars(select(PrintTemplate).where(PrintTemplate.module == "orders")).one()


@pytest.fixture
def order(session, cast):
    customer = make_customer(session, cast.wang, name="大同電子")
    desk = make_product(session, "會議桌")
    desk.code = "T-900"
    made = make_order(session, customer, cast.wang, lines=[line(desk, "2", "50")])
    session.commit()
    return made


def opened(person, url):
    """What the page's form sends unchanged, with all its ticks."""
    form = html.fromstring(person.get(url).text).xpath("//form[@class='form']")[0]
    sent = {}
    for name, value in form.form_values():
        if name not in ("csrf_token", "once"):
            sent.setdefault(name, []).append(value)
    return sent


def save(person, template, **changes):
    sent = {**opened(person, f"/prints/{template.id}"), **changes}
    return person.post(f"/prints/{template.id}", sent)


def sheet(person, order):
    return html.fromstring(person.get(f"/print/orders/{order.id}").text)


def told(person, template):
    return html.fromstring(person.get(f"/prints/{template.id}").text).xpath("string(//*[@id='messages'])")


@pytest.mark.parametrize("module", PRINTED)
def test_every_wish_gives_a_template_that_holds(session, module):
    first = first_choices(module)
    for parts in ((), *[(part,) for part in first.parts], first.parts):
        for columns in ((), first.columns[:1], first.columns):
            wished = type(first)("choices", parts, columns, signers="甲\n乙", footer="{{x}} <b>{{{y}}}</b>")
            assert template_problems(PRINTED[module].of_firm(session), compose(module, wished)) == []


def test_what_is_unticked_is_not_printed(as_user, session, default, order):
    admin = as_user("admin")
    assert "大寫金額" in sheet(admin, order).text_content()
    data = opened(admin, f"/prints/{default.id}")
    columns = [key for key in data["columns"] if key not in ("unit", "price")] + ["code"]
    parts = [key for key in data["parts"] if key not in ("words", "signatures")]
    assert save(admin, default, columns=columns, parts=parts).status_code == 303
    text = sheet(admin, order).text_content()
    for said in ("會議桌", "T-900", "100.00"):
        assert said in text
    for gone in ("大寫金額", "單價", "單位", "買方（簽章）"):
        assert gone not in text
    session.refresh(default)
    assert default.choices["source"] == "choices"


def test_footer_and_signers_are_texts_and_nothing_else(as_user, default, order):
    admin = as_user("admin")
    changes = {"footer": "第一條 {{firm.name}}\n<b onclick=x()>第二條</b>", "signers": "製表人\n倉管\n客戶簽收"}
    assert save(admin, default, **changes).status_code == 303
    shown = sheet(admin, order)
    assert "第一條 {{firm.name}}\n<b onclick=x()>第二條</b>" in shown.text_content()
    names = shown.xpath("//table[contains(@class, 'signatures')]//td/text()")
    assert names == ["製表人", "倉管", "客戶簽收"]


def test_the_paper(as_user, default, order):
    admin = as_user("admin")
    assert "print-continuous" not in admin.get(f"/print/orders/{order.id}").text
    assert save(admin, default, paper="continuous").status_code == 303
    assert "print-continuous" in admin.get(f"/print/orders/{order.id}").text
    assert save(admin, default, paper="a3").status_code == 422


def test_every_sheet_says_whose_it_is(as_user, default, order):
    admin = as_user("admin")
    (head,) = sheet(admin, order).xpath("//table[@class='each-sheet']/thead//td/text()")
    assert order.code in head
    assert "print-numbers" in admin.get(f"/print/orders/{order.id}").text
    data = opened(admin, f"/prints/{default.id}")
    data.pop("running")
    assert admin.post(f"/prints/{default.id}", data).status_code == 303
    assert sheet(admin, order).xpath("//table[@class='each-sheet']") == []


def test_html_changed_by_hand_stands_by_itself_and_the_wishes_are_kept(as_user, session, default, order):
    admin = as_user("admin")
    assert save(admin, default, body="<p>自己的 {{code}}</p>", footer="以後用").status_code == 303
    assert "選項保留著" in told(admin, default)
    assert "自己的" in sheet(admin, order).text_content()
    session.refresh(default)
    assert (default.choices["source"], default.choices["footer"]) == ("html", "以後用")
    # Ticking alone does nothing any more, and says so.
    refused = save(admin, default, parts=[])
    assert refused.status_code == 422
    assert "由下面的選項組成" in refused.text
    # Both at once would lose the HTML.
    assert save(admin, default, source="choices", body="<p>又改 {{code}}</p>").status_code == 422
    assert save(admin, default, source="choices").status_code == 303
    assert "以後用" in sheet(admin, order).text_content()
    texts = select(PrintTemplateVersion.body).where(PrintTemplateVersion.template_id == default.id)
    assert "<p>自己的 {{code}}</p>" in session.scalars(texts).all()


def test_the_preview_follows_the_ticks(as_user, default, order):
    admin = as_user("admin")
    data = {**opened(admin, f"/prints/{default.id}"), "footer": "只在預覽", "record": str(order.id)}
    answer = admin.post("/prints/preview?module=orders", data)
    assert "只在預覽" in answer.text
    assert "onclick" not in answer.text
    assert "只在預覽" not in sheet(admin, order).text_content()


def test_the_logo_is_on_the_sheet(as_user, session, default, order):
    from tests.web.test_firm_logo import picture, send

    admin = as_user("admin")
    assert sheet(admin, order).xpath("//img") == []
    send(admin, picture())
    (source,) = sheet(admin, order).xpath("//div[@class='sheet']//img/@src")
    assert source.startswith("data:image/png;base64,")
    assert "data:image/png" in admin.get(f"/prints/{default.id}/preview").text


def test_templates_that_nobody_touched_follow_the_program(session, cast, default):
    """And what a person has saved stays."""
    quotes = session.scalars(select(PrintTemplate).where(PrintTemplate.module == "quotes")).one()
    for template, author in ((default, None), (quotes, cast.admin.id)):
        template.body, template.choices = "<p>older</p>", None
        session.add(PrintTemplateVersion(template_id=template.id, at=FOUNDED, by_id=author, body="<p>older</p>"))
    session.flush()
    seed_print_templates(session, "zh_Hant", FOUNDED)
    assert default.body == built_in_body("orders")
    assert default.choices == first_choices("orders").stored()
    assert quotes.body == "<p>older</p>"


def test_restoring_the_default_brings_the_ticks_back(as_user, session, default):
    admin = as_user("admin")
    save(admin, default, parts=[], columns=["name"])
    session.refresh(default)
    assert admin.post(f"/prints/{default.id}/restore", {"version": str(default.version)}).status_code == 303
    session.refresh(default)
    assert default.choices == first_choices("orders").stored()


def test_nobody_is_misled_by_a_hostile_form(as_user, session, default):
    admin = as_user("admin")
    for changes in ({"parts": ["everything"]}, {"columns": ["cost"]}, {"source": "both"}, {"footer": "x" * 3000}):
        assert save(admin, default, **changes).status_code == 422
    session.refresh(default)
    assert default.body == built_in_body("orders")
