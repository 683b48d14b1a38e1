"""Good files of every format, encoding and kind of cell arrive, compared value by value (I-3, I-5).

`CRM_TEST_FILES=20 python -m pytest tests/domain/imports/test_good_files.py`: so many files of each form;
`CRM_TEST_SEED`: other ones.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from crm.domain.imports.kinds import KINDS
from crm.domain.products.categories import save_category
from crm.entities.record_saving import Actor
from tests.cast import Cast
from tests.domain.imports.test_fuzz import Desk
from tests.factories import make_customer
from tests.good_files import FORMS, GoodMaker, good_world
from tests.import_files import World

FILES = int(os.environ.get("CRM_TEST_FILES", "1"))
SEED = int(os.environ.get("CRM_TEST_SEED", "7"))


@pytest.mark.parametrize("kind", ["contacts", "customers", "products"])
def test_good_files_of_every_form_arrive(
    kind: str, session: Session, cast: Cast, actor: Callable[..., Actor], tmp_path: Path
) -> None:
    for number in range(3):
        make_customer(session, cast.admin, name=f"舊客戶第{number}號")
    for name, code in (("紙品", "A1"), ("文具", "A2")):
        save_category(session, None, {"name": name, "code": code, "parent_id": None}, actor(cast.admin))
    session.commit()
    desk, world = Desk(session, actor(cast.admin), tmp_path), World.of(session)
    for place, form in enumerate(FORMS):
        maker = GoodMaker(SEED + place, good_world(world, form))
        before = sum(desk.arrived.values()), sum(desk.wanted.values())
        for number in range(FILES):
            desk.bring_in(maker.good_file(KINDS[kind], cast.admin, form), f"{kind}-{place}-{number}")
        arrived, wanted = sum(desk.arrived.values()) - before[0], sum(desk.wanted.values()) - before[1]
        assert arrived >= 0.9 * wanted > 0, (form, desk.lost[-10:])
    assert sum(desk.arrived.values()) >= 0.99 * sum(desk.wanted.values()), desk.lost[:20]
    for key, count in desk.wanted.items():
        assert desk.arrived[key] >= 0.9 * count, (key, [line for line in desk.lost if f": {key} " in line][:5])
    assert {f.key for f in KINDS[kind].fields()} - {"is_main"} <= set(desk.wanted)
