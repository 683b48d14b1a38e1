"""Opportunities through the pages (B-1 to B-3): list, file, board, funnel; what others may not."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from lxml import html
from sqlalchemy import func, select

from crm.models import Customer, Opportunity, PersonalGrant
from tests.factories import give, item, make_contact, make_customer, make_opportunity, make_order, make_quote
from tests.web.test_customer_pages import errors, rows

PAGES = ("/opportunities", "/opportunities/new", "/opportunities/board", "/opportunities/funnel")


@pytest.fixture
def customer(session, cast):
    return make_customer(session, cast.wang, name="大同電子")


@pytest.fixture
def lis(session, cast):
    return make_opportunity(session, make_customer(session, cast.li, name="李的客戶"), cast.li, "李的機會")


@pytest.fixture
def one(session, cast, customer):
    amount, day = Decimal("12000.00"), date(2026, 12, 1)
    return make_opportunity(session, customer, cast.wang, "三樓會議室翻新", amount=amount, expected_on=day)


@pytest.fixture
def stages(session):
    names = ("初步接洽", "需求確認", "方案報價", "商務談判", "簽約")
    return {name: item(session, "opportunity_stage", name).id for name in names}


def tree(answer):
    return html.fromstring(answer.get_data(as_text=True))


def text_of(answer):
    return answer.get_data(as_text=True)


def sent_for(stages, **values):
    return {"title": "影印機租賃", "stage_id": stages["需求確認"], "state": "open", **values}


class TestForm:
    @pytest.mark.parametrize("url", PAGES)
    @pytest.mark.parametrize("login", ["wang", "manager", "admin"])
    def test_the_pages_open(self, as_user, one, url, login):
        assert as_user(login).get(url).status_code == 200

    def test_one_is_made_and_found(self, as_user, session, cast, customer, stages):
        wang = as_user("wang")
        contact = make_contact(session, customer, cast.wang, "張三")
        values = {"customer_id": "大同電子", "contact_id": contact.id, "amount": "12,000.5", "expected_on": "2026/12/1"}
        answer = wang.post("/opportunities", sent_for(stages, **values))
        assert answer.status_code == 303
        made = session.scalars(select(Opportunity)).one()
        assert (made.owner_id, made.contact_id, made.probability) == (cast.wang.id, contact.id, 30)
        assert (made.amount, made.expected_on) == (Decimal("12000.50"), date(2026, 12, 1))
        assert "影印機租賃" in text_of(wang.get(answer.location))
        for query in (
            "q=yyj",
            "q=影印",
            f"stage={made.stage_id}",
            "state=open",
            "customer=大同",
            f"owner={cast.wang.id}",
        ):
            assert len(rows(wang.get(f"/opportunities?{query}"))) == 1, query
        assert len(rows(wang.get("/opportunities?expected_from=2026-12-01&expected_to=2026-12-01"))) == 1
        for query in ("q=桌椅", "state=won", "expected_from=2026-12-02", "customer=別家"):
            assert len(rows(wang.get(f"/opportunities?{query}"))) == 0, query

    def test_wrong_input_is_told_and_stays(self, as_user, session, customer, stages):
        wang = as_user("wang")
        wrong = {"title": "", "customer_id": "", "amount": "-1", "probability": "101", "expected_on": "31/31"}
        answer = wang.post("/opportunities", sent_for(stages, **wrong))
        assert answer.status_code == 422
        assert len(errors(answer)) == 5
        assert 'value="31/31"' in text_of(answer)
        lost = sent_for(stages, customer_id="大同電子", state="lost")
        assert len(errors(wang.post("/opportunities", lost))) == 1
        assert session.scalar(select(func.count()).select_from(Opportunity)) == 0

    def test_the_contacts_follow_the_chosen_customer(self, as_user, session, cast, customer, lis):
        make_contact(session, customer, cast.wang, "張三")
        wang = as_user("wang")
        assert "張三" in text_of(wang.get("/find/contacts?customer_id=大同電子"))
        theirs = session.get(Opportunity, lis.id)
        make_contact(session, lis_customer(session, theirs), cast.li, "李四")
        assert "李四" not in text_of(wang.get("/find/contacts?customer_id=李的客戶"))

    def test_of_a_customer_that_went_to_li_wang_sees_no_contacts(self, as_user, session, cast, customer):
        """The closed opportunity is still Wang's; whom Li knows there is not."""
        contact = make_contact(session, customer, cast.wang, "舊識")
        won = make_opportunity(session, customer, cast.wang, state="won", contact_id=contact.id)
        give(session, customer, cast.li, cast.manager)
        make_contact(session, customer, cast.li, "新朋友")
        page = text_of(as_user("wang").get(f"/opportunities/{won.id}"))
        assert "舊識" in page
        assert "新朋友" not in page
        assert f'href="/customers/{customer.id}"' not in page

    def test_only_who_may_assign_chooses_the_owner(self, as_user, session, cast, one):
        """Hostile case 5: the stored owner decides; other fields that are sent are ignored (17)."""
        wang = as_user("wang")
        assert 'name="owner_id"' not in text_of(wang.get(f"/opportunities/{one.id}"))
        forged = {"owner_id": cast.li.id, "closed_at": "2020-01-01", "customer_id": "李的客戶", "unit_id": 1}
        sent = {"title": one.title, "stage_id": one.stage_id, "state": "open", "version": one.version, **forged}
        assert wang.post(f"/opportunities/{one.id}", sent).status_code == 303
        assert (one.owner_id, one.closed_at, one.unit_id) == (cast.wang.id, None, cast.wang.unit_id)
        manager = as_user("manager")
        offered = tree(manager.get(f"/opportunities/{one.id}")).xpath("//select[@name='owner_id']/option/text()")
        assert "李小華" in offered
        assert "管理員" not in offered
        manager.post(f"/opportunities/{one.id}", {**sent, "version": one.version, "customer_id": ""})
        assert one.owner_id == cast.li.id

    def test_two_people_change_one(self, as_user, one):
        """Hostile case 34: the second sees both, nothing is lost."""
        sent = {"title": one.title, "stage_id": one.stage_id, "state": "open", "version": one.version}
        assert as_user("wang").post(f"/opportunities/{one.id}", {**sent, "competitor": "甲公司"}).status_code == 303
        late = as_user("manager").post(f"/opportunities/{one.id}", {**sent, "competitor": "乙公司"})
        assert late.status_code == 409
        assert "甲公司" in text_of(late)
        assert "乙公司" in text_of(late)
        assert one.competitor == "甲公司"

    def test_the_history_is_on_its_page(self, as_user, one, stages):
        wang = as_user("wang")
        lost = {"title": one.title, "stage_id": stages["商務談判"], "state": "lost", "reason": "價格太高"}
        wang.post(f"/opportunities/{one.id}", {**lost, "version": one.version})
        newest, first = rows(wang.get(f"/opportunities/{one.id}"))
        for word in ("王小明", "初步接洽", "商務談判", "價格太高"):
            assert word in newest
        assert "初步接洽" in first


def lis_customer(session, opportunity):
    return session.get(Customer, opportunity.customer_id)


class TestTab:
    def test_it_lists_the_customers_own_and_adds_in_the_box(self, as_user, session, cast, customer, one, stages):
        make_opportunity(session, make_customer(session, cast.wang, name="別家"), cast.wang, "別的機會")
        wang = as_user("wang")
        page = wang.get(f"/customers/{customer.id}/opportunities")
        assert [row.startswith("三樓會議室翻新") for row in rows(page)] == [True]
        (add,) = tree(page).xpath("//div[@class='actions']/a[text()='新增']")
        wang.htmx("box")
        form = tree(wang.get(add.get("href")))
        assert form.xpath("//input[@name='customer_id']/@value") == [f"大同電子 [{customer.code}]"]
        answer = wang.post("/opportunities", sent_for(stages, customer_id="大同電子"))
        assert "box-close" in answer.headers["HX-Trigger"]
        assert "opportunities-changed" in answer.headers["HX-Trigger"]


class TestDeleting:
    def test_after_a_question_that_says_how_many_quotes_go_along(self, as_user, session, cast, one):
        customer = session.get_one(Customer, one.customer_id)
        for _ in range(3):
            make_quote(session, customer, cast.wang, opportunity_id=one.id)
        wang = as_user("wang")
        question = tree(wang.get(f"/opportunities/{one.id}/delete")).xpath("string(//form[@class='question'])")
        assert "三樓會議室翻新" in question
        assert "3" in question
        assert one.deleted_at is None
        assert wang.post(f"/opportunities/{one.id}/delete").status_code == 303
        assert one.deleted_at is not None
        assert wang.get(f"/opportunities/{one.id}").status_code == 404
        assert rows(wang.get("/opportunities")) == []

    def test_several_at_once_only_ones_own(self, as_user, session, one, lis):
        wang = as_user("wang")
        wang.post("/opportunities/bulk", {"action": "delete", "ids": [one.id, lis.id], "confirmed": "1"})
        assert one.deleted_at is not None
        assert lis.deleted_at is None

    def test_with_an_order_it_is_refused_with_the_reason(self, as_user, session, cast, one):
        make_order(session, session.get_one(Customer, one.customer_id), cast.wang, opportunity_id=one.id)
        assert as_user("wang").post(f"/opportunities/{one.id}/delete").status_code == 409
        assert one.deleted_at is None


class TestOthers:
    def test_lis_are_not_there_for_wang(self, as_user, session, one, lis):
        """Hostile cases 2, 3, 6: 404 everywhere, none of Li's data in any body, nothing changed."""
        wang = as_user("wang")
        for url in (f"/opportunities/{lis.id}", f"/opportunities/{lis.id}/delete"):
            assert wang.get(url).status_code == 404
        for url in (f"/opportunities/{lis.id}", f"/opportunities/{lis.id}/delete"):
            assert wang.post(url, {"title": "搶", "stage_id": lis.stage_id, "state": "open"}).status_code == 404
        moved = wang.post("/opportunities/board", {"move": f"{lis.id}.{lis.version}", f"stage-{lis.id}": lis.stage_id})
        assert moved.status_code == 404
        for url in (
            "/opportunities?size=100",
            "/opportunities?q=李的",
            "/opportunities/board",
            "/opportunities/funnel",
        ):
            assert "李的機會" not in text_of(wang.get(url)), url
        assert (lis.title, lis.version, lis.deleted_at) == ("李的機會", 1, None)

    def test_nothing_is_added_to_lis_customer(self, as_user, session, lis, stages):
        """Hostile case 4: by the name, by the code, by the number in the address."""
        wang = as_user("wang")
        customer = lis_customer(session, lis)
        for typed in (customer.name, customer.code, f"x [{customer.code}]", str(customer.id)):
            answer = wang.post("/opportunities", sent_for(stages, customer_id=typed))
            assert answer.status_code == 422, typed
        assert wang.get(f"/opportunities/new?customer_id={customer.id}").status_code == 404
        assert session.scalar(select(func.count()).select_from(Opportunity)) == 1

    def test_export_is_for_who_may_and_of_what_they_see(self, as_user, session, cast, one, lis):
        assert as_user("wang").get("/opportunities/export").status_code == 403
        outside = make_opportunity(session, make_customer(session, cast.admin, name="總部的"), cast.admin, "總部的機會")
        book = openpyxl.load_workbook(io.BytesIO(as_user("manager").get("/opportunities/export").data))
        titles = {row[0] for row in book.active.iter_rows(min_row=2, values_only=True)}
        assert titles == {one.title, lis.title}
        assert outside.title not in titles


class TestBoard:
    def cards(self, answer):
        """Stage's name → titles of its cards."""
        columns = tree(answer).xpath("//*[contains(@class, 'board-stage')]")
        return {c.xpath("string(h2/text())").strip(): c.xpath(".//a[@class='card-title']/text()") for c in columns}

    def test_open_ones_stand_in_their_stage_with_sums(self, as_user, session, cast, customer, one):
        make_opportunity(session, customer, cast.wang, "贏了", state="won")
        page = as_user("wang").get("/opportunities/board")
        cards = self.cards(page)
        assert list(cards) == ["初步接洽", "需求確認", "方案報價", "商務談判", "簽約"]
        assert cards["初步接洽"] == ["三樓會議室翻新"]
        column = tree(page).xpath("string(//*[contains(@class, 'board-stage')][1])")
        for part in ("12,000.00", "1,200.00", "大同電子", "2026-12-01", "王小明"):
            assert part in column

    def test_a_card_is_moved_by_its_button(self, as_user, one, stages):
        """The plain form: all drop-downs are sent, only the pressed button's card moves."""
        wang = as_user("wang")
        sent = {"move": f"{one.id}.{one.version}", f"stage-{one.id}": stages["方案報價"], "stage-999": stages["簽約"]}
        answer = wang.post("/opportunities/board?q=會議", sent)
        assert answer.status_code == 303
        assert "q=" in answer.location
        assert (one.stage_id, one.probability) == (stages["方案報價"], 50)
        assert self.cards(wang.get("/opportunities/board"))["方案報價"] == ["三樓會議室翻新"]

    def test_htmx_gets_the_board_again(self, as_user, one, stages):
        wang = as_user("wang").htmx("board-table")
        sent = {"move": f"{one.id}.{one.version}", f"stage-{one.id}": stages["簽約"]}
        answer = wang.post("/opportunities/board", sent)
        assert answer.status_code == 200
        assert self.cards(answer)["簽約"] == ["三樓會議室翻新"]
        assert "<html" not in text_of(answer)

    @pytest.mark.parametrize("scripts", [True, False])
    def test_a_board_that_is_out_of_date_is_told_kindly(self, as_user, one, stages, scripts):
        wang = as_user("wang").htmx("board-table") if scripts else as_user("wang")
        for move in (f"{one.id}.{one.version - 1}", f"{one.id}"):
            answer = wang.post("/opportunities/board", {"move": move, f"stage-{one.id}": stages["簽約"]})
            assert answer.status_code == 409
            assert self.cards(answer)["初步接洽"] == ["三樓會議室翻新"]
            assert tree(answer).xpath("string(//*[contains(@class, 'message')])").strip()
        assert one.stage_id == stages["初步接洽"]

    @pytest.mark.parametrize("move", ["", "x", "0.0", "999.1", "1e9.1", "٣.1"])
    def test_nonsense_is_a_404(self, as_user, one, move):
        assert as_user("wang").post("/opportunities/board", {"move": move}).status_code == 404

    def test_a_stage_that_is_none_changes_nothing(self, as_user, one):
        for stage in ("", "0", "999", "x"):
            sent = {"move": f"{one.id}.{one.version}", f"stage-{one.id}": stage}
            assert as_user("wang").post("/opportunities/board", sent).status_code == 409
        assert one.version == 1

    def test_beyond_the_bound_a_link_leads_to_the_list(self, as_user, session, cast, customer, stages, monkeypatch):
        monkeypatch.setattr("crm.blueprints.opportunities.board.MAX_CARDS", 3)
        for _ in range(5):
            make_opportunity(session, customer, cast.wang)
        wang = as_user("wang")
        page = wang.get("/opportunities/board")
        assert len(self.cards(page)["初步接洽"]) == 3
        (more,) = tree(page).xpath("//*[@class='board-rest']/a/@href")
        assert len(rows(wang.get(more))) == 5

    def test_who_only_looks_moves_nothing(self, as_user, session, cast, one):
        session.add(PersonalGrant(user_id=cast.order.id, permission="opportunities:view", scope=4))
        looking = as_user("order")
        page = looking.get("/opportunities/board")
        assert self.cards(page)["初步接洽"] == ["三樓會議室翻新"]
        assert tree(page).xpath("//button[@name='move']") == []
        assert tree(looking.get(f"/opportunities/{one.id}")).xpath("//form[@class='form']") == []
        assert looking.post("/opportunities/board", {"move": f"{one.id}.1"}).status_code == 403


class TestFunnel:
    def test_each_stage_with_amount_and_weighted_amount(self, as_user, session, cast, customer, one, stages):
        make_opportunity(session, customer, cast.wang, stage_id=stages["商務談判"], amount=Decimal("1000.00"))
        make_opportunity(session, customer, cast.wang, amount=Decimal("9.00"), state="lost", reason="價格")
        page = as_user("wang").get("/opportunities/funnel")
        found = [row.xpath("td[@class='num']/text()") for row in tree(page).xpath("//tbody/tr | //tfoot/tr")]
        none = ["0", "0.00", "0.00"]
        first, negotiation = ["1", "12,000.00", "1,200.00"], ["1", "1,000.00", "800.00"]
        assert found == [first, none, none, negotiation, none, ["2", "13,000.00", "2,000.00"]]

    def test_the_search_goes_along_between_list_board_and_funnel(self, as_user, one):
        page = as_user("wang").get("/opportunities/funnel?q=會議&expected_from=2026-01-01")
        links = tree(page).xpath("//nav[@class='tabs']/a/@href")
        assert len(links) == 3
        assert all("expected_from=2026-01-01" in link and "q=" in link for link in links)

    def test_the_panel_is_offered_with_the_right_only(self, as_user, one):
        assert "1,200.00" in text_of(as_user("wang").get("/workbench/panels/funnel"))
        assert as_user("finance").get("/workbench/panels/funnel").status_code == 403
