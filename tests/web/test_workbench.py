"""W-1 to W-5 as a browser sees them: panels offered by right, each by itself, arranged with and without scripts."""

import dataclasses
import re
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html

from crm.models import PersonalGrant, Scope, User
from crm.web import panels as registry
from tests.factories import make_customer


def page_of(answer):
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.text)


def shown(page):
    """Where the two panels of these tests stand; others come and go with the features."""
    columns = page.xpath("//*[@id='workbench']/*[@class='column']")
    return [[key for key in column.xpath(".//@data-panel") if key in ("today", "due")] for column in columns]


@pytest.fixture
def wang(as_user):
    """A browser whose scripts run."""
    person = as_user("wang")
    person.client.set_cookie("scripts", "1")
    return person


@pytest.fixture
def plain(as_user):
    return as_user("wang")


@pytest.fixture
def broken(monkeypatch):
    """The panel of customers to contact fails."""

    def fail(reader):
        raise RuntimeError("the disk is full")

    panel = dataclasses.replace(registry.panels()["due"], values=fail)
    monkeypatch.setitem(registry._panels, "due", panel)


def version_of(session, cast):
    session.expire_all()
    return session.get(User, cast.wang.id).workbench_version


def arrange(person, **form):
    return person.post("/workbench/layout", {"version": "0", **form})


class TestFrame:
    def test_scripts_fetch_the_panels_after_the_frame(self, wang):
        page = page_of(wang.get("/"))
        assert shown(page) == [["today"], ["due"]]
        (fetching,) = page.xpath("//*[@hx-trigger='load']")
        fetched = page_of(wang.get(fetching.get("hx-get")))
        for body in page.xpath("//*[@class='panel-body']"):
            assert "load" not in body.get("hx-trigger")
            assert wang.get(body.get("hx-get")).status_code == 200
            (own,) = fetched.xpath(f"//*[@id='{body.get('id')}']")
            assert own.get("hx-swap-oob") == "innerHTML"
        assert page.xpath("//*[@class='entries']") == []

    def test_without_scripts_the_panels_are_there(self, plain, session, cast):
        make_customer(session, cast.wang, "大同公司", next_contact_at=datetime.now(UTC))
        session.commit()
        page = page_of(plain.get("/"))
        (due,) = page.xpath("//*[@id='panel-due-body']")
        assert "大同公司" in due.text_content()
        assert "load" not in due.get("hx-trigger")
        assert page.xpath("string(//*[@id='panel-due']//*[@data-panel-count])") == "1"

    def test_only_panels_with_the_right_are_offered(self, as_user):
        person = as_user("order")
        assert shown(page_of(person.get("/"))) == [[], []]
        for key in ("today", "due"):
            assert person.get(f"/workbench/panels/{key}").status_code == 403
        assert "data-panel" not in person.get("/workbench/shells?keys=today due").text
        added = page_of(person.get("/workbench/add")).xpath("//input[@name='add']/@value")
        assert "bulletins" in added and not {"today", "due"} & set(added)

    def test_a_right_that_comes_brings_its_panel(self, as_user, session, cast):
        session.add(PersonalGrant(user_id=cast.order.id, permission="schedule:view", scope=Scope.OWN))
        session.commit()
        assert shown(page_of(as_user("order").get("/"))) == [["today"], []]

    def test_an_unknown_panel_is_not_found(self, plain):
        assert plain.get("/workbench/panels/nothing").status_code == 404

    def test_where_scripts_were_switched_off_since_the_page_comes_whole(self, wang):
        """The cookie still says that scripts run; without them the browser is sent on, and the cookie is taken back."""
        refresh = page_of(wang.get("/")).xpath("string(//head//noscript//meta[@http-equiv='refresh']/@content)")
        assert refresh == "0; url=/?whole=1"
        whole = page_of(wang.get("/?whole=1"))
        assert whole.xpath("//*[@id='panel-due-body']//*[@class='empty']")
        assert not whole.xpath("//head//noscript")
        assert page_of(wang.get("/")).xpath("//*[@id='panel-due-body']//*[@class='empty']")

    def test_a_panel_opened_plainly_is_a_whole_page(self, plain):
        assert page_of(plain.get("/workbench/panels/today")).xpath("//*[@id='menu']")
        assert "<html" not in plain.htmx("panel-today-body").get("/workbench/panels/today").text


class TestFailing:
    def test_a_failing_panel_leaves_the_others_alone(self, broken, plain):
        page = page_of(plain.get("/"))
        (failed,) = page.xpath("//*[@class='panel-failed']")
        assert failed.xpath(".//a/@href") == ["/workbench/panels/due"]
        assert page.xpath("//*[@id='panel-today-body']//*[@class='panel-failed']") == []

    def test_of_panels_fetched_together_one_may_fail(self, broken, wang):
        page = page_of(wang.get("/workbench/panels"))
        assert page.xpath("//*[@id='panel-due-body']//*[@class='panel-failed']")
        assert not page.xpath("//*[@id='panel-today-body']//*[@class='panel-failed']")

    def test_a_failing_panel_says_so_with_a_number_and_retry(self, broken, wang, session):
        answer = wang.htmx("panel-due-body").get("/workbench/panels/due")
        assert answer.status_code == 500
        assert "disk" not in answer.text
        assert re.search(r"[0-9A-F]{8}", answer.text)
        (retry,) = html.fromstring(answer.text).xpath("//a[@hx-get]")
        assert (retry.get("hx-get"), retry.get("hx-target")) == ("/workbench/panels/due", "#panel-due-body")
        assert wang.get("/workbench/panels/today").status_code == 200


class TestSlow:
    """W-5: whoever takes long is waited for once, and then comes by itself."""

    @pytest.fixture
    def clock(self, monkeypatch):
        from crm.blueprints.workbench import bodies

        clock = {"now": 1000.0, "due": 10.0}
        panel = registry.panels()["due"]

        def values(reader):
            clock["now"] += clock["due"]
            return panel.values(reader)

        monkeypatch.setattr(bodies, "monotonic", lambda: clock["now"])
        monkeypatch.setattr(bodies, "_alone_until", {})
        monkeypatch.setattr(bodies, "_slow", {"due"})
        monkeypatch.setitem(registry._panels, "due", dataclasses.replace(panel, values=values))
        return clock

    def test_without_scripts_the_page_offers_a_link_to_it(self, plain, clock):
        assert plain.get("/").status_code == 200
        before = clock["now"]
        page = page_of(plain.get("/"))
        assert clock["now"] == before
        assert page.xpath("//*[@id='panel-due-body']//a/@href") == ["/workbench/panels/due"]
        assert page.xpath("//*[@id='panel-today-body']//*[@class='empty']")
        assert page_of(plain.get("/workbench/panels/due")).xpath("//*[@class='panel-content']")

    def test_slow_once_it_is_still_waited_for(self, plain, clock, monkeypatch):
        """The first visit after a start is slower than the others."""
        monkeypatch.setattr("crm.blueprints.workbench.bodies._slow", set())
        plain.get("/")
        assert not page_of(plain.get("/")).xpath("//*[@id='panel-due-body']//a/@href[.='/workbench/panels/due']")
        assert page_of(plain.get("/")).xpath("//*[@id='panel-due-body']//a/@href[.='/workbench/panels/due']")

    def test_with_scripts_it_is_fetched_by_itself(self, wang, clock):
        assert "panel-due-body" in wang.get("/workbench/panels").text
        assert "panel-due-body" not in wang.get("/workbench/panels").text
        page = page_of(wang.get("/"))
        assert "load" in page.xpath("string(//*[@id='panel-due-body']/@hx-trigger)")
        assert "load" not in page.xpath("string(//*[@id='panel-today-body']/@hx-trigger)")

    def test_quick_again_it_comes_with_the_others(self, wang, clock):
        wang.get("/workbench/panels")
        clock["due"] = 0.1
        wang.get("/workbench/panels/due")
        assert "panel-due-body" in wang.get("/workbench/panels").text

    def test_after_some_minutes_it_is_tried_again(self, wang, clock):
        wang.get("/workbench/panels")
        clock["now"] += 301
        assert "panel-due-body" in wang.get("/workbench/panels").text


class TestDue:
    def test_due_today_and_overdue_mine_first(self, as_user, session, cast):
        now = datetime.now(UTC)
        make_customer(session, cast.li, "李的客戶", next_contact_at=now - timedelta(days=30))
        make_customer(session, cast.manager, "經理的客戶", next_contact_at=now - timedelta(days=1))
        make_customer(session, cast.manager, "以後", next_contact_at=now + timedelta(days=2))
        make_customer(session, cast.manager, "沒有日期")
        session.commit()
        page = page_of(as_user("manager").get("/workbench/panels/due"))
        names = [li.xpath("string(.//*[@class='entry-text']/a)") for li in page.xpath("//*[@class='entry']")]
        assert names == ["經理的客戶", "李的客戶"]

    def test_ten_rows_and_the_number_of_all(self, wang, session, cast):
        for _ in range(12):
            make_customer(session, cast.wang, next_contact_at=datetime.now(UTC) - timedelta(days=1))
        session.commit()
        page = page_of(wang.get("/workbench/panels/due"))
        assert len(page.xpath("//*[@class='entry']")) == 10
        assert page.xpath("//@data-count")[-1:] == ["12"]
        assert page.xpath("//*[@class='panel-foot']/a/@href") == ["/plan"]

    def test_a_record_is_written_without_leaving(self, wang, session, cast):
        customer = make_customer(session, cast.wang, next_contact_at=datetime.now(UTC))
        session.commit()
        page = page_of(wang.get("/workbench/panels/due"))
        (link,) = page.xpath("//*[@class='entry-actions']/a")
        assert link.get("href") == link.get("hx-get")
        assert f"/{customer.id}/" in link.get("href")
        assert wang.get(link.get("href")).status_code == 200
        assert "records-changed" in page_of(wang.get("/")).xpath("string(//*[@id='panel-due-body']/@hx-trigger)")


class TestArranging:
    def test_a_whole_layout_is_kept_with_the_account(self, wang, as_user, session, cast):
        answer = wang.htmx("box").post("/workbench/layout", {"version": "0", "layout": "due|today"})
        assert "workbench-saved" in answer.headers["HX-Trigger"]
        assert shown(page_of(as_user("wang").get("/"))) == [["due"], ["today"]]
        assert shown(page_of(as_user("li").get("/"))) == [["today"], ["due"]]
        assert version_of(session, cast) == 1

    def test_a_stale_window_is_refused_and_told(self, plain, session, cast):
        assert arrange(plain, layout="due|today").status_code == 303
        answer = arrange(plain, layout="|")
        assert answer.status_code == 409
        assert html.fromstring(answer.text).xpath("//*[@id='content']//a[@href='/']")
        assert shown(page_of(plain.get("/"))) == [["due"], ["today"]]
        assert arrange(plain, layout="|", version="").status_code == 409

    def test_every_button_of_the_page_works(self, plain):
        """W-4: only what the page offers is pressed."""
        for button, after in (
            ("right today", [[], ["today", "due"]]),
            ("down today", [[], ["due", "today"]]),
            ("up today", [[], ["today", "due"]]),
            ("left due", [["due"], ["today"]]),
            ("remove due", [[], ["today"]]),
        ):
            page = page_of(plain.get("/workbench/arrange"))
            assert button in page.xpath("//button[@name='action']/@value")
            version = page.xpath("//input[@name='version']/@value")[0]
            assert arrange(plain, action=button, version=version).status_code == 303
            assert shown(page_of(plain.get("/"))) == after

    def test_adding_and_restoring(self, plain):
        arrange(plain, layout="|")
        page = page_of(plain.get("/workbench/arrange"))
        assert {"today", "due"} <= set(page.xpath("//input[@name='add']/@value"))
        arrange(plain, action="add", add="due", version="1")
        assert shown(page_of(plain.get("/"))) == [["due"], []]
        arrange(plain, action="reset", version="2")
        assert shown(page_of(plain.get("/"))) == [["today"], ["due"]]

    def test_the_box_offers_what_is_not_on_the_page(self, wang):
        page = page_of(wang.htmx("box").get("/workbench/add?layout=due|"))
        offered = page.xpath("//input[@name='add']/@value")
        assert "today" in offered
        assert "due" not in offered
        assert page.xpath("//form/@data-add-panels") == [""]

    def test_saving_asks_first_with_the_versions_of_the_page(self, wang):
        page = page_of(wang.htmx("box").get("/workbench/save?layout=due|today&version=7"))
        fields = dict(page.forms[0].form_values())
        assert (fields["layout"], fields["version"]) == ("due|today", "7")

    @pytest.mark.parametrize("layout", ["<script>|nothing", "today today|today", "|||||", "today due " * 300])
    def test_nonsense_breaks_nothing(self, plain, layout):
        assert arrange(plain, layout=layout).status_code in (303, 409)
        assert plain.get("/").status_code == 200
        assert plain.get("/workbench/arrange").status_code == 200

    def test_a_new_panel_comes_as_a_frame_that_fetches_itself(self, wang):
        page = page_of(wang.htmx().get("/workbench/shells?keys=due nothing"))
        assert page.xpath("//@data-panel") == ["due"]
        assert page.xpath("//@hx-get") == ["/workbench/panels/due"]
