"""可能重複的客戶: which pairs are shown, to whom, and for how long (C-4)."""

import pytest

from crm.domain.customers.duplicates.pairs import dismiss, pairs_for, show_again
from crm.errors import NotFound
from tests.factories import make_customer

ATTRIBUTES = ("name", "phone", "tax_number")


@pytest.fixture
def found(session, actor):
    def find(person, dismissed=False):
        return [(p.first_id, p.second_id, p.reasons) for p in pairs_for(session, ATTRIBUTES, actor(person), dismissed)]

    return find


def test_pairs_by_what_the_policy_compares_with_reasons(session, cast, found):
    first = make_customer(session, cast.wang, name="大同書局有限公司", phone="02-2531-7099")
    second = make_customer(session, cast.wang, name="大同書局股份有限公司", phone="02-2531-7099")
    third = make_customer(session, cast.wang, name="泰山印刷", phone="02-2531-7099")
    assert found(cast.admin) == [
        (first.id, second.id, ("core", "phone")),
        (first.id, third.id, ("phone",)),
        (second.id, third.id, ("phone",)),
    ]


def test_different_tax_numbers_are_different_firms(session, cast, found):
    for tax in ("12345675", "22099131"):
        make_customer(session, cast.wang, name="大同書局", tax_number=tax)
    assert found(cast.admin) == []


def test_only_pairs_that_one_may_merge(session, cast, found):
    make_customer(session, cast.wang, name="大同書局")
    make_customer(session, cast.li, name="大同書局")
    assert (len(found(cast.wang)), len(found(cast.li)), len(found(cast.manager))) == (0, 0, 1)


def test_a_pair_called_different_is_left_out_until_it_is_shown_again(session, cast, actor, found):
    first, second = (make_customer(session, cast.wang, name="大同書局") for _ in range(2))
    with pytest.raises(NotFound):
        dismiss(session, first.id, second.id, actor(cast.li))
    for _ in range(2):
        dismiss(session, second.id, first.id, actor(cast.wang))
    assert (found(cast.wang), len(found(cast.wang, dismissed=True))) == ([], 1)
    show_again(session, first.id, second.id, actor(cast.wang))
    assert len(found(cast.wang)) == 1


def test_a_switchboard_gives_no_thousands_of_pairs(session, cast, found):
    for _ in range(12):
        make_customer(session, cast.wang, phone="02-2531-7099")
    assert len(found(cast.admin)) == 11
