"""The same values by form, by bulk action, by import and by a job leave the same in the database."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crm.app import CRM
from crm.domain.imports.kinds import KINDS
from crm.domain.imports.mapping import TemplateColumn
from crm.domain.imports.options import Options
from crm.domain.imports.runs import begin_run, claim_run
from crm.domain.imports.sent_files import folder_in
from crm.domain.imports.templates import templates_of
from crm.domain.products.products import save_product
from crm.entities.search_index import uses_fts
from crm.extensions import db
from crm.models import Contact, Customer, CustomerEvent, ImportRun, NumberingCounter, OperationLog, Product
from crm.models.imports import CHECKED, DONE, RUNNING
from crm.web.background_work import runner
from crm.web.table.bulk import page as bulk_page
from tests.cast import actor_as, read_cast
from tests.conftest import Person
from tests.factories import item, level, make_contact, make_customer
from tests.importing import Imports

MODELS: tuple[Any, ...] = (Customer, Contact, Product, CustomerEvent, OperationLog, NumberingCounter)
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT.*")
ADDRESS = "127.0.0.1"


@dataclass
class Door:
    """The firm; who asks is the administrator at one computer."""

    app: CRM
    session: Session
    as_user: Callable[[str], Person]

    def form(self, url: str, values: Mapping[str, Any]) -> None:
        answer = self.as_user("admin").post(url, dict(values))
        assert answer.status_code == 303, answer.get_data(as_text=True)[:3000]

    def file(self, kind: str, values: Mapping[str, Any], **options: str) -> None:
        folder = folder_in(Path(self.app.config["CRM_INSTANCE"]))
        (folder / f"{1:032x}").write_text(
            "\n".join(",".join(map(str, line)) for line in (values, values.values())), "utf-8"
        )
        columns = [TemplateColumn(key, key) for key in values]
        actor = replace(actor_as(self.session, read_cast(self.session).admin), address=ADDRESS)
        template = templates_of(self.session, KINDS[kind])[0]
        run = begin_run(self.session, template, columns, "x.csv", f"{1:032x}", Options.from_values(options), actor)
        self.session.commit()
        imports = Imports(db.engine)
        imports.check(run.id)
        assert claim_run(self.session, run.id, CHECKED, RUNNING)
        self.session.commit()
        imports.apply(run.id)
        self.session.rollback()
        self.session.expire_all()
        assert self.session.get_one(ImportRun, run.id).state == DONE

    def bulk(self, url: str, action: str, id_: int, **values: Any) -> None:
        self.as_user("admin").post(url, {"action": action, "ids": [id_], "confirmed": "1", **values})

    def job(self, url: str, action: str, id_: int, **values: Any) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bulk_page, "IN_REQUEST", 0)
            self.bulk(url, action, id_, **values)
        self.session.rollback()
        runner().finish()

    def dump(self) -> dict[str, list[Any]]:
        """What stands in the database, moments aside."""
        self.session.rollback()
        self.session.expire_all()
        found = {m.__tablename__: sorted_rows(self.session, select(m.__table__)) for m in MODELS}
        # What the firm was founded with, and that a file was imported, are not the records' own rows.
        found["operation_log"] = [row for row in found["operation_log"] if row["entity"] in KINDS]
        if uses_fts(self.session):
            for name in ("customers", "contacts", "products"):
                found[f"index of {name}"] = sorted_rows(self.session, text(f"SELECT rowid, document FROM {name}_fts"))
        return found


def sorted_rows(session: Session, wanted: Any) -> list[Any]:
    rows = [{k: plain(v) for k, v in row.items() if k != "id"} for row in session.execute(wanted).mappings()]
    return sorted(rows, key=str)


def plain(value: Any) -> Any:
    """Moments aside; a change of the log is a mapping, whose order says nothing."""
    if isinstance(value, datetime) or (isinstance(value, str) and MOMENT.fullmatch(value)):
        return "a moment"
    if isinstance(value, dict):
        return dict(sorted((key, plain(part)) for key, part in value.items()))
    return [plain(part) for part in value] if isinstance(value, list) else value


@pytest.fixture
def through(app: CRM, session: Session, as_user: Callable[[str], Person]) -> Callable[..., dict[str, list[Any]]]:
    """What the database holds after `prepare` and then `act`; the next one begins with the same firm."""

    def run(act: Callable[[Door, Any], None], prepare: Callable[[Session], Any] = lambda session: None) -> Any:
        door = Door(app, session, as_user)
        prepared = prepare(session)
        session.commit()
        act(door, prepared)
        found = door.dump()
        empty(session)
        return found

    return run


def empty(session: Session) -> None:
    tables = ["notices", "customer_events", "operation_log", "contacts", "products", "numbering_counters"]
    if uses_fts(session):
        tables += ["customers_fts", "contacts_fts", "products_fts"]
    for table in [*tables, "customers"]:
        session.execute(text(f"DELETE FROM {table}"))
        if not uses_fts(session) and table != "numbering_counters":
            # SQLite begins with 1 again by itself.
            session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1, false)"))
    session.commit()


def same(found: dict[str, list[Any]], expected: dict[str, list[Any]], door: str = "import") -> None:
    for table, rows in expected.items():
        assert len(found[table]) == len(rows), (door, table)
        for mine, theirs in zip(found[table], rows, strict=True):
            assert {k: (v, theirs[k]) for k, v in mine.items() if v != theirs[k]} == {}, (door, table)


CUSTOMER = {
    "name": "大同書局股份有限公司",
    "short_name": "大同書局",
    "tax_number": "22099131",
    "phone": "02-2531-7099",
    "email": "Info@datong.example",
    "website": "www.datong.example",
    "credit_limit": "1200.50",
    "founded_on": "2020-06-18",
    "next_contact_at": "2099-08-31 10:00",
    "main_contact": "陳大文",
    "main_mobile": "0912-345-678",
    "main_job_title": "經理",
    "notes": "由展覽而來",
}


def test_a_new_customer(through: Any, session: Session) -> None:
    chosen = {"level_id": level(session, "重要客戶"), "status_id": item(session, "customer_status", "成交")}
    typed = through(lambda door, _: door.form("/customers", CUSTOMER | {k: one.id for k, one in chosen.items()}))
    brought = through(lambda door, _: door.file("customers", CUSTOMER | {k: one.name for k, one in chosen.items()}))
    assert typed["customers"] and typed["contacts"] and typed["operation_log"]
    same(brought, typed)


def test_a_new_contact(through: Any, cast: Any) -> None:
    """The former main contact makes way."""

    def known(session: Session) -> Customer:
        customer = make_customer(session, read_cast(session).admin, name="大同書局")
        make_contact(session, customer, read_cast(session).admin, name="林舊")
        return customer

    values = {"name": "王新", "mobile": "0912-345-678", "email": "W@x.tw", "birthday": "1980-01-02", "line": "wx"}
    typed = through(
        lambda door, customer: door.form("/contacts", values | {"customer_id": customer.name, "is_main": "1"}), known
    )
    brought = through(
        lambda door, customer: door.file("contacts", values | {"customer_id": customer.name, "is_main": "是"}), known
    )
    assert len(typed["contacts"]) == 2
    same(brought, typed)


def test_a_new_product(through: Any, session: Session) -> None:
    values = {"name": "壓力表", "specification": "0–10 bar", "price": "12.5000", "notes": "德國製"}
    unit = item(session, "unit", "個")
    typed = through(
        lambda door, _: door.form("/products", values | {"unit_id": unit.id, "kind": "goods", "state": "on_sale"})
    )
    brought = through(lambda door, _: door.file("products", values | {"unit_id": unit.name}))
    assert typed["products"]
    same(brought, typed)


def test_a_customer_gets_another_level(through: Any, session: Session) -> None:
    other = level(session, "重要客戶")

    def known(session: Session) -> Customer:
        return make_customer(session, read_cast(session).admin, name="大同書局", phone="02-2531-7099")

    sent = {"name": "大同書局", "phone": "02-2531-7099", "level_id": other.id}
    doors = {
        "form": lambda door, one: door.form(f"/customers/{one.id}", sent),
        "bulk": lambda door, one: door.bulk("/customers/bulk", "level", one.id, level_id=other.id),
        "job": lambda door, one: door.job("/customers/bulk", "level", one.id, level_id=other.id),
        "import": lambda door, one: door.file("customers", {**sent, "level_id": other.name}, duplicates="overwrite"),
    }
    found = {name: through(act, known) for name, act in doors.items()}
    assert [row["kind"] for row in found["form"]["customer_events"]].count("level") == 1
    for name, dump in found.items():
        same(dump, found["form"], name)


def test_a_customer_gets_another_name(through: Any) -> None:
    """The pinyin code, the keys and the index follow by either door."""

    def known(session: Session) -> Customer:
        return make_customer(session, read_cast(session).admin, name="大同書局", phone="02-2531-7099")

    sent = {"name": "大同書店", "phone": "02-2531-7099"}
    typed = through(lambda door, one: door.form(f"/customers/{one.id}", sent), known)
    brought = through(lambda door, one: door.file("customers", sent, duplicates="overwrite"), known)
    assert typed["customers"][0]["pinyin"] == "dtsd"
    same(brought, typed)


def test_a_product_is_stopped(through: Any) -> None:
    def known(session: Session) -> Product:
        return save_product(
            session, None, {"name": "壓力表", "price": Decimal(100)}, actor_as(session, read_cast(session).admin)
        )

    sent = {"name": "壓力表", "kind": "goods", "state": "stopped", "price": "100"}
    doors = {
        "form": lambda door, one: door.form(f"/products/{one.id}", sent),
        "bulk": lambda door, one: door.bulk("/products/bulk", "stop", one.id),
        "job": lambda door, one: door.job("/products/bulk", "stop", one.id),
        "import": lambda door, one: door.file("products", sent, duplicates="overwrite"),
    }
    found = {name: through(act, known) for name, act in doors.items()}
    for name, dump in found.items():
        same(dump, found["form"], name)
