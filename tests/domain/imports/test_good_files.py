"""Good files of every format, encoding and kind of cell arrive, compared value by value (I-3, I-5, I-10).

Every field of every kind that can be imported, the firm's own too, under headings in any order. The quick form brings
in one file of some forms, `--long` one of each; `--files 13` is a thousand in all. `CRM_TEST_SEED`: other ones.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.imports.kinds import KINDS
from crm.domain.products.categories import save_category
from crm.entities.custom_fields import KINDS as FIELD_KINDS
from crm.entities.custom_fields import dictionary_of
from crm.entities.record_saving import Actor
from crm.models import Contact, CustomField, DictionaryItem, Product
from tests.cast import Cast
from tests.domain.imports.test_fuzz import Desk
from tests.factories import make_contact, make_customer, make_product
from tests.good_files import CARDS, FORMS, GoodMaker, good_world
from tests.import_files import World

SEED = int(os.environ.get("CRM_TEST_SEED", "7"))
SOME = {
    "contacts": ("xlsx", "csv big5", "xls 95 gbk", *CARDS),
    "customers": ("xlsx elsewhere", "csv gbk", "tabs utf-16", "xls"),
    "products": ("xlsx backslashes", "semicolons", "xls misnamed"),
    "records": ("xlsx", "csv utf-8 with mark", "xls 95 big5"),
    "orders": ("xlsx", "tabs big5", "xls"),
}
"""What the quick form tries: each form at least once."""


def forms_of(kind: str) -> tuple[str, ...]:
    return (*FORMS, *CARDS) if kind == "contacts" else FORMS


def add_own_fields(session: Session, kind: str) -> None:
    for number, key in enumerate(FIELD_KINDS):
        field = CustomField(entity=kind, label=f"自訂{key}", kind=key, position=number)
        session.add(field)
        session.flush()
        for place, name in enumerate(("紅", "綠", "深藍") if FIELD_KINDS[key].choices else ()):
            session.add(DictionaryItem(dictionary=dictionary_of(field.id), name=name, position=place))


def fill(session: Session, cast: Cast, actor: Actor) -> None:
    for number in range(3):
        customer = make_customer(session, cast.admin, name=f"舊客戶第{number}號")
        if number:
            make_contact(session, customer, cast.admin, f"窗口{number}")
    for name, code in (("紙品", "A1"), ("文具", "A2")):
        save_category(session, None, {"name": name, "code": code, "parent_id": None}, actor)
    for name in ("鉛筆", "影印紙"):
        make_product(session, name)
    for kind in KINDS:
        if "custom" in KINDS[kind].entity.model.__table__.c:
            add_own_fields(session, kind)
    session.commit()


@pytest.mark.parametrize("kind", list(SOME))
def test_good_files_of_every_form_arrive(
    kind: str,
    pytestconfig: pytest.Config,
    session: Session,
    cast: Cast,
    actor: Callable[..., Actor],
    tmp_path: Path,
) -> None:
    files = pytestconfig.getoption("--files")
    fill(session, cast, actor(cast.admin))
    desk, world = Desk(session, actor(cast.admin), tmp_path), World.of(session)
    imported = KINDS[kind].of_firm(session)
    for place, form in enumerate(forms_of(kind) if files or pytestconfig.getoption("--long") else SOME[kind]):
        maker = GoodMaker(SEED + place, good_world(world, form))
        maker.form_of_cards = form in CARDS
        maker.contacts = {contact.customer_id: contact for contact in session.scalars(select(Contact))}
        maker.products = list(session.scalars(select(Product)))
        before = sum(desk.arrived.values()), sum(desk.wanted.values())
        for number in range(files or 1):
            desk.bring_in(maker.good_file(imported, cast.admin, form), f"{kind}-{place}-{number}")
        arrived, wanted = sum(desk.arrived.values()) - before[0], sum(desk.wanted.values()) - before[1]
        assert arrived >= 0.9 * wanted > 0, (form, desk.lost[-10:])
    assert sum(desk.arrived.values()) == sum(desk.wanted.values()), (len(desk.lost), desk.lost[:30])
    assert {f.key for f in imported.fields()} - {"is_main", "paid_on", "customer_code"} <= set(desk.wanted)


def test_the_quick_form_tries_every_form_and_every_kind() -> None:
    assert {form for forms in SOME.values() for form in forms} >= {*CARDS, "xlsx", "xls"}
    assert set(SOME) == set(KINDS)
