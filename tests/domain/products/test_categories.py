"""The tree of product categories (G-1)."""

import pytest

from crm.domain.platform.deletion import delete_record
from crm.domain.products.categories import category_tree, delete_category, save_category, subtree_ids
from crm.entities.lookups import Lookups
from crm.errors import DomainError, FieldError, StaleRecord
from crm.models import ProductCategory
from tests.factories import make_category, make_product


@pytest.fixture
def by(cast, actor):
    return actor(cast.manager)


@pytest.fixture
def save(session, by):
    def one(name, code, parent=None, category=None, **more):
        values = {"name": name, "code": code, "parent_id": parent.id if parent else None, **more}
        return save_category(session, category, values, by)

    return one


def shape(branches):
    return [(branch.name, shape(branch.branches)) for branch in branches]


def test_categories_stand_as_a_tree_each_last_in_its_place(session, save):
    office = save("辦公設備", "EQ")
    save("家具", "FU")
    save("印表機", "EQ-1", office)
    save("影印機", "EQ-2", office)
    assert shape(category_tree(session)) == [("辦公設備", [("印表機", []), ("影印機", [])]), ("家具", [])]
    save("掃描器", "EQ-0", office, position=0)
    assert shape(category_tree(session))[0][1][0] == ("掃描器", [])


def test_a_moved_one_takes_along_what_is_under_it(session, save):
    office, furniture = save("辦公設備", "EQ"), save("家具", "FU")
    printers = save("印表機", "EQ-1", office)
    save("雷射", "EQ-11", printers)
    save("印表機", "EQ-1", furniture, printers)
    assert shape(category_tree(session)) == [("辦公設備", []), ("家具", [("印表機", [("雷射", [])])])]
    save("印表機", "EQ-1", None, printers)
    assert shape(category_tree(session))[-1] == ("印表機", [("雷射", [])])


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_it_never_lies_under_itself(session, save, depth):
    chain = [save("一", "1")]
    chain.append(save("二", "2", chain[0]))
    chain.append(save("三", "3", chain[1]))
    with pytest.raises(FieldError, match="under itself") as refused:
        save("一", "1", chain[depth], chain[0])
    assert refused.value.field == "parent_id"
    assert chain[0].parent_id is None


@pytest.mark.parametrize(
    ("name", "code", "field"), [("家具", "EQ", "code"), ("家具", "ｅｑ", "code"), ("办公设备", "X", "name")]
)
def test_code_and_name_are_there_once(save, name, code, field):
    save("辦公設備", "EQ")
    with pytest.raises(FieldError) as refused:
        save(name, code)
    assert refused.value.field == field


def test_the_same_name_elsewhere_is_another_category(save):
    office = save("辦公設備", "EQ")
    assert save("其他", "EQ-9", office).name == save("其他", "X").name


def test_an_unknown_or_deleted_place_is_refused(session, save, by):
    gone = save("舊", "OLD")
    delete_category(session, gone, by)
    with pytest.raises(FieldError):
        save("新", "NEW", gone)


def test_a_late_save_is_refused(session, save, by):
    one = save("辦公設備", "EQ")
    save("設備", "EQ", None, one)
    with pytest.raises(StaleRecord):
        save_category(session, one, {"name": "器材", "code": "EQ", "parent_id": None}, by, opened_version=1)


class TestDeleting:
    def test_an_empty_one_goes_and_its_code_is_free_again(self, session, save, by):
        delete_category(session, save("辦公設備", "EQ"), by)
        assert category_tree(session) == []
        assert save("設備", "EQ").id

    def test_not_with_categories_below(self, session, save, by):
        office = save("辦公設備", "EQ")
        below = save("印表機", "EQ-1", office)
        with pytest.raises(DomainError, match="has subcategories") as refused:
            delete_category(session, office, by)
        assert refused.value.values == {"count": 1}
        delete_category(session, below, by)
        delete_category(session, office, by)

    def test_not_with_products_in_it(self, session, save, by):
        office = save("辦公設備", "EQ")
        product = make_product(session, category_id=office.id)
        with pytest.raises(DomainError, match="products in it"):
            delete_category(session, office, by)
        delete_record(session, product, by)
        delete_category(session, office, by)


def test_a_category_holds_what_lies_below_at_any_depth(session):
    top = make_category(session, "甲")
    middle = make_category(session, "乙", top)
    low = make_category(session, "丙", middle)
    other = make_category(session, "丁")
    # An older one can have been moved under a newer one.
    other_top = make_category(session, "戊")
    other.parent_id = other_top.id
    session.flush()
    categories = Lookups(session).product_categories
    assert subtree_ids(categories, top.id) == {top.id, middle.id, low.id}
    assert subtree_ids(categories, other_top.id) == {other_top.id, other.id}


def test_deleted_ones_stay_in_the_database(session, save, by):
    one = save("辦公設備", "EQ")
    delete_category(session, one, by)
    assert session.get_one(ProductCategory, one.id).deleted_by_id == by.user_id
