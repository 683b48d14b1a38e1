"""Importing products: what cells mean, who is known already, categories, prices, the cost (I-1 to I-6, A-5)."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from crm.domain.imports.rows import DUPLICATE, NEW, WRONG
from crm.domain.imports.writing import ConcurrentChange, write_plan
from crm.entities.search_index import matches_search
from crm.models import PersonalGrant, Product, ProductCategory
from tests.domain.imports.test_imports import KINDS, bring_in, importing, look, said
from tests.factories import item, make_category, make_product

HEADINGS = "name code category_id kind specification unit_id price cost floor_price state".split()


@pytest.fixture
def by(cast, actor):
    return actor(cast.admin)


def stored(session):
    return {product.name: product for product in session.scalars(select(Product).order_by(Product.id))}


def test_cells_as_people_fill_them(session, by):
    office = make_category(session, "辦公設備", code="EQ")
    rows = [
        HEADINGS,
        ["影印機", "", "办公设备", "商品", "每分鐘45張", "台", "NT$ 98,000", 71000.0, "", "在售"],
        ["維修", 12.0, "eq", "服务", "", "次", "１５００", "850.12345", "", "停售"],
        ["計張", "", "－", "", 500.0, "", 0.3875, "無", "", ""],
    ]
    check = bring_in(session, "products", by, rows)
    one, two, three = stored(session).values()
    assert (one.code, one.category_id, one.kind, one.state) == ("G00001", office.id, "goods", "on_sale")
    assert (one.price, one.cost, one.floor_price) == (Decimal(98000), Decimal(71000), None)
    assert one.unit_id == item(session, "unit", "台").id
    assert (two.code, two.category_id, two.kind, two.state) == ("12", office.id, "service", "stopped")
    assert (two.price, two.cost) == (Decimal(1500), Decimal("850.1235"))
    assert "%(value)s was rounded to %(rounded)s." in said(check)
    assert (three.price, three.cost, three.specification, three.pinyin) == (Decimal("0.3875"), None, "500", "jz")
    assert session.scalars(select(Product).where(matches_search(session, Product, "g00001"))).all() == [one]


def test_an_unknown_category_is_refused_or_added_as_chosen(session, by):
    rows = [["name", "category_id", "unit_id"], ["紙", "紙品", "令"], ["A3紙", "纸品", "令"]]
    assert {row.outcome for row in look(session, "products", by, rows).rows} == {WRONG}
    bring_in(session, "products", by, rows, unknown="add")
    made = session.scalars(select(ProductCategory)).one()
    assert (made.name, made.code, made.parent_id, made.created_by_id) == ("紙品", "ZP", None, by.user_id)
    assert {p.category_id for p in stored(session).values()} == {made.id}
    assert {p.unit_id for p in stored(session).values()} == {item(session, "unit", "令").id}


def test_of_two_categories_with_one_name_the_code_or_the_place_says_which(session, by):
    office, home = make_category(session, "辦公", code="A"), make_category(session, "家用", code="B")
    first, second = make_category(session, "椅子", office, "A1"), make_category(session, "椅子", home, "B1")
    rows = [["name", "category_id"], ["甲", "椅子"], ["乙", "B1"], ["丙", "椅子 (辦公)"]]
    check = bring_in(session, "products", by, rows)
    assert "There are several categories called “%(value)s”. Please enter the code instead." in said(check)
    kept = stored(session)
    assert (kept["甲"].category_id, kept["乙"].category_id, kept["丙"].category_id) == (None, second.id, first.id)


class TestKnown:
    @pytest.fixture
    def paper(self, session):
        made = make_product(session, "影印紙", "85", specification="A4 70克")
        make_product(session, "影印紙", "95", specification="A4 80克")
        return made

    @pytest.mark.parametrize(
        ("values", "outcome"),
        [
            (["复印纸", "", ""], NEW),
            (["影印紙", "A4 90克", ""], NEW),
            (["影印纸", "Ａ４ 70克", ""], DUPLICATE),
            (["別名", "", "T"], DUPLICATE),
            (["別名", "", "t"], DUPLICATE),
            (["別名", "", "Ｔ"], DUPLICATE),
        ],
    )
    def test_by_code_else_by_name_and_specification(self, session, by, paper, values, outcome):
        values[2] = values[2] + paper.code[1:] if values[2] else ""
        check = look(session, "products", by, [["name", "specification", "code"], values])
        assert [row.outcome for row in check.rows] == [outcome]
        assert check.rows[0].existing == (paper.id if outcome == DUPLICATE else None)

    def test_skipped_filled_or_overwritten(self, session, by, paper):
        rows = [["name", "code", "price", "floor_price"], ["影印紙A", paper.code, 80, 70]]
        bring_in(session, "products", by, rows)
        assert (paper.name, paper.price, paper.floor_price) == ("影印紙", Decimal(85), None)
        bring_in(session, "products", by, rows, duplicates="fill")
        assert (paper.name, paper.price, paper.floor_price) == ("影印紙", Decimal(85), Decimal(70))
        bring_in(session, "products", by, rows, duplicates="overwrite")
        assert (paper.name, paper.price, paper.version) == ("影印紙A", Decimal(80), 3)

    def test_twice_in_the_file_is_one(self, session, by):
        rows = [["name", "specification"], ["椅", "黑"], ["椅", "黑"], ["椅", "白"]]
        check = bring_in(session, "products", by, rows)
        assert [row.outcome for row in check.rows] == [NEW, DUPLICATE, NEW]
        assert len(session.scalars(select(Product)).all()) == 2

    def test_a_deleted_ones_code_is_not_given_again(self, session, by, paper):
        paper.deleted_at = by.now
        session.flush()
        bring_in(session, "products", by, [["name", "code"], ["新", paper.code]])
        assert stored(session)["新"].code == "G00001"

    def test_one_saved_meanwhile_is_noticed(self, session, by):
        check = look(session, "products", by, [["name"], ["椅"]])
        plan = KINDS["products"].prepare(session, check, importing(session, by))
        make_product(session, "椅")
        with pytest.raises(ConcurrentChange):
            write_plan(session, plan, [], by)


def test_a_lowest_price_above_the_price_is_told(session, by):
    check = bring_in(session, "products", by, [["name", "price", "floor_price"], ["椅", 10, 12]])
    assert "The lowest selling price is above the selling price. Please check both." in said(check)
    assert stored(session)["椅"].floor_price == Decimal(12)


def test_without_the_right_to_costs_the_column_is_left_out(session, cast, actor):
    for permission in ("import_products:save", "products:view", "products:save"):
        session.add(PersonalGrant(user_id=cast.li.id, permission=permission, scope=4))
    known = make_product(session, "桌", cost=Decimal(5))
    rows = [["name", "cost", "price"], ["椅", 7, 10], ["桌", 7, 10]]
    check = bring_in(session, "products", actor(cast.li), rows, duplicates="overwrite")
    assert "You cannot fill in “%(field)s”, so it was skipped." in said(check)
    assert (stored(session)["椅"].cost, known.cost, known.price) == (None, Decimal(5), Decimal(10))


def test_who_may_only_import_changes_no_known_product(session, cast, actor):
    session.add(PersonalGrant(user_id=cast.li.id, permission="import_products:save", scope=4))
    known = make_product(session, "桌")
    rows = [["name", "price"], ["桌", 7], ["椅", 7]]
    check = bring_in(session, "products", actor(cast.li), rows, duplicates="overwrite")
    assert "This product already exists, and you may not change products." in said(check)
    assert (known.price, stored(session)["椅"].price) == (Decimal(100), Decimal(7))
