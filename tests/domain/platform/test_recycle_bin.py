"""The recycle bin (A-10): what was deleted together is one entry, and comes back where it was."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from crm.domain.customers.contact_records import delete_contact_record
from crm.domain.customers.contacts import save_contact
from crm.domain.platform.attachments import delete_attachment
from crm.domain.platform.custom_fields import save_field
from crm.domain.platform.deletion import delete_record, deleted_together, new_batch
from crm.domain.platform.purging import purge, purge_old
from crm.domain.platform.readers import reader_for
from crm.domain.platform.recycle_bin import (
    Undecided,
    entries_seen,
    get_entry_for,
    lines_seen,
    questions_of,
    records_of,
    restore,
    with_batches,
)
from crm.domain.schedule.items import delete_item, save_item
from crm.entities.custom_fields import attribute
from crm.entities.customers import CUSTOMER
from crm.entities.record_saving import stamp
from crm.entities.registry import entities
from crm.errors import DomainError, FieldError, NotAllowed, NotFound
from crm.models import (
    Attachment,
    Contact,
    ContactRecord,
    Customer,
    Deletion,
    Notice,
    OperationLog,
    SalesTarget,
    ScheduleItem,
    StoredFile,
)
from crm.models.custom_values import json_key
from tests.cast import actor_as
from tests.conftest import found_again, grow, identities
from tests.dumping import differences, dump
from tests.factories import (
    approved_order,
    level,
    make_contact,
    make_customer,
    make_opportunity,
    make_order,
    make_product,
    make_quote,
    make_receipt,
    make_record,
    make_target,
)

NOW = datetime(2026, 8, 31, 2, tzinfo=UTC)


@pytest.fixture
def admin(cast, actor):
    return actor(cast.admin, NOW)


@pytest.fixture(scope="module")
def linked(grown, tmp_path_factory):
    folder = tmp_path_factory.mktemp("linked") / "instance"
    return folder, grow(grown, folder, lambda session, cast: identities(fill(session, cast)))


@pytest.fixture
def firm_folder(request, grown):
    return request.getfixturevalue("linked")[0] if "firm" in request.fixturenames else grown


@pytest.fixture
def firm(session, linked):
    """One of each kind, linked as they are in life; kind → record."""
    return found_again(session, linked[1])


def fill(session, cast):
    customer = make_customer(session, cast.wang, name="大同書局", now=NOW)
    contact = make_contact(session, customer, cast.wang, name="林小姐", now=NOW)
    make_record(session, customer, cast.wang, NOW - timedelta(days=9), level_id=level(session, "重要客戶").id)
    record = make_record(session, customer, cast.wang, NOW - timedelta(days=2), level_id=level(session, "一般客戶").id)
    opportunity = make_opportunity(session, customer, cast.wang, now=NOW, contact_id=contact.id)
    quote = make_quote(session, customer, cast.wang, "50", opportunity_id=opportunity.id)
    buyer = make_customer(session, cast.wang, name="買方", now=NOW)
    order = make_order(session, buyer, cast.wang)

    receipt = make_receipt(session, buyer, cast.wang, {approved_order(session, buyer, cast.wang, cast.order): "10"})
    planned = save_item(
        session,
        None,
        {"title": "拜訪", "starts_at": NOW + timedelta(days=3), "customer_id": customer.id},
        actor_as(session, cast.wang),
    )
    return {
        "customers": customer,
        "contacts": contact,
        "records": record,
        "opportunities": opportunity,
        "quotes": quote,
        "orders": order,
        "receipts": receipt,
        "products": make_product(session, "影印機"),
        "target_setting": make_target(session, cast.wang, cast.manager),
        "schedule": planned,
    }


VERBS = {"records": delete_contact_record, "schedule": delete_item}


def thrown_away(session, record, by):
    """The entry that deleting the record makes."""
    kind = next(kind for kind in entities() if isinstance(record, kind.model))
    VERBS.get(kind.key, delete_record)(session, record, by)
    session.commit()
    return session.scalars(select(Deletion).order_by(Deletion.id.desc())).first()


@pytest.mark.parametrize("key", [kind.key for kind in entities()])
def test_deleted_and_brought_back_the_database_is_as_it_was(session, cast, actor, firm, key):
    by = actor(cast.wang if key == "schedule" else cast.admin, NOW)
    before = dump(session)
    entry = thrown_away(session, firm[key], by)
    assert (entry.kind, entry.record_id, entry.by_id) == (key, firm[key].id, by.user_id)
    assert firm[key].deleted_at == NOW
    assert restore(session, entry, by) == []
    session.commit()
    assert differences(before, dump(session)) == {}


def test_what_was_deleted_at_once_and_brought_back_leaves_the_database_as_it_was(session, cast, admin, firm):
    """Several kinds at once, with a file and a field of the firm's own: one line of the list, each comes back."""
    field = save_field(session, None, CUSTOMER, {"label": "合約", "kind": "text"}, reader_for(session, admin), admin)
    firm["customers"].custom = {json_key(attribute(field)): "HT-1"}
    session.add(StoredFile(digest="0" * 64, size=1, media_type="application/pdf", stored_at=NOW))
    session.flush()
    file = Attachment(kind="products", record_id=firm["products"].id, digest="0" * 64, name="型錄.pdf")
    stamp(file, admin)
    session.add(file)
    session.commit()
    before = dump(session)
    with deleted_together(session, new_batch()):
        delete_attachment(session, file, firm["products"], admin)
        for key in ("products", "orders", "target_setting", "customers"):
            delete_record(session, firm[key], admin)
    session.commit()
    (line,) = session.scalars(lines_seen(admin.rights))
    ids = with_batches(session, [line.id], admin.rights)
    assert len(ids) == 5
    for entry_id in reversed(ids):
        assert restore(session, session.get_one(Deletion, entry_id), admin) == []
    session.commit()
    assert differences(before, dump(session)) == {}


def test_what_was_deleted_together_is_one_entry_with_its_counts(session, cast, admin, firm):
    entry = thrown_away(session, firm["customers"], admin)
    assert (entry.name, entry.at, entry.owner_id) == ("大同書局", NOW, cast.wang.id)
    assert dict(entry.counts) == {"contacts": 1, "records": 2, "opportunities": 1, "quotes": 1, "schedule": 1}
    assert session.scalar(select(func.count()).select_from(Deletion)) == 1
    assert isinstance(records_of(session, entry)[0], Customer)


def test_what_was_deleted_before_stays_in_the_bin(session, cast, actor, admin, firm):
    first = thrown_away(session, firm["contacts"], admin)
    later = actor(cast.admin, NOW + timedelta(hours=1))
    second = thrown_away(session, firm["customers"], later)
    with pytest.raises(DomainError, match="belongs to"):
        restore(session, first, later)
    restore(session, second, later)
    assert firm["customers"].deleted_at is None
    assert firm["contacts"].deleted_at == NOW
    restore(session, first, later)
    assert firm["contacts"].deleted_at is None


def test_a_record_that_comes_back_leaves_what_was_written_meanwhile(session, cast, admin, actor, firm):
    """The newest record says when to contact next (R-4), also after an older one is back."""
    entry = thrown_away(session, firm["records"], admin)
    customer = firm["customers"]
    newer = make_record(
        session, customer, cast.wang, NOW - timedelta(hours=1), next_contact_at=NOW + timedelta(days=40)
    )
    session.commit()
    left = restore(session, entry, actor(cast.admin, NOW))
    assert {one.table for one in left} == {"customers"}
    assert customer.last_contact_at == newer.contacted_at
    assert customer.next_contact_at == newer.next_contact_at


def test_another_main_contact_stays_the_main_one(session, cast, admin, firm):
    customer, former = firm["customers"], firm["contacts"]
    entry = thrown_away(session, former, admin)
    other = make_contact(session, customer, cast.wang, name="王先生", now=NOW)
    assert other.is_main
    session.commit()
    assert questions_of(session, entry) == []
    restore(session, entry, admin)
    assert (former.deleted_at, former.is_main, other.is_main) == (None, False, True)


def test_a_place_that_was_taken_is_asked_about(session, cast, admin, actor, firm):
    target = firm["target_setting"]
    entry = thrown_away(session, target, admin)
    another = make_target(session, cast.wang, cast.manager)
    session.commit()
    with pytest.raises(Undecided) as asked:
        restore(session, entry, admin)
    session.rollback()
    assert target.deleted_at is not None
    (question,) = asked.value.questions
    restore(session, entry, admin, [question.key])
    assert target.deleted_at is None
    assert another.deleted_at is not None
    assert session.scalars(select(Deletion)).one().record_id == another.id


def test_a_customer_that_was_entered_again_is_asked_about(session, cast, admin, actor, firm):
    entry = thrown_away(session, firm["customers"], admin)
    make_customer(session, cast.wang, name="大同書局", now=NOW + timedelta(hours=1))
    session.commit()
    with pytest.raises(Undecided) as asked:
        restore(session, entry, admin)
    (question,) = asked.value.questions
    assert question.values["name"] == "大同書局"
    restore(session, entry, admin, [question.key])
    assert firm["customers"].deleted_at is None


def test_a_code_in_the_bin_is_not_given_away(session, cast, admin, actor, firm):
    """Else it could not come back with it."""
    code = firm["customers"].code
    thrown_away(session, firm["customers"], admin)
    with pytest.raises(FieldError, match="recycle bin"):
        make_customer(session, cast.wang, name="別的", code=code)


def test_who_deleted_it_and_whose_right_reaches_it_bring_it_back(session, cast, actor, firm):
    wang, li, manager = (actor(person, NOW) for person in (cast.wang, cast.li, cast.manager))
    entry = thrown_away(session, firm["opportunities"], manager)
    with pytest.raises(NotFound):
        get_entry_for(session, li, entry.id)
    with pytest.raises(NotAllowed):
        restore(session, entry, li)
    assert get_entry_for(session, manager, entry.id) is entry
    restore(session, entry, wang)
    assert firm["opportunities"].deleted_at is None


def test_the_list_shows_what_both_rights_reach(session, cast, actor, firm):
    for kind in ("opportunities", "products"):
        thrown_away(session, firm[kind], actor(cast.admin, NOW))
    seen = lambda person: set(session.scalars(entries_seen(actor(person).rights).with_only_columns(Deletion.kind)))  # noqa: E731
    assert seen(cast.admin) == {"opportunities", "products"}
    assert seen(cast.wang) == set()  # without the bin's own right


def test_those_who_take_part_hear_that_it_takes_place(session, cast, actor):
    by = actor(cast.wang, NOW)
    planned = save_item(
        session, None, {"title": "例會", "starts_at": NOW + timedelta(days=1), "participants": {cast.li.id}}, by
    )
    entry = thrown_away(session, planned, by)
    restore(session, entry, by)
    told = session.scalars(select(Notice.message).where(Notice.user_id == cast.li.id).order_by(Notice.id)).all()
    assert "cancelled" in told[-2]
    assert "restored" in told[-1]


def test_a_series_comes_back_as_long_as_it_was(session, cast, actor):
    by = actor(cast.wang, NOW)
    values = {"title": "例會", "starts_at": NOW, "repeat": "weekly", "repeat_until": (NOW + timedelta(days=70)).date()}
    first = save_item(session, None, values, by)
    session.commit()
    third = session.scalars(select(ScheduleItem).order_by(ScheduleItem.starts_at).offset(2)).first()
    before = dump(session)
    assert delete_item(session, third, by, following=True) == 9
    entry = session.scalars(select(Deletion)).one()
    assert dict(entry.counts) == {"schedule": 8}
    restore(session, entry, by)
    assert differences(before, dump(session)) == {}
    assert first.deleted_at is None


def test_deleted_for_good_nothing_is_left_of_it(session, cast, actor, admin, firm):
    """Of what stays, what named it names nothing."""
    earlier = thrown_away(session, firm["contacts"], actor(cast.admin, NOW - timedelta(hours=1)))
    entry = thrown_away(session, firm["customers"], admin)
    customer_id = firm["customers"].id
    with pytest.raises(NotAllowed):
        purge(session, entry, actor(cast.wang))
    assert purge(session, entry, admin) >= 7
    session.commit()
    for model in (Contact, ContactRecord):
        assert session.scalars(select(model).where(model.customer_id == customer_id)).all() == []
    assert session.get(Customer, customer_id) is None
    assert session.get(Deletion, earlier.id if earlier in session else 1) is None
    told = session.scalars(select(OperationLog.name).where(OperationLog.action == "purged")).all()
    assert "大同書局" in told


@pytest.mark.parametrize("key", [kind.key for kind in entities() if kind.key != "schedule"])
def test_every_kind_can_be_deleted_for_good(session, cast, admin, firm, key):
    entry = thrown_away(session, firm[key], admin)
    model, number = type(firm[key]), firm[key].id
    purge(session, entry, admin)
    session.commit()
    assert session.get(model, number) is None
    assert session.scalars(select(Deletion)).all() == []


def test_after_thirty_days_the_job_empties_the_bin(session, cast, actor, firm):
    thrown_away(session, firm["products"], actor(cast.admin, NOW))
    thrown_away(session, firm["target_setting"], actor(cast.admin, NOW + timedelta(days=5)))
    assert purge_old(session, actor(cast.admin, NOW + timedelta(days=29))) == 0
    assert purge_old(session, actor(cast.admin, NOW + timedelta(days=31))) == 1
    session.commit()
    assert session.scalars(select(Deletion.kind)).all() == ["target_setting"]
    assert session.scalars(select(SalesTarget)).one().deleted_at is not None


def test_a_version_never_goes_back(session, cast, admin, firm):
    """Who had the deleted state's version before them must not overwrite the restored one unseen."""
    contact = firm["contacts"]
    opened = contact.version
    entry = thrown_away(session, contact, admin)
    restore(session, entry, admin)
    assert contact.version > opened


def test_brought_back_it_is_found_again(session, cast, actor, admin, firm):
    entry = thrown_away(session, firm["customers"], admin)
    restore(session, entry, admin)
    save_contact(session, None, firm["customers"], {"name": "新人"}, actor(cast.wang))
    assert session.scalars(Customer.visible_to(cast.wang.rights).where(Customer.name == "大同書局")).one()
