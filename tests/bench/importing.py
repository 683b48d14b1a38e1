"""An import of customers against what must be done at least: reading the file, and inserting its rows (qualities)."""

from collections.abc import Sequence
from contextvars import Context
from datetime import UTC, date, datetime
from operator import itemgetter
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from flask import Flask
from openpyxl import Workbook
from python_calamine import CalamineWorkbook
from sqlalchemy import create_engine, insert, select

from crm.domain.imports.kinds import KINDS
from crm.domain.imports.mapping import TemplateColumn
from crm.domain.imports.options import Options
from crm.domain.imports.runs import begin_run, claim_run, new_stored_name
from crm.domain.imports.sent_files import folder_in
from crm.domain.imports.templates import templates_of
from crm.domain.platform.settings import read_settings
from crm.entities.record_saving import Actor
from crm.extensions import db
from crm.jobs.imports import CHECK, IMPORT, queue_import
from crm.jobs.long_tasks import LongWork, run_task
from crm.models import Customer, ImportRun, User, rights_of
from crm.models.base import Base
from crm.models.customers import POOL
from crm.models.engine import prepare_engine, set_read_only
from crm.models.imports import CHECKED, DONE, RUNNING
from crm.models.table_versions import clear_cache
from tests.bench.firm import ADMIN
from tests.bench.names import company_name, person_name

ROWS = 10_000
FIELDS = ("name", "short_name", "tax_number", "phone", "address", "email", "main_name", "notes")
SEED = 11


def import_ratio(app: Flask, rows: int = ROWS) -> float:
    """Check and import of the rows as a multiple of reading them with calamine and inserting them by executemany
    into an empty customers table with its indexes."""
    instance = Path(app.config["CRM_INSTANCE"])
    with TemporaryDirectory(dir=instance, prefix="bench-import-") as made:
        file = folder_in(instance) / new_stored_name()
        write_file(file, rows)
        least = median(_least(Path(made) / f"least-{n}.sqlite3", file) for n in range(3))
        taken: float = Context().run(_imported, app, file)
    return taken / least


def write_file(path: Path, rows: int, headings: Sequence[str] = FIELDS, first: int = 0) -> None:
    """A workbook of customers whom nobody knows; `first` is another number where one was imported before."""
    random = Random(SEED + first)
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet()
    sheet.append(list(headings))
    for number in range(first, first + rows):
        name, short_name = company_name(random)
        phone = f"0{random.randrange(2, 9)}-2{random.randrange(1000):03d}-{random.randrange(10**4):04d}"
        address = f"臺北市中山區中正路{random.randrange(1, 500)}號"
        row = [f"{name}{number}", f"{short_name}{number}", f"{random.randrange(10**8):08d}", phone, address]
        sheet.append([*row, f"i{number}@example.com", person_name(random), "由舊系統轉入"])
    with path.open("wb") as out:
        workbook.save(out)


def _least(database: Path, file: Path) -> float:
    """Seconds for reading the file and inserting its rows, durably and run as the product's database is."""
    engine = create_engine(f"sqlite:///{database}")
    prepare_engine(engine, str(database.parent), "bench")
    set_read_only(False)
    Base.metadata.create_all(engine)
    at = datetime.now(UTC)
    fixed = {"version": 1, "pool": POOL, "created_at": at, "updated_at": at, "pinyin": "", "search_text": ""}
    fixed |= {"name_key": "", "core_key": "", "registered_on": at.date()}
    columns = [*FIELDS[:6], "notes"]
    started = perf_counter()
    cells = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()[1:]
    statement = insert(Customer.__table__).compile(engine, column_keys=["id", "code", "code_key", *columns, *fixed])  # type: ignore[arg-type]
    with engine.begin() as connection:
        stamps = {key: str(value) if isinstance(value, datetime | date) else value for key, value in fixed.items()}
        values = [
            {
                "id": number,
                "code": f"X{number}",
                "code_key": f"x{number}",
                **dict(zip(columns, (*row[:6], row[7]), strict=True)),
                **stamps,
            }
            for number, row in enumerate(cells, 1)
        ]
        order = statement.positiontup or ()
        connection.exec_driver_sql(str(statement), list(map(itemgetter(*order), values)))
    seconds = perf_counter() - started
    engine.dispose()
    return seconds


def _do(kind: LongWork, run_id: int, actor: Actor) -> None:
    """A step of the run, as a request has it done."""
    with db.session.begin():
        task_id = queue_import(db.session(), kind, db.session.get_one(ImportRun, run_id), actor).id
    db.session.remove()
    run_task(db.engine, task_id, lambda: datetime.now(UTC))


def _imported(app: Flask, file: Path) -> float:
    """Seconds of the check and the import by the administrator, as a person's request has them done."""
    with app.app_context():
        set_read_only(False)
        clear_cache()
        session, now = db.session(), datetime.now(UTC)
        user = session.scalars(select(User).where(User.login == ADMIN)).one()
        actor = Actor(rights_of(session, user), now, read_settings(session).zone)
        template = templates_of(session, KINDS["customers"])[0]
        columns = [TemplateColumn(key, key) for key in FIELDS]
        run = begin_run(session, template, columns, "bench.xlsx", file.name, Options.from_values({}), actor)
        session.commit()
        run_id = run.id
        db.session.remove()
        started = perf_counter()
        _do(CHECK, run_id, actor)
        with db.session.begin():
            claim_run(db.session(), run_id, CHECKED, RUNNING)
        _do(IMPORT, run_id, actor)
        seconds = perf_counter() - started
        state, counts = db.session.execute(
            select(ImportRun.state, ImportRun.counts).where(ImportRun.id == run_id)
        ).one()
        db.session.remove()
    if state != DONE:
        raise RuntimeError(f"the import is {state}: {counts}")
    return seconds
