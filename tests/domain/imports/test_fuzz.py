"""Importing files of allowed and odd values over every field and option: always a result, and good values arrive.

`CRM_TEST_FILES=2000 python -m pytest tests/domain/imports/test_fuzz.py` is the long form; `CRM_TEST_SEED` other files.
"""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.imports.kinds import KINDS
from crm.domain.imports.mapping import TemplateColumn
from crm.domain.imports.options import Options
from crm.domain.imports.runs import begin_run, claim_run, problem_of
from crm.domain.imports.templates import templates_of
from crm.domain.products.categories import save_category
from crm.entities.record_saving import Actor
from crm.extensions import db
from crm.jobs.imports import CRASHED, WRONG_ROWS, stored_result
from crm.models import Contact, ImportRun, OrderLine, User
from crm.models.imports import CHECKED, DONE, FAILED, RUNNING
from tests.cast import Cast
from tests.factories import make_customer
from tests.import_files import ODD, GeneratedFile, Maker, World, stored_value
from tests.importing import Imports

Act = Callable[..., Actor]
FILES = int(os.environ.get("CRM_TEST_FILES", "45"))
KNOWN_BY = ("code", "phone", "email", "website", "tax_number", "main_mobile")
SEED = int(os.environ.get("CRM_TEST_SEED", "7"))


class Desk:
    """Sends files and looks into the database afterwards."""

    def __init__(self, session: Session, actor: Actor, folder: Path) -> None:
        self.session = session
        self.actor = actor
        self.job = Imports(db.engine)
        self.arrived: Counter[str] = Counter()
        self.wanted: Counter[str] = Counter()
        self.lost: list[str] = []

    def bring_in(self, made: GeneratedFile, name: str) -> None:
        file_name = made.write(self.job.uploads, name)
        template = next(iter(templates_of(self.session, made.kind)), None)
        columns = [TemplateColumn(key, heading) for key, heading in zip(made.keys, made.known_by, strict=True)]
        options = Options.from_values(made.options)
        run = begin_run(self.session, template, columns, file_name, name, options, self.actor)
        self.session.commit()
        self.job.check(run.id)
        self.session.expire_all()
        assert run.state == CHECKED, (name, made.options, problem_of(run))
        result = stored_result(run, self.job.uploads)
        assert result is not None
        assert result.counts["rows"] <= len(made.rows)
        wrong = {issue.row - made.first_row for issue in result.issues if issue.is_error}
        for number in wrong:
            assert ODD in made.expected[number].values(), (name, made.rows[number], result.issues)
        assert claim_run(self.session, run.id, CHECKED, RUNNING)
        self.session.commit()
        self.job.apply(run.id)
        self.session.expire_all()
        self._look(made, run, wrong, name)

    def _look(self, made: GeneratedFile, run: ImportRun, wrong: set[int], name: str) -> None:
        if run.state == FAILED:
            problem = problem_of(run)
            assert problem is not None
            assert problem.message == WRONG_ROWS, (name, problem.message, problem.values)
            assert problem.message != CRASHED
            assert wrong
            return
        assert run.state == DONE
        for number, expected in enumerate(made.expected):
            if number not in wrong and expected[made.named] is not ODD:
                self._compare(made, expected, f"{name} row {number + 2}")

    def _compare(self, made: GeneratedFile, expected: dict[str, Any], where: str) -> None:
        model: Any = made.kind.entity.model
        named = getattr(model, made.named)
        record = self.session.scalars(select(model).where(named == expected[made.named])).first()
        if record is None and any(expected.get(key) is ODD for key in KNOWN_BY):
            return  # the odd value may be another record's, too: then the row is a duplicate
        main = None
        if record is not None and made.kind.key == "customers":
            main = self.session.scalars(select(Contact).where(Contact.customer_id == record.id)).first()
        if record is not None and made.kind.key == "orders":
            of_order = select(OrderLine).where(OrderLine.order_id == record.id).order_by(OrderLine.position)
            main = self.session.scalars(of_order).all()[made.line_of(expected)]
        for key, value in expected.items():
            if value is ODD or (key.startswith("main_") and expected.get("main_contact", ODD) is ODD):
                continue
            self.wanted[key] += 1
            if record is not None and stored_value(record, main, key) == value:
                self.arrived[key] += 1
            else:
                self.lost.append(f"{where}: {key} {value!r}")


@pytest.mark.parametrize("kind", ["contacts", "customers", "products"])
def test_each_file_ends_in_a_result_and_good_values_arrive(
    kind: str, session: Session, cast: Cast, actor: Act, tmp_path: Path
) -> None:
    importer: User = cast.admin
    for number in range(3):
        make_customer(session, importer, name=f"舊客戶第{number}號")
    for name, code in (("紙品", "A1"), ("文具", "A2")):
        save_category(session, None, {"name": name, "code": code, "parent_id": None}, actor(importer))
    session.commit()
    desk = Desk(session, actor(importer), tmp_path)
    maker = Maker(SEED, World.of(session))
    for number in range(max(1, FILES // 3)):
        desk.bring_in(maker.file(KINDS[kind], importer), f"{kind}-{number}")
    assert sum(desk.arrived.values()) >= 0.99 * sum(desk.wanted.values()), desk.lost[:20]
    for key, count in desk.wanted.items():
        assert desk.arrived[key] >= 0.9 * count, (key, [line for line in desk.lost if f": {key} " in line][:5])
    assert {f.key for f in KINDS[kind].fields()} - {"is_main", "customer_code"} <= set(desk.wanted)
