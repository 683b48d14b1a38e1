"""Every address declares who may ask for it, and keeps to the matrix (A-7, hostile cases 1–3, 52, 53)."""

import sqlite3
from collections.abc import Callable, Iterator
from contextvars import Context
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.imports.options import Options
from crm.domain.imports.runs import begin_run
from crm.domain.platform.choice_merging import merge_items
from crm.domain.platform.deletion import delete_record
from crm.domain.platform.merging import merge
from crm.domain.platform.recycle_bin import entry_of
from crm.jobs.long_tasks import request_task
from crm.models import (
    ApprovalRule,
    Attachment,
    City,
    Customer,
    CustomerLevel,
    CustomField,
    DictionaryItem,
    FirmLogo,
    ImportTemplate,
    Merge,
    OperationLog,
    OrgUnit,
    PrintTemplate,
    PrintTemplateVersion,
    Province,
    Role,
    SavedReport,
    SavedSearch,
    ScheduleItem,
    StandIn,
    StoredFile,
    SystemLog,
    User,
)
from crm.models.engine import instance_folder_of
from crm.models.imports import CHECKED
from crm.models.jobs import DONE
from tests.access_matrix import MATRIX, OWNED_BY_SOMEBODY, OWNERS_ONLY, PUBLIC
from tests.cast import Cast, actor_as
from tests.conftest import Person
from tests.factories import (
    approved_order,
    make_bulletin,
    make_category,
    make_contact,
    make_customer,
    make_letter,
    make_opportunity,
    make_order,
    make_product,
    make_quote,
    make_receipt,
    make_record,
    make_target,
)
from tests.sampling import mostly_long

LETTERS = {"a": "admin", "m": "manager", "s": "wang", "o": "order", "f": "finance"}
LOG_TABLES = {"system_log", "operation_log", "sqlite_sequence"}


@pytest.fixture
def rules(app: CRM) -> list[Any]:
    return list(app.url_map.iter_rules())


def test_every_address_stands_in_the_matrix_and_declares_its_access(rules: list[Any], app: CRM) -> None:
    endpoints = {rule.endpoint for rule in rules}
    assert sorted(endpoints - set(MATRIX)) == []
    assert sorted(set(MATRIX) - endpoints) == []
    undeclared = [e for e in endpoints if not getattr(app.view_functions[e], "access", None)]
    assert undeclared == []


@pytest.fixture
def ids(session: Session, cast: Cast) -> dict[str, Any]:
    """One record of each kind; what a salesperson owns is Wang's."""
    customer = make_customer(session, cast.wang, name="王的客戶")
    contact = make_contact(session, customer, cast.wang)
    plan = {"next_contact_at": datetime(2099, 1, 1, tzinfo=UTC), "next_plan": "再訪"}
    record = make_record(session, customer, cast.wang, **plan)
    item = session.scalars(select(ScheduleItem)).one()
    return {
        "customer": customer.id,
        "contact": contact.id,
        "record": record.id,
        "schedule": item.id,
        "level": session.scalars(select(CustomerLevel.id)).first(),
        "dictionary": "industry",
        "item": session.scalars(select(DictionaryItem.id)).first(),
        "unit": session.scalars(select(OrgUnit.id)).first(),
        "person": cast.finance.id,
        "former": former_person(session, cast),
        "role": own_role(session),
        "panel": "today",
        "explained": {"kind": "customers", "id": customer.id},
        "firm_logo": firm_logo(session),
        "function": "customers",
        **attachment_ids(session, cast, customer),
        **approval_ids(session, cast),
        **more_ids(session, cast),
    }


def firm_logo(session: Session) -> str:
    session.add(FirmLogo(digest="1" * 64, png=b"a picture", width=1, height=1))
    session.flush()
    return "1" * 64


def attachment_ids(session: Session, cast: Cast, customer: Customer) -> dict[str, Any]:
    """Files of Wang's customer, one of them deleted."""
    made = datetime.now(UTC)
    session.add(StoredFile(digest="0" * 64, size=1, media_type="image/png", stored_at=made))
    session.flush()
    more = {"kind": "customers", "record_id": customer.id, "digest": "0" * 64, "created_at": made, "updated_at": made}
    hanging, deleted = Attachment(name="王的客戶.png", **more), Attachment(name="舊.png", deleted_at=made, **more)
    session.add_all([hanging, deleted])
    session.flush()
    of_customer = {"kind": "customers", "id": customer.id}
    return {"attached": of_customer, "attachment": hanging.id, "deleted_attachment": deleted.id, **log_ids(session)}


def log_ids(session: Session) -> dict[str, Any]:
    """An entry of each log, and a place that nothing names."""
    system = SystemLog(at=datetime.now(UTC), kind="login", name="wang")
    session.add(system)
    session.flush()
    entry = session.scalars(select(OperationLog.id)).first()
    province = Province(code="X1", name="無人省")
    session.add(province)
    session.flush()
    city = City(code="X101", name="無人市", province_id=session.scalars(select(Province.id)).first())
    session.add(city)
    session.flush()
    return {"log_entry": entry, "system_entry": system.id, "province": province.id, "city": city.id}


def approval_ids(session: Session, cast: Cast) -> dict[str, Any]:
    """A rule that nothing falls under, and a stand-in."""
    made = {"created_at": datetime.now(UTC), "updated_at": datetime.now(UTC)}
    rule = ApprovalRule(document="orders", condition="amount", amount=Decimal(10**9), second_id=cast.finance.id, **made)
    stand_in = StandIn(
        user_id=cast.finance.id, stand_in_id=cast.order.id, from_on=date(2099, 1, 1), until_on=date(2099, 1, 2), **made
    )
    session.add_all([rule, stand_in])
    session.flush()
    return {"approval_rule": rule.id, "stand_in": stand_in.id}


def make_backup_file(session: Session) -> str:
    """A file where backups are kept; the matrix asks who may have it, not what is in it."""
    file = instance_folder_of(session) / "backups" / "shuke-20260101-000000.zip"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"no zip")
    return file.name


def former_person(session: Session, cast: Cast) -> int:
    """Somebody who left."""
    made = {"created_at": cast.wang.created_at, "updated_at": cast.wang.created_at, "deleted_at": datetime.now(UTC)}
    person = User(login="gone", login_key="gone", name="離職者", unit_id=cast.wang.unit_id, password_hash="x", **made)
    session.add(person)
    session.flush()
    return person.id


def own_role(session: Session) -> int:
    """A role of the firm's own, which can be deleted."""
    role = Role(name="助理", scope=1, created_at=datetime.now(UTC), updated_at=datetime.now(UTC))
    session.add(role)
    session.flush()
    return role.id


def more_ids(session: Session, cast: Cast) -> dict[str, Any]:
    """Records of features that keep their own factories."""
    templates = {t.kind: t for t in session.scalars(select(ImportTemplate))}
    options, sender = Options(), actor_as(session, cast.wang)
    run = begin_run(session, templates["customers"], [], "王的名單.xlsx", "0" * 32, options, sender)
    run.state = CHECKED
    session.flush()
    opportunity = make_opportunity(session, make_customer(session, cast.wang, name="王的客戶"), cast.wang)
    pooled = make_customer(session, cast.manager, name="池中客戶", pooled=True)
    payload = {"table": "pool", "action": "claim", "values": {}, "back": "/pool?q=王的客戶", "ids": [pooled.id]}
    task = request_task(session, "bulk", payload, sender)
    task.state = DONE
    session.flush()
    kept = SavedSearch(list_key="customers", name="我的", user_id=cast.wang.id, query="q=x")
    report = SavedReport(report="customer_classes", name="我的", user_id=cast.wang.id, query="")
    own = CustomField(entity="customers", label="我的字段", kind="text")
    session.add_all([kept, report, own])
    session.flush()
    deleted = make_customer(session, cast.wang, name="王的客戶舊")
    delete_record(session, deleted, sender)
    return {
        "list": "customers",
        "entry": entry_of(session, deleted).id,
        "custom_kind": "customers",
        "custom_field": own.id,
        "kind": "customers",
        "merge": merged_id(session, cast),
        "item merge": merged_item_id(session, cast),
        "category": make_category(session, "辦公設備").id,
        "product": make_product(session, "影印機").id,
        "product_run": run.id,
        "numbering": "products",
        "saved_report": report.id,
        "kept_search": {"key": "customers", "id": kept.id},
        "opportunity": opportunity.id,
        "job": "recycling",
        "backup": make_backup_file(session),
        "bulletin": make_bulletin(session, cast.admin).id,
        "letter": make_letter(session, cast.wang).id,
        "target": make_target(session, cast.wang, cast.manager).id,
        "import_run": run.id,
        "pool_customer": pooled.id,
        "long_task": task.id,
        **(sales := sales_ids(session, cast)),
        "decided_order": sales["order"],
        "decided_receipt": sales["receipt"],
        **print_ids(session),
        **{f"{kind}_template": template.id for kind, template in templates.items()},
    }


def merged_id(session: Session, cast: Cast) -> int:
    kept, other = (make_customer(session, cast.wang, name=name) for name in ("王的客戶甲", "王的客戶乙"))
    versions = {customer.id: customer.version for customer in (kept, other)}
    return merge(session, kept, [other], {}, actor_as(session, cast.wang), versions).id


def merged_item_id(session: Session, cast: Cast) -> int:
    kept, other = (DictionaryItem(dictionary="customer_source", name=name) for name in ("網路廣告", "網路"))
    session.add_all([kept, other])
    session.flush()
    merge_items(session, other, kept.id, actor_as(session, cast.admin), other.version)
    return session.scalars(select(Merge.id).where(Merge.kind == "dictionaries")).one()


def sales_ids(session: Session, cast: Cast) -> dict[str, Any]:
    """What Wang offered, sold and received."""
    customer = make_customer(session, cast.wang, name="王的客戶買方")
    order = approved_order(session, customer, cast.wang, cast.order)
    return {
        "receivable": order.id,
        "quote": make_quote(session, customer, cast.wang).id,
        "order": make_order(session, customer, cast.wang).id,
        "receipt": make_receipt(session, customer, cast.wang, {order: "10"}).id,
    }


def print_ids(session: Session) -> dict[str, Any]:
    """A print template that is not the default, with the text it began with."""
    made = datetime.now(UTC)
    template = PrintTemplate(module="orders", name="送貨單", built_in="orders", body="{{code}}")
    template.created_at = template.updated_at = made
    session.add(template)
    session.flush()
    version = PrintTemplateVersion(template_id=template.id, at=made, body="{{code}}")
    session.add(version)
    session.flush()
    return {"print_template": template.id, "print_version": {"id": template.id, "version": version.id}}


def address(rule: Any, ids: dict[str, Any]) -> str:
    """The rule's address with the record's number in it."""
    kind = MATRIX[rule.endpoint][1]
    named = ids[kind] if kind else 1
    parts = named if isinstance(named, dict) else dict.fromkeys(rule.arguments, named)
    if rule.endpoint == "static":
        parts = {"filename": "css/app.css"}
    url: str = rule.build(parts, append_unknown=False)[1]
    return url


def requests(rules: list[Any], ids: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """(endpoint, method, address) of everything."""
    for rule in sorted(rules, key=lambda r: (r.endpoint, r.rule)):
        for method in sorted(rule.methods & {"GET", "POST"}):
            yield rule.endpoint, method, address(rule, ids)


def ask(person: Person, method: str, url: str) -> Any:
    return person.get(url) if method == "GET" else person.post(url)


@pytest.mark.parametrize("letter", mostly_long(LETTERS, "sf"))
def test_each_role_gets_what_the_matrix_says(
    letter: str, rules: list[Any], ids: dict[str, Any], as_user: Callable[[str], Person], app: CRM
) -> None:
    """403 exactly where the role lacks the verb; neither what is refused nor any GET changes a row (case 52)."""
    person = as_user(LETTERS[letter])
    person.get("/")
    before = contents(app)
    wrong = []
    for endpoint, method, url in requests(rules, ids):
        allowed = "s" if endpoint in OWNERS_ONLY else MATRIX[endpoint][0]
        if without_role(endpoint):
            continue
        if method == "POST" and letter in allowed:
            continue
        code = ask(person, method, url).status_code
        if (code == 403) == (letter in allowed) or code >= 500:
            wrong.append((endpoint, method, url, code))
    assert wrong == []
    assert contents(app) == before


def without_role(endpoint: str) -> bool:
    """What everybody may ask for."""
    return MATRIX[endpoint][0] == PUBLIC or endpoint in ("auth.logout", "auth.sign_out")


def test_nobody_gets_anything_without_signing_in(
    app: CRM, rules: list[Any], ids: dict[str, Any], session: Session
) -> None:
    session.commit()
    client = app.test_client()
    wrong = []
    for endpoint, method, url in requests(rules, ids):
        if MATRIX[endpoint][0] == PUBLIC:
            continue
        answer = Context().run(client.open, url, method=method)
        if answer.status_code not in (303, 400) or "王的客戶" in answer.get_data(as_text=True):
            wrong.append((endpoint, method, url, answer.status_code))
    assert wrong == []


def test_li_gets_404_for_everything_of_wangs(
    rules: list[Any], ids: dict[str, Any], as_user: Callable[[str], Person], app: CRM
) -> None:
    """Seen, changed, deleted, added to: 404, and the database is as it was."""
    li = as_user("li")
    before = contents(app)
    wrong = []
    for endpoint, method, url in requests(rules, ids):
        if MATRIX[endpoint][1] not in OWNED_BY_SOMEBODY or ("/new" in url and "customers/" not in url):
            continue
        sent = {"name": "搶", "title": "搶", "content": "搶", "done_note": "搶"}
        answer = li.get(url) if method == "GET" else li.post(url, sent)
        if answer.status_code != 404 or "王的客戶" in answer.get_data(as_text=True):
            wrong.append((endpoint, method, url, answer.status_code))
    assert wrong == []
    assert contents(app) == before


def test_a_get_of_what_everybody_may_ask_for_changes_nothing(
    rules: list[Any], ids: dict[str, Any], as_user: Callable[[str], Person], app: CRM
) -> None:
    """Hostile case 52, log rows aside; all other addresses are asked for by each role above."""
    admin = as_user("admin")
    admin.get("/")
    before = contents(app)
    for endpoint, method, url in requests(rules, ids):
        if method == "GET" and without_role(endpoint):
            assert admin.get(url).status_code < 500, endpoint
            assert contents(app) == before, endpoint


def test_a_post_needs_its_token(
    rules: list[Any], ids: dict[str, Any], as_user: Callable[[str], Person], app: CRM
) -> None:
    """Hostile case 53: without a token, or with another's: refused, nothing is changed."""
    admin = as_user("admin")
    admin.session.commit()
    before = contents(app)
    for endpoint, method, url in requests(rules, ids):
        if method != "POST":
            continue
        for sent in ({"data": {}}, {"data": {"csrf_token": "made-up"}}):
            code = Context().run(admin.client.post, url, **sent).status_code
            assert code == 400 or (endpoint == "auth.login" and code == 303), (endpoint, sent, code)
    assert contents(app) == before


def contents(app: CRM) -> dict[str, list[Any]]:
    """Every row of every table, log rows aside."""
    file = Path(app.config["CRM_INSTANCE"]) / "crm.sqlite3"
    with sqlite3.connect(file) as connection:
        names = [r[0] for r in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        kept = [n for n in names if n not in LOG_TABLES and "_fts" not in n]
        found = {name: connection.execute(f'SELECT * FROM "{name}"').fetchall() for name in kept}
    connection.close()
    return found
