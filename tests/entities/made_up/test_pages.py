"""What people can do with the made-up kinds through the pages."""

import io
import re
from datetime import date
from itertools import count

import openpyxl
import pytest
from lxml import html
from sqlalchemy import select

from crm.domain.organisation.explaining import explain
from crm.entities import policy
from crm.entities.custom_fields import attribute
from crm.models import Customer, CustomField, OperationLog
from crm.web.server.upgrade import fill_start_values
from tests.cast import actor_as
from tests.entities.made_up.kinds import Complaint, SiteVisit
from tests.factories import make_contact, make_customer


@pytest.fixture
def customer(session, cast):
    return make_customer(session, cast.wang, name="大同書局")


def tree(answer):
    assert answer.status_code == 200, answer.get_data(as_text=True)[:2000]
    return html.fromstring(answer.get_data(as_text=True))


def names(answer):
    return [link.text for link in tree(answer).xpath("//table//tbody//td[2]//a")]


def form_of(answer):
    return next(form for form in tree(answer).forms if "data-guard" in form.attrib)


@pytest.fixture
def visit(as_user, session, customer):
    wang = as_user("wang")
    sent = {"title": "三樓機房", "customer_id": f"大同書局 [{customer.code}]", "phone": "02-2531-7099"}
    assert wang.post("/site-visits", {**sent, "visited_on": "2026-08-31"}).status_code == 303
    return session.scalars(select(SiteVisit)).one()


def test_menu_list_and_file(as_user, visit):
    page = tree(as_user("wang").get("/site-visits"))
    assert page.xpath("//nav//a[@href='/site-visits']")
    assert names(as_user("wang").get("/site-visits")) == ["三樓機房"]
    assert "三樓機房" in as_user("wang").get(f"/site-visits/{visit.id}").text
    assert (visit.code, visit.visited_on, visit.pinyin) == ("000001", date(2026, 8, 31), "sljf")


def test_it_is_changed_with_what_somebody_else_did_in_the_meantime_told(as_user, session, visit):
    wang = as_user("wang")
    first = dict(form_of(wang.get(f"/site-visits/{visit.id}")).form_values())
    assert wang.post(f"/site-visits/{visit.id}", {**first, "title": "四樓機房"}).status_code == 303
    late = wang.post(f"/site-visits/{visit.id}", {**first, "title": "五樓機房", "once": ""})
    assert late.status_code == 409
    assert "五樓機房" in late.text
    session.refresh(visit)
    assert visit.title == "四樓機房"
    told = session.scalars(select(OperationLog).where(OperationLog.entity == "site_visits")).all()
    assert [row.action for row in told] == ["created", "changed"]
    assert told[1].changes["title"] == ["三樓機房", "四樓機房"]


def test_it_names_a_contact_of_its_customer(as_user, session, cast, visit, customer):
    contact = make_contact(session, customer, cast.wang, "林小明")
    other = make_contact(session, make_customer(session, cast.wang, name="日新文具"), cast.wang, "王大同")
    wang, sent = as_user("wang"), {"title": "三樓機房", "contact_id": str(contact.id)}
    assert wang.post(f"/site-visits/{visit.id}", sent).status_code == 303
    page = tree(wang.get(f"/site-visits/{visit.id}"))
    assert page.xpath("//select[@name='contact_id']/option[@selected]/text()") == ["林小明"]
    assert "王大同" not in page.text_content()
    assert wang.post(f"/site-visits/{visit.id}", {**sent, "contact_id": str(other.id)}).status_code == 422
    session.refresh(visit)
    assert visit.contact_id == contact.id


@pytest.mark.parametrize("typed", ["機房", "机房", "sljf", "2531-7099", "000001"])
def test_it_is_found_in_the_list_and_by_the_search_of_everything(as_user, visit, typed):
    assert names(as_user("wang").get("/site-visits", query_string={"q": typed})) == ["三樓機房"]
    assert "三樓機房" in as_user("wang").get("/search", query_string={"q": typed}).text


def test_it_is_found_by_the_advanced_search_and_exported(as_user, visit):
    asked = {"af": "title", "ao": "has", "av": "機房"}
    assert names(as_user("wang").get("/site-visits", query_string=asked)) == ["三樓機房"]
    assert names(as_user("wang").get("/site-visits", query_string={**asked, "av": "倉庫"})) == []
    answer = as_user("wang").get("/site-visits/export")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert [cell.value for cell in sheet[2]][:2] == ["三樓機房", "大同書局"]


def test_others_neither_find_nor_open_nor_change_it(as_user, session, visit):
    li = as_user("li")
    assert names(li.get("/site-visits")) == []
    for url in (f"/site-visits/{visit.id}", f"/site-visits/{visit.id}/delete"):
        assert li.get(url).status_code == 404
    for url in (f"/site-visits/{visit.id}", f"/site-visits/{visit.id}/delete"):
        assert li.post(url, {"title": "x", "version": "1"}).status_code == 404
    li.post("/site-visits/bulk", {"action": "delete", "ids": str(visit.id), "confirmed": "1"})
    session.refresh(visit)
    assert (visit.title, visit.deleted_at) == ("三樓機房", None)
    assert as_user("order").get("/site-visits").status_code == 403


def test_nobody_adds_one_to_a_customer_that_is_not_theirs(as_user, session, customer):
    answer = as_user("li").post("/site-visits", {"title": "x", "customer_id": f"大同書局 [{customer.code}]"})
    assert answer.status_code == 422
    assert session.scalars(select(SiteVisit)).all() == []


def test_it_has_a_tab_in_the_customers_file(as_user, visit, customer):
    page = tree(as_user("wang").get(f"/customers/{customer.id}"))
    assert page.xpath(f"//a[@href='/customers/{customer.id}/site-visits']")
    assert "三樓機房" in as_user("wang").get(f"/customers/{customer.id}/site-visits").text


def test_deleted_alone_it_comes_back(as_user, session, visit):
    wang = as_user("wang")
    assert "三樓機房" in wang.get(f"/site-visits/{visit.id}/delete").text
    assert wang.post(f"/site-visits/{visit.id}/delete").status_code == 303
    page = tree(wang.get("/site-visits"))
    assert page.xpath("//table//tbody//td[2]//a") == []
    (offered,) = (form for form in page.forms if form.action == "/bin/restore")
    assert names(as_user("admin").get("/bin?kind=site_visits&q=機房")) == ["三樓機房"]
    assert wang.post("/bin/restore", dict(offered.form_values())).status_code == 303
    assert names(wang.get("/site-visits")) == ["三樓機房"]


def test_it_is_deleted_with_its_customer_and_comes_back_with_it(as_user, session, visit, customer):
    wang = as_user("wang")
    assert "Site visits 1" in " ".join(tree(wang.get(f"/customers/{customer.id}/delete")).text_content().split())
    wang.post(f"/customers/{customer.id}/delete")
    assert names(wang.get("/site-visits")) == []


def test_two_of_them_are_merged_and_apart_again(as_user, session, visit):
    wang = as_user("wang")
    sent = {"title": "四樓機房", "notes": "由正門進"}
    sent["customer_id"] = f"大同書局 [{session.get(Customer, visit.customer_id).code}]"
    assert wang.post("/site-visits", sent).status_code == 303
    other = session.scalars(select(SiteVisit).where(SiteVisit.id != visit.id)).one()
    ids = {"ids": [visit.id, other.id]}
    assert wang.post("/site-visits/bulk", {"action": "merge", **ids}).status_code == 303
    chosen = wang.get("/merge/site_visits", query_string=ids)
    form = next(form for form in tree(chosen).forms if form.action.startswith("/merge/"))
    assert wang.post("/merge/site_visits", {**dict(form.form_values()), **ids}).status_code == 303
    assert names(wang.get("/site-visits")) == ["三樓機房"]
    assert visit.notes == "由正門進"
    assert wang.get(f"/site-visits/{other.id}").location == f"/site-visits/{visit.id}"
    assert "四樓機房" in wang.get("/merges/site_visits").text
    (undo,) = tree(wang.get(f"/site-visits/{visit.id}")).xpath("//a[starts-with(@href, '/merges/')]/@href")
    assert wang.post(undo, {"version": visit.version}).status_code == 303
    assert sorted(names(wang.get("/site-visits"))) == ["三樓機房", "四樓機房"]
    assert visit.notes is None


def test_it_has_its_numbering_rule_and_its_rights(as_user, visit):
    admin = as_user("admin")
    assert "Site visits" in admin.get("/numbering").text
    assert (
        "site_visits:save" in admin.get("/roles/1/permissions").text or "site_visits:save" in admin.get("/grants").text
    )


def test_what_has_no_owner_is_its_customers_owners(as_user, session, customer):
    wang, li = as_user("wang"), as_user("li")
    sent = {"title": "送貨太慢", "customer_id": f"大同書局 [{customer.code}]"}
    assert wang.post("/complaints", sent).status_code == 303
    complaint = session.scalars(select(Complaint)).one()
    assert names(wang.get("/complaints")) == ["送貨太慢"]
    assert names(wang.get("/complaints?q=太慢")) == ["送貨太慢"]
    assert li.get(f"/complaints/{complaint.id}").status_code == 404
    assert wang.get(f"/customers/{customer.id}/complaints").status_code == 200


_numbers = count(1)


def imported(person, rows, **chosen):
    """The page of the run after sending a file by a template of all fields, as it begins; `rows` name them by keys."""
    begun = dict(form_of(person.get("/imports/site_visits/templates/new")).form_values())
    headings = {begun[f"field-{n}"]: begun[f"heading-{n}"] for n in range(1, int(begun["count"]))}
    assert person.post("/imports/site_visits/templates", {**begun, "name": f"來訪 {next(_numbers)}"}).status_code == 303
    page = text_of(person.get("/imports/site_visits/templates"))
    template = re.findall(r'name="template" value="(\d+)"', page)[-1]
    lines = [headings.values(), *([row.get(key, "") for key in headings] for row in rows)]
    file = io.BytesIO("\n".join(",".join(line) for line in lines).encode())
    sent = person.post(f"/imports/site_visits/templates/{template}/file", {**chosen, "file": (file, "visits.csv")})
    assert sent.status_code == 303, html.fromstring(text_of(sent)).xpath("//*[@class='error']/text()")
    return sent.location


def text_of(answer):
    return answer.get_data(as_text=True)


def test_a_file_of_site_visits_goes_in(as_user, session, cast, customer):
    wang = as_user("wang")
    assert "/imports/site_visits" in text_of(wang.get("/"))
    rows = [
        {
            "title": "三樓機房",
            "customer_id": "大同书局",
            "visited_on": "2026/8/31",
            "phone": "02-2531-7099",
            "notes": "由正門進",
        },
        {"title": "倉庫", "customer_id": customer.code},
        {"title": "不存在的", "customer_id": "沒有這家"},
    ]
    run = imported(wang, rows)
    assert "沒有這家" in text_of(wang.get(run))
    assert wang.post(f"{run}/start").status_code == 303
    session.rollback()
    first, second = session.scalars(select(SiteVisit).order_by(SiteVisit.id)).all()
    assert (first.title, first.customer_id, first.visited_on, first.notes) == (
        "三樓機房",
        customer.id,
        date(2026, 8, 31),
        "由正門進",
    )
    assert (first.owner_id, first.unit_id, first.created_by_id) == (cast.wang.id, cast.wang.unit_id, cast.wang.id)
    assert first.code and second.code and first.code != second.code
    assert names(wang.get("/site-visits?q=25317099")) == ["三樓機房"]
    told = session.scalars(select(OperationLog).where(OperationLog.entity == "site_visits")).all()
    assert [(row.action, row.user_id) for row in told] == [("created", cast.wang.id)] * 2


def test_a_file_gives_nothing_to_customers_that_are_not_theirs(as_user, session, cast, customer):
    """Nor to people whom they may not assign to."""
    li = as_user("li")
    run = imported(li, [{"title": "三樓機房", "customer_id": customer.name}])
    assert "大同書局" in text_of(li.get(run))
    li.post(f"{run}/start")
    wang = as_user("wang")
    run = imported(wang, [{"title": "三樓機房", "customer_id": customer.name, "owner_id": "li"}])
    wang.post(f"{run}/start")
    session.rollback()
    assert session.scalars(select(SiteVisit)).all() == []


def test_a_known_code_changes_its_visit(as_user, session, visit):
    wang = as_user("wang")
    rows = [{"title": "四樓機房", "customer_id": "大同書局", "code": visit.code, "notes": "改過"}]
    run = imported(wang, rows, duplicates="overwrite")
    assert wang.post(f"{run}/start").status_code == 303
    session.expire_all()
    assert (visit.title, visit.notes, visit.pinyin) == ("四樓機房", "改過", "sljf")


def test_it_is_printed_by_a_template_made_of_its_fields(app, as_user, session, visit):
    """【打印】 of a kind that says no more than that it is printed; one that does not say so has no sheet."""
    fill_start_values()
    session.commit()
    wang = as_user("wang")
    assert f"/print/site-visits/{visit.id}" in wang.get(f"/site-visits/{visit.id}").text
    sheet = wang.get(f"/print/site-visits/{visit.id}").text
    for said in ("三樓機房", "大同書局", "2026-08-31", "02-2531-7099", "王小明"):
        assert said in sheet
    assert "Site visits" in as_user("admin").get("/prints?module=site_visits").text
    told = session.scalars(select(OperationLog).where(OperationLog.action == "printed")).all()
    assert [(row.entity, row.record_id) for row in told] == [("site_visits", visit.id)]
    assert as_user("li").get(f"/print/site-visits/{visit.id}").status_code == 404
    assert wang.get("/print/complaints/1").status_code == 404


def test_it_has_fields_of_the_firms_own(as_user, session, visit):
    """Without a line in its declaration: in the form, the list, the search, the export (D-2)."""
    admin, wang = as_user("admin"), as_user("wang")
    begun = dict(form_of(admin.get("/custom-fields/site_visits/new")).form_values())
    assert admin.post("/custom-fields/site_visits", {**begun, "label": "樓層", "kind": "number"}).status_code == 303
    session.rollback()
    key = attribute(session.scalars(select(CustomField)).one())
    sent = dict(form_of(wang.get(f"/site-visits/{visit.id}")).form_values())
    assert wang.post(f"/site-visits/{visit.id}", {**sent, key: "3"}).status_code == 303
    assert names(wang.get("/site-visits", query_string={"af": key, "ao": "is", "av": "3", "sort": key})) == ["三樓機房"]
    sent = {"action": key, "ids": [str(visit.id)], "confirmed": "1", key: "4"}
    assert wang.post("/site-visits/bulk", sent).status_code == 303
    assert names(wang.get("/site-visits", query_string={"af": key, "ao": "is", "av": "4"})) == ["三樓機房"]
    wang.post("/site-visits/bulk", {**sent, key: "3"})
    wang.post("/lists/site_visits/columns", {"columns": ["title", key]})
    sheet = openpyxl.load_workbook(io.BytesIO(wang.get("/site-visits/export").data)).active
    assert [cell.value for cell in sheet[2]] == ["三樓機房", 3]


def test_files_hang_on_it(as_user, session, visit):
    wang, files = as_user("wang"), f"/attachments/site_visits/{visit.id}"
    sent = {"files": [(io.BytesIO(b"%PDF-1.7"), "平面圖.pdf")]}
    assert wang.post(files, sent, content_type="multipart/form-data").status_code == 303
    assert "平面圖.pdf" in wang.get(files).text
    (delete,) = tree(wang.get(files)).xpath("//a[contains(@href, '/delete')]/@href")
    page = wang.get(wang.post(delete).location)
    (offered,) = (form for form in tree(page).forms if form.action == "/bin/restore")
    assert names(as_user("admin").get("/bin?kind=attachments")) == ["平面圖.pdf"]
    assert wang.post("/bin/restore", dict(offered.form_values())).location == files
    assert "平面圖.pdf" in wang.get(files).text
    assert as_user("li").get(files).status_code == 404
    assert files in wang.get(f"/site-visits/{visit.id}").text


def test_it_is_told_who_sees_it_and_why(as_user, session, cast, customer, visit):
    """Of the kind with an owner and of the one without; the explanation and the policy say the same."""
    sent = {"title": "送貨太慢", "customer_id": f"大同書局 [{customer.code}]"}
    assert as_user("wang").post("/complaints", sent).status_code == 303
    complaint = session.scalars(select(Complaint)).one()
    admin = as_user("admin")
    for address, record in (("site-visits", visit), ("complaints", complaint)):
        (link,) = tree(admin.get(f"/{address}/{record.id}")).xpath("//*[@class='record-foot']/a/@href")
        for login in ("wang", "li", "manager", "finance"):
            user = getattr(cast, login)
            shown = tree(admin.get(f"{link}?person={user.id}")).xpath("//table//tbody/tr")
            answers = [row.xpath("./td")[1].text_content().strip() == "可以" for row in shown]
            by = actor_as(session, user)
            seen = policy.can(session, by, policy.VIEW, record)
            real = [seen, *(seen and policy.can(session, by, a, record) for a in (policy.CHANGE, policy.DELETE))]
            assert answers == real, (address, login)
            assert [one.allowed for one in explain(session, user, by, record, ["view", "change", "delete"])] == real
