"""C-3, C-5: what an older version kept of telephones is made anew by the upgrade, on both databases."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from crm.domain.customers.duplicates import find_duplicates
from crm.entities.search_index import matches_search, search_table, uses_fts
from crm.models import Contact, Customer
from tests.factories import make_contact, make_customer

VERSIONS = Path(__file__).parents[3] / "migrations" / "versions"


def migration(name):
    (path,) = VERSIONS.glob(f"*_{name}.py")
    spec = spec_from_file_location(name, path)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def older(session, cast):
    """Two records as an older version left them: its keys held the country, and its index only what was typed."""
    customer = make_customer(session, cast.li, name="香港記號", short_name="港記", phone="+852 2345 6780")
    contact = make_contact(session, make_customer(session, cast.li, name="台北記號"), cast.li, mobile="2345-6789")
    untouched = make_customer(session, cast.li, name="高雄記號", phone="07-222-3333")
    for model, record, key in ((Customer, customer, "phone_key"), (Contact, contact, "mobile_key")):
        bare = record.search_text.split("\ue002")[0] + "\ue002" + record.code.lower().replace("-", "")
        session.execute(update(model).where(model.id == record.id).values({key: "85223456780", "search_text": bare}))
        if uses_fts(session):
            table = search_table(model)
            session.execute(delete(table).where(table.c.rowid == record.id))
    session.flush()
    session.expire_all()
    return customer, contact, untouched


def found(session, model, typed):
    return set(
        session.scalars(
            model.__table__.select().with_only_columns(model.id).where(matches_search(session, model, typed))
        )
    )


def test_an_upgrade_makes_telephones_findable_as_they_are_dialled(session, older):
    customer, contact, untouched = older
    before = untouched.search_text
    migration("international_telephones").refill(session.connection())
    session.expire_all()
    assert (customer.phone_key, contact.mobile_key, untouched.phone_key) == ("23456780", "23456789", "72223333")
    assert untouched.search_text == before
    assert found(session, Contact, "02-2345-6789") == {contact.id}
    assert found(session, Contact, contact.name) == {contact.id}
    assert found(session, Customer, "+886 7 222 3333") == {untouched.id}
    assert [like.id for like in find_duplicates(session, {"phone": "07-2223333"})] == [untouched.id]
