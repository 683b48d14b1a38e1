"""The macros of forms, lists and small pieces, rendered without the application."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import lxml.html
import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from wtforms import (
    BooleanField,
    DateField,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional

from crm.web.rows import id_prefix, row
from crm.web.widgets import option_tags

TEMPLATES = Path(__file__).resolve().parents[2] / "crm" / "templates"


def translate(message: str, **values: object) -> str:
    return message % values if values else message


@pytest.fixture(scope="module")
def environment() -> Environment:
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
    made.globals.update(_=translate, csrf_token=lambda: "token", once=lambda *_: "fresh")
    made.globals.update(form_row=row, form_id_prefix=id_prefix, option_tags=option_tags)
    return made


class Customer(Form):
    once = HiddenField()
    name = StringField("客戶名稱", [InputRequired("請填寫客戶名稱。")], description="公司全名")
    content = TextAreaField("聯繫內容")
    level = SelectField("客戶等級", choices=["A", "B"])
    registered = DateField("登記時間", [Optional()])
    sex = RadioField("性別", [Optional()], choices=["男", "女"])
    main = BooleanField("主聯繫人")


def render(environment: Environment, source: str, **values: Any) -> lxml.html.HtmlElement:
    text = environment.from_string('{% import "ui/all.html" as ui %}' + source).render(**values)
    return lxml.html.fromstring(f"<main>{text}</main>")


def control(page: lxml.html.HtmlElement, label: str) -> lxml.html.HtmlElement:
    """The control that the label with exactly this text belongs to."""
    (found,) = [each for each in page.iter("label") if " ".join(each.text_content().split()) == label]
    return page.get_element_by_id(found.get("for"))


class TestRow:
    def test_the_label_is_the_label_alone(self, environment: Environment) -> None:
        page = render(environment, "{{ ui.row(form.name) }}", form=Customer())
        assert control(page, "客戶名稱").get("name") == "name"
        assert page.find_class("star")[0].get("aria-hidden") == "true"

    def test_what_is_wrong_is_said_at_the_field(self, environment: Environment) -> None:
        form = Customer(data={"level": "A"})
        form.validate()
        page = render(environment, "{{ ui.row(form.name) }}", form=form)
        field = control(page, "客戶名稱")
        assert field.get("aria-invalid") == "true"
        told = [page.get_element_by_id(each) for each in field.get("aria-describedby").split()]
        assert [each.text for each in told] == ["公司全名", "請填寫客戶名稱。"]

    def test_names_of_the_frame_are_free_for_fields(self, environment: Environment) -> None:
        page = render(environment, "{{ ui.row(form.content) }}{{ ui.row(form.main) }}", form=Customer())
        assert not {"content", "main"} & set(page.xpath("//@id"))
        assert control(page, "聯繫內容").tag == "textarea"
        assert control(page, "主聯繫人").get("type") == "checkbox"

    def test_dates_are_text_boxes(self, environment: Environment) -> None:
        field = control(render(environment, "{{ ui.row(form.registered) }}", form=Customer()), "登記時間")
        assert field.get("type") == "text"
        assert "data-date" in field.attrib

    def test_a_choice_of_few_is_a_named_group(self, environment: Environment) -> None:
        page = render(environment, "{{ ui.row(form.sex) }}", form=Customer())
        (group,) = page.xpath("//*[@role='radiogroup']")
        assert page.get_element_by_id(group.get("aria-labelledby")).text == "性別"
        assert control(page, "女").get("value") == "女"


def test_the_summary_leads_to_the_fields(environment: Environment) -> None:
    form = Customer(data={"level": "A"})
    form.validate()
    page = render(environment, "{{ ui.errors_summary(form) }}{{ ui.row(form.name) }}", form=form)
    (link,) = page.xpath("//*[@role='alert']//a")
    assert page.get_element_by_id(link.get("href")[1:]).get("name") == "name"


def test_every_form_carries_its_tokens_once(environment: Environment) -> None:
    page = render(environment, "{{ ui.hidden(form) }}", form=Customer())
    assert sorted(page.xpath("//input/@name")) == ["csrf_token", "once"]
    page = render(environment, "{{ ui.hidden() }}")
    assert page.xpath("//input[@name='once']/@value") == ["fresh"]


def test_a_question_says_yes_and_no(environment: Environment) -> None:
    page = render(environment, "{{ ui.question('Delete?', '/7/delete', '/7') }}")
    assert page.xpath("//form/@action") == ["/7/delete"]
    assert page.xpath("//button")[0].text == "Yes"
    assert page.xpath("//a/@href") == ["/7"]


@dataclasses.dataclass
class Page:
    """What the list macros read, with nothing optional."""

    key: str = "customers"
    columns: Any = dataclasses.field(
        default_factory=lambda: [
            SimpleNamespace(key="name", label="客戶名稱", sort_url="?s=name", sorted="ascending", numeric=False),
            SimpleNamespace(key="due", label="應收", sort_url=None, sorted=None, numeric=True),
        ]
    )
    rows: Any = dataclasses.field(
        default_factory=lambda: [
            SimpleNamespace(id=7, url="/7", aside="", first="<b>鐵龍</b>", rest=Markup("<td><i>5</i></td>"))
        ]
    )
    selectable: bool = True
    total_text: str = "1 位"
    empty_text: str = "沒有客戶"
    pages: int = 3
    first_url: Any = None
    prev_url: Any = None
    next_url: Any = "?p=2"
    last_url: Any = "?p=3"
    page_urls: Any = ((1, "?p=1", True), (2, "?p=2", False))
    filters: Any = ()
    clear_url: str = "/customers"
    event: str = "customer-changed"
    current_url: str = "/customers?p=1"
    shape: str = "cards n3 k2"


class TestList:
    def test_a_cell_is_escaped_unless_it_is_marked(self, environment: Environment) -> None:
        page = render(environment, "{{ ui.list_table(page) }}", page=Page())
        (row,) = page.xpath("//tbody/tr")
        assert [cell.text_content() for cell in row.xpath("td")] == ["", "<b>鐵龍</b>", "5"]
        assert row.xpath(".//b") == []

    def test_the_name_is_the_link_and_figures_stand_right(self, environment: Environment) -> None:
        page = render(environment, "{{ ui.list_table(page) }}", page=Page())
        assert page.xpath("//tbody//a/@href") == ["/7"]
        assert "n3" in page.xpath("//table/@class")[0].split()

    def test_the_head_says_how_it_is_sorted(self, environment: Environment) -> None:
        page = render(environment, "{{ ui.list_table(page) }}", page=Page())
        (head,) = page.xpath("//th[@aria-sort]")
        assert (head.get("aria-sort"), head.find("a").text) == ("ascending", "客戶名稱")

    def test_every_swapping_link_works_without_scripts(self, environment: Environment) -> None:
        page = render(environment, "{{ ui.list_table(page) }}", page=Page())
        links = page.xpath("//a[@hx-get]")
        assert len(links) == 4
        for link in links:
            assert link.get("href") == link.get("hx-get")
            (around,) = link.xpath("ancestor::*[@hx-target]")
            assert around.get("hx-target") == around.get("hx-select") == "#customers-table"

    def test_links_in_the_rows_inherit_nothing(self, environment: Environment) -> None:
        page = render(environment, "{{ ui.list_table(page) }}", page=Page())
        assert page.xpath("//tbody/ancestor::*[@hx-target]") == []

    def test_rows_can_be_ticked_by_name(self, environment: Environment) -> None:
        page = render(environment, "{{ ui.list_table(page) }}", page=Page())
        assert page.xpath("//input[@name='ids']/@value") == ["7"]
        assert page.xpath("//input[@name='ids']/@aria-label") == ["Select row 1"]

    def test_a_change_elsewhere_refreshes_the_list(self, environment: Environment) -> None:
        page = render(environment, "{{ ui.list_table(page) }}", page=Page())
        (listener,) = page.xpath("//*[@hx-trigger]")
        assert listener.get("hx-trigger") == "customer-changed from:body"
        assert listener.get("hx-get") == "/customers?p=1"

    def test_an_empty_list_says_so(self, environment: Environment) -> None:
        page = render(environment, "{{ ui.list_table(page) }}", page=dataclasses.replace(Page(), rows=[]))
        assert page.xpath("//table") == []
        assert "沒有客戶" in page.text_content()


def test_quick_search_is_a_labelled_form(environment: Environment) -> None:
    filters = [
        SimpleNamespace(name="q", label="客戶", kind="text", value="鐵", options=None),
        SimpleNamespace(name="level", label="客戶等級", kind="select", value=2, options=[("", "全部"), (2, "B")]),
        SimpleNamespace(name="day", label="登記時間", kind="period", value=("2026-08-01", None), options=None),
    ]
    page = render(environment, "{{ ui.quick_search(page) }}", page=dataclasses.replace(Page(), filters=filters))
    assert control(page, "客戶").get("value") == "鐵"
    assert control(page, "客戶等級").xpath("option[@selected]/text()") == ["B"]
    assert control(page, "登記時間").get("name") == "day_from"
    assert control(page, "登記時間 to").get("name") == "day_to"
    assert page.xpath("//form/@method") == ["get"]


class TestPieces:
    def test_a_state_is_a_word(self, environment: Environment) -> None:
        (state,) = render(environment, "{{ ui.badge('成交', 'green') }}").xpath("span")
        assert (state.text, state.get("class")) == ("成交", "state c-green")

    def test_the_current_tab_is_told(self, environment: Environment) -> None:
        items = [
            {"label": "聯繫人", "url": "/a", "current": True},
            {"label": "日程", "url": "/b", "current": False},
        ]
        page = render(environment, "{{ ui.tabs(items) }}", items=items)
        assert page.xpath("//a[@aria-current='page']/text()") == ["聯繫人"]

    def test_a_panel_fetches_itself_and_listens(self, environment: Environment) -> None:
        page = render(environment, "{{ ui.panel('today', '今日日程', '/p/today', changed='schedule-changed') }}")
        (body,) = page.xpath("//*[@hx-get]")
        assert body.get("hx-trigger") == "load, schedule-changed from:body"
