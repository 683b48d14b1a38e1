"""Importing through the pages: templates, the check, the import, and what is refused (I-1 to I-8)."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.runs import claim_run
from crm.extensions import db
from crm.jobs.imports import IMPORT, queue_import
from crm.models import Contact, Customer, CustomerEvent, ImportRun, ImportTemplate
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import make_customer
from tests.importing import Imports

TWSE = {
    "name": "公司名稱",
    "short_name": "公司簡稱",
    "tax_number": "營利事業統一編號",
    "address": "住址",
    "phone": "總機電話",
    "fax": "傳真機號碼",
    "email": "電子郵件信箱",
    "website": "網址",
    "founded_on": "成立日期",
}


def as_template(name: str, lines: Sequence[tuple[str, str, str]], **more: Any) -> dict[str, Any]:
    """The fields of the template's form, as its page sends them."""
    sent: dict[str, Any] = {"name": name, "count": len(lines), **more}
    for number, (field, heading, fixed) in enumerate(lines, 1):
        sent |= {f"field-{number}": field, f"heading-{number}": heading, f"fixed-{number}": fixed}
    return sent


def make_template(
    person: Person, session: Session, columns: Mapping[str, str], kind: str = "customers", **fixed: str
) -> ImportTemplate:
    lines = [(key, heading, "") for key, heading in columns.items()] + [(key, "", v) for key, v in fixed.items()]
    name = f"範本 {len(columns)} {'、'.join(fixed.values())}"
    answer = person.post(f"/imports/{kind}/templates", as_template(name, lines))
    assert answer.status_code == 303, errors_on(answer)
    return session.scalars(select(ImportTemplate).order_by(ImportTemplate.id.desc())).first()  # type: ignore[return-value]


def errors_on(answer: Any) -> list[str]:
    return re.findall(r'class="error"[^>]*>([^<]*)', answer.get_data(as_text=True))


def xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    workbook = Workbook()
    for row in rows:
        workbook.active.append(list(row))  # type: ignore[union-attr]
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def send(person: Person, template: ImportTemplate, data: bytes, name: str = "名單.xlsx", **choices: str) -> Any:
    url = f"/imports/{template.kind}/templates/{template.id}/file"
    return person.post(url, {"file": (io.BytesIO(data), name), **choices}, content_type="multipart/form-data")


def checked(person: Person, app: CRM, answer: Any) -> str:
    """The address of the run, when its check is over."""
    assert answer.status_code == 303, errors_on(answer)
    finish(app)
    return str(answer.headers["Location"])


def finish(app: CRM) -> None:
    runner = app.extensions.get("crm_runner")
    if runner is not None:
        runner.finish()


def begin(person: Person, app: CRM, run: str) -> str:
    """【開始導入】, 【是】, and the page at the end."""
    assert person.get(f"{run}/start").status_code == 200
    assert person.post(f"{run}/start").status_code == 303
    finish(app)
    return person.get(run).get_data(as_text=True)


@pytest.fixture
def plain(session: Session) -> ImportTemplate:
    """The template that a firm begins with."""
    return session.scalars(select(ImportTemplate).where(ImportTemplate.kind == "customers")).one()


@pytest.fixture
def simple(as_user: Callable[[str], Person], session: Session) -> ImportTemplate:
    return make_template(as_user("wang"), session, {"name": "客戶名稱", "phone": "電話", "source_id": "來源"})


def test_a_newcomer_takes_the_first_template_fills_it_and_imports_it(
    app: CRM, as_user: Callable[[str], Person], session: Session, plain: ImportTemplate, cast: Cast
) -> None:
    wang = as_user("wang")
    page = wang.get("/imports/customers/templates").get_data(as_text=True)
    assert plain.name in page
    answer = wang.get("/imports/customers/choose", query_string={"template": plain.id, "do": "download"})
    workbook = load_workbook(io.BytesIO(wang.get(answer.headers["Location"]).data))
    sheet = workbook.active
    assert sheet is not None
    assert sheet["A1"].value == "*客戶名稱"
    headings = [str(cell.value) for cell in sheet[1]]
    sheet.cell(3, 1, "大同股份有限公司")
    sheet.cell(3, headings.index("省份") + 1, "台湾省")
    sheet.cell(3, headings.index("城市") + 1, "新竹")
    sheet.cell(3, headings.index("電話") + 1, 35636688.0)
    out = io.BytesIO()
    workbook.save(out)
    run = checked(wang, app, send(wang, plain, out.getvalue()))
    assert "大同股份有限公司" in wang.get(run).get_data(as_text=True)
    assert session.scalar(select(func.count()).select_from(Customer)) == 0
    page = begin(wang, app, run)
    customer = session.scalars(select(Customer)).one()
    assert (customer.name, customer.phone, customer.owner_id) == ("大同股份有限公司", "35636688", cast.wang.id)
    assert customer.city_id is not None
    assert customer.pinyin == "dtgfyxgs"
    assert session.scalars(select(CustomerEvent.kind)).all() == ["created"]
    assert "dtgf" and customer.name in wang.get("/customers?q=dtgf").get_data(as_text=True)
    assert customer.code and customer.code in wang.get(f"/customers?q={customer.code}").get_data(as_text=True)


def test_the_listed_companies_come_in_as_they_are_and_their_people_too(
    app: CRM, as_user: Callable[[str], Person], session: Session, shared_data: Path
) -> None:
    """The real list: one template for the customers, one with a fixed 職務 for each kind of contact."""
    wang = as_user("wang")
    data = (shared_data / "twse-listed-companies.csv").read_bytes()
    template = make_template(wang, session, TWSE)
    run = checked(wang, app, send(wang, template, data, "twse.csv"))
    begin(wang, app, run)
    assert session.scalar(select(func.count()).select_from(Customer)) == 1036
    placed = session.scalar(select(func.count()).select_from(Customer).where(Customer.city_id.is_not(None)))
    assert placed is not None and placed > 990
    assert "台積電" in wang.get("/customers?q=tjd").get_data(as_text=True)
    again = checked(wang, app, send(wang, template, data, "twse.csv"))
    run_row = session.scalars(select(ImportRun).order_by(ImportRun.id.desc())).first()
    assert run_row is not None
    assert (run_row.counts["new"], run_row.counts["duplicate"]) == (0, 1036)
    assert "start" not in wang.get(again).get_data(as_text=True)
    for job in ("董事長", "總經理", "發言人"):
        people = make_template(wang, session, {"customer_id": "公司名稱", "name": job}, "contacts", job_title=job)
        begin(wang, app, checked(wang, app, send(wang, people, data, "twse.csv")))
    counted = select(Contact.job_title, func.count()).group_by(Contact.job_title)
    jobs = {row[0]: row[1] for row in session.execute(counted)}
    assert jobs["董事長"] > 1000
    assert set(jobs) == {"董事長", "總經理", "發言人"}
    mains = session.scalar(select(func.count()).select_from(Contact).where(Contact.is_main))
    assert mains == session.scalar(select(func.count(Contact.customer_id.distinct())))


def test_lines_are_added_moved_and_removed_without_scripts(as_user: Callable[[str], Person], session: Session) -> None:
    wang = as_user("wang")
    page = wang.get("/imports/contacts/templates/new").get_data(as_text=True)
    assert 'value="customer_id" selected' in page
    lines = [("customer_id", "客戶", ""), ("name", "姓名", "")]
    grown = wang.post("/imports/contacts/templates", as_template("我的", lines, action="add"))
    text = grown.get_data(as_text=True)
    assert grown.status_code == 200
    assert 'name="field-3"' in text and 'value="姓名"' in text and 'value="我的"' in text
    moved = wang.post("/imports/contacts/templates", as_template("我的", lines, action="up-2")).get_data(as_text=True)
    assert moved.index('value="姓名"') < moved.index('value="客戶"')
    gone = wang.post("/imports/contacts/templates", as_template("我的", lines, action="remove-1"))
    assert 'value="客戶"' not in gone.get_data(as_text=True)
    assert session.scalar(select(func.count()).select_from(ImportTemplate)) == len(KINDS)


@pytest.mark.parametrize(
    ("kind", "lines", "said"),
    [
        ("customers", [("phone", "電話", "")], "客戶名稱"),
        ("contacts", [("name", "姓名", "")], "客戶名稱"),
        ("contacts", [("customer_id", "客戶", "")], "姓名"),
        ("customers", [("name", "", "")], "heading"),
        ("customers", [("name", "名稱", ""), ("founded_on", "", "昨天")], "昨天"),
        ("customers", [("name", "名稱", ""), ("name", "別名", "")], "already"),
        ("customers", [("name", "名稱", ""), ("search_text", "x", "")], "list"),
    ],
)
def test_a_template_that_cannot_work_is_not_saved(
    kind: str, lines: Any, said: str, as_user: Callable[[str], Person], session: Session
) -> None:
    wang = as_user("wang")
    wang.post("/language", {"language": "en"})
    answer = wang.post(f"/imports/{kind}/templates", as_template("x", lines))
    wanted = {"客戶名稱": "Customer name", "姓名": "Full name"}.get(said, said)
    assert answer.status_code == 422
    assert any(wanted in error for error in errors_on(answer)), errors_on(answer)
    assert session.scalar(select(func.count()).select_from(ImportTemplate)) == len(KINDS)


def test_a_file_without_the_headings_is_refused_naming_them(
    app: CRM, as_user: Callable[[str], Person], simple: ImportTemplate, session: Session
) -> None:
    wang = as_user("wang")
    run = checked(wang, app, send(wang, simple, xlsx([["公司", "電話"], ["甲", "1"]])))
    assert "客戶名稱" in "".join(errors_on(wang.get(run)))
    assert wang.get(f"{run}/start").status_code == 303
    assert session.scalars(select(ImportRun.state)).one() == "choosing"


def test_wrong_rows_are_named_and_marked(
    app: CRM, as_user: Callable[[str], Person], simple: ImportTemplate, session: Session
) -> None:
    wang = as_user("wang")
    rows = [
        ["二〇二六年名單", None, None],
        [" * 客户 名称（必填）", "電話", "來源"],
        ["甲有限公司", "02-2345-6789", "轉介紹"],
        [None, "02-2345-6780", "网站"],
        ["乙有限公司", "abc", "沒見過的來源"],
        ["甲有限公司", None, None],
    ]
    run = checked(wang, app, send(wang, simple, xlsx(rows)))
    counts = session.scalars(select(ImportRun)).one().counts
    assert (counts["new"], counts["duplicate"], counts["wrong"]) == (1, 1, 2)
    page = wang.get(run).get_data(as_text=True)
    assert "沒見過的來源" in page
    marked = load_workbook(io.BytesIO(wang.get(f"{run}/errors").data)).active
    assert marked is not None and marked.max_row == 3
    assert "abc" in {cell.value for cell in marked[3]}
    begin(wang, app, run)
    assert session.scalars(select(Customer.name)).all() == ["甲有限公司"]


def test_all_or_none(app: CRM, as_user: Callable[[str], Person], simple: ImportTemplate, session: Session) -> None:
    wang = as_user("wang")
    data = xlsx([["客戶名稱", "電話", "來源"], ["甲", None, None], [None, "123456", None]])
    run = checked(wang, app, send(wang, simple, data, wrong="all"))
    wang.post(f"{run}/start")
    assert session.scalars(select(Customer)).first() is None
    assert session.scalars(select(ImportRun.state)).one() == "checked"


def test_unknown_texts_can_be_added_to_the_dictionary(
    app: CRM, as_user: Callable[[str], Person], simple: ImportTemplate, session: Session
) -> None:
    wang = as_user("admin")
    data = xlsx([["客戶名稱", "電話", "來源"], ["甲", None, "抖音"], ["乙", None, "抖音"], ["丙", None, "展会"]])
    begin(wang, app, checked(wang, app, send(wang, simple, data, unknown="add")))
    sources = session.scalars(select(Customer.source_id).order_by(Customer.id)).all()
    assert sources[0] == sources[1] != sources[2]
    assert None not in sources


def test_what_others_own_is_a_duplicate_and_stays_as_it_is(
    app: CRM, as_user: Callable[[str], Person], simple: ImportTemplate, session: Session, cast: Cast
) -> None:
    theirs = make_customer(session, cast.li, name="李的客戶有限公司", phone="07-1111-2222")
    own = make_customer(session, cast.wang, name="王的客戶有限公司")
    session.commit()
    wang = as_user("wang")
    data = xlsx(
        [["客戶名稱", "電話", "來源"], ["李的客户有限公司", "02-9999-8888", None], [own.name, "02-7777-6666", "展會"]]
    )
    run = checked(wang, app, send(wang, simple, data, duplicates="overwrite"))
    page = wang.get(run).get_data(as_text=True)
    assert "07-1111-2222" not in page
    assert "李小華" in page, "whose it is may be known, what stands in its file not (C-3)"
    begin(wang, app, run)
    assert session.get_one(Customer, theirs.id).phone == "07-1111-2222"
    assert session.get_one(Customer, own.id).phone == "02-7777-6666"
    assert own.name in wang.get("/customers?q=77776666").get_data(as_text=True)
    assert session.scalars(select(ImportRun.counts)).one()["updated"] == 1


def test_the_exported_list_can_be_imported_again(
    app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast
) -> None:
    """What is exported comes back the same, by a template made of its headings (I-5, hostile case 41)."""
    names = ["=1+1", "+886-2-1234", "-x", "@home", "普通有限公司"]
    for name in names:
        make_customer(session, cast.wang, name=name, phone="02-2345-6789" if name == "普通有限公司" else None)
    session.commit()
    wang = as_user("wang")
    exported = wang.get("/customers/export").data
    headings = [str(cell.value) for cell in load_workbook(io.BytesIO(exported)).active[1]]  # type: ignore[index]
    fields = {"客戶名稱": "name", "客戶編碼": "code", "客戶等級": "level_id", "客戶狀態": "status_id"}
    fields |= {"所屬人": "owner_id", "電話": "phone", "下次聯繫時間": "next_contact_at"}
    english = {"Customer name": "name", "Customer code": "code", "Owner": "owner_id", "Telephone": "phone"}
    columns = {(fields | english)[h]: h for h in headings if h in fields | english}
    assert {"name", "code", "owner_id", "phone"} <= set(columns)
    template = make_template(wang, session, columns)
    before = {c.code: c.name for c in session.scalars(select(Customer))}
    for customer in session.scalars(select(Customer)):
        customer.code, customer.name = f"old-{customer.id}", f"沒有{customer.id}"
        customer.phone = None
    session.commit()
    begin(wang, app, checked(wang, app, send(wang, template, exported)))
    found = session.scalars(select(Customer).where(Customer.code.in_(before)))
    assert {c.code: c.name for c in found} == before


def test_owners_in_the_file(app: CRM, as_user: Callable[[str], Person], session: Session, cast: Cast) -> None:
    """A login or a unique name; only who may assign customers gives them to others (I-8)."""
    manager = as_user("manager")
    template = make_template(manager, session, {"name": "客戶名稱", "owner_id": "所屬人"})
    rows = [["客戶名稱", "所屬人"], ["甲", "wang"], ["乙", "李小華"], ["丙", "沒有這人"], ["丁", None]]
    begin(manager, app, checked(manager, app, send(manager, template, xlsx(rows), owner="pool")))
    owners = {row[0]: row[1] for row in session.execute(select(Customer.name, Customer.owner_id))}
    assert owners == {"甲": cast.wang.id, "乙": cast.li.id, "丙": None, "丁": None}
    wang = as_user("wang")
    rows = [["客戶名稱", "所屬人"], ["戊", "li"], ["己", None]]
    begin(wang, app, checked(wang, app, send(wang, template, xlsx(rows), owner="pool")))
    wanted = select(Customer.owner_id).where(Customer.name.in_(("戊", "己")))
    assert set(session.scalars(wanted)) == {cast.wang.id}


def test_a_run_is_its_persons(
    app: CRM, as_user: Callable[[str], Person], simple: ImportTemplate, session: Session
) -> None:
    wang = as_user("wang")
    run = checked(wang, app, send(wang, simple, xlsx([["客戶名稱", "電話", "來源"], ["甲", None, None]])))
    li, admin = as_user("li"), as_user("admin")
    for url in (run, f"{run}/start", f"{run}/errors"):
        assert li.get(url).status_code == 404
    assert li.post(f"{run}/start").status_code == 404
    assert admin.get(run).status_code == 200
    assert admin.post(f"{run}/start").status_code == 404
    assert session.scalars(select(Customer)).first() is None


def test_a_right_lost_before_the_import_runs(
    app: CRM, as_user: Callable[[str], Person], simple: ImportTemplate, session: Session, cast: Cast
) -> None:
    """Hostile case 12: the background asks again."""
    from crm.models import RoleMember

    wang = as_user("wang")
    run = checked(wang, app, send(wang, simple, xlsx([["客戶名稱", "電話", "來源"], ["甲", None, None]])))
    run_id = int(run.rsplit("/", 1)[1])
    assert claim_run(session, run_id, "checked", "running")
    for member in session.scalars(select(RoleMember).where(RoleMember.user_id == cast.wang.id)):
        session.delete(member)
    session.commit()
    Imports(db.engine).apply(run_id)
    session.expire_all()
    assert session.get_one(ImportRun, run_id).state == "failed"
    assert session.scalars(select(Customer)).first() is None


def test_an_import_that_a_stopped_server_left_behind_is_finished(
    app: CRM, as_user: Callable[[str], Person], simple: ImportTemplate, session: Session, cast: Cast
) -> None:
    wang = as_user("wang")
    run = checked(wang, app, send(wang, simple, xlsx([["客戶名稱", "電話", "來源"], ["甲", None, None]])))
    record = session.get_one(ImportRun, int(run.rsplit("/", 1)[1]))
    claim_run(session, record.id, "checked", "running")
    queue_import(session, IMPORT, record, actor_as(session, cast.wang))
    session.commit()
    Imports(db.engine).go_on()
    page = wang.get(run)
    assert "Refresh" not in page.headers
    assert session.scalars(select(ImportRun.state)).one() == "done"
    assert session.scalars(select(Customer.name)).all() == ["甲"]


def test_a_large_file_is_imported_in_the_background(
    app: CRM, as_user: Callable[[str], Person], simple: ImportTemplate, session: Session
) -> None:
    wang = as_user("wang")
    rows: list[list[Any]] = [["客戶名稱", "電話", "來源"]]
    rows += [[f"第{n}號有限公司", f"02-{20_000_000 + n}", None] for n in range(700)]
    answer = send(wang, simple, xlsx(rows))
    begin(wang, app, checked(wang, app, answer))
    assert session.scalar(select(func.count()).select_from(Customer)) == 700
    assert session.scalar(select(func.count(Customer.code.distinct()))) == 700


def test_sent_twice_it_is_imported_once(
    app: CRM, as_user: Callable[[str], Person], simple: ImportTemplate, session: Session
) -> None:
    wang = as_user("wang")
    run = checked(wang, app, send(wang, simple, xlsx([["客戶名稱", "電話", "來源"], ["甲", None, None]])))
    for _ in range(3):
        assert wang.post(f"{run}/start").status_code == 303
    assert session.scalar(select(func.count()).select_from(Customer)) == 1


PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}",
    "';DROP TABLE customers;--",
    '" hx-get="/logout" x="',
    "%(name)s %s %d",
]


def test_hostile_texts_are_only_texts(
    app: CRM, as_user: Callable[[str], Person], simple: ImportTemplate, session: Session
) -> None:
    """Hostile cases 35 and 45: in headings, cells, dictionary texts and the file's own name."""
    wang = as_user("admin")
    rows = [["客戶名稱", "電話", "來源", "<b>x</b>"], *([text, text, text, text] for text in PAYLOADS)]
    name = "../../<script>x</script>" + "長" * 300 + ".pHaR"
    assert send(wang, simple, b"\x89PNG\r\n\x1a\n", name).status_code == 422
    run = checked(wang, app, send(wang, simple, xlsx(rows), "../<img src=x>.xlsx", unknown="add"))
    for url in (run, f"{run}/start", "/imports/customers"):
        page = wang.get(url).get_data(as_text=True)
        assert "<script>alert" not in page and "<img" not in page.replace('<img src="/static', "")
        assert 'hx-get="/logout"' not in page
    assert {p.parent.name for p in Path(app.config["CRM_INSTANCE"]).rglob("*") if "img" in p.name} <= {"static"}
    begin(wang, app, run)
    assert set(session.scalars(select(Customer.name))) == set(PAYLOADS)


def test_too_large_a_file_is_told_so(app: CRM, as_user: Callable[[str], Person], simple: ImportTemplate) -> None:
    wang = as_user("wang")
    answer = send(wang, simple, b"x" * (21 * 1024 * 1024), "x.csv")
    assert answer.status_code == 422
    assert "20" in "".join(errors_on(answer))
    assert send(wang, simple, b"x" * (33 * 1024 * 1024), "x.csv").status_code == 413


def test_without_the_right_there_is_nothing(as_user: Callable[[str], Person], plain: ImportTemplate) -> None:
    finance = as_user("finance")
    for url in ("/imports/customers", "/imports/contacts", f"/imports/customers/templates/{plain.id}/file"):
        assert finance.get(url).status_code == 403
    assert as_user("wang").get(f"/imports/contacts/templates/{plain.id}").status_code == 404
