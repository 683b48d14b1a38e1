"""A firm of two years for reports: everything that can be counted, missing, moved, deleted, voided, namesakes."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.clock import day_of
from crm.domain.customers.customers import change_level
from crm.domain.customers.pool import release_customer
from crm.domain.organisation.people import set_disabled
from crm.domain.platform.custom_fields import save_field
from crm.domain.platform.deletion import delete_record
from crm.domain.sales.orders import ORDER_WORKFLOW
from crm.domain.sales.receipts import RECEIPT_WORKFLOW, reverse_receipt
from crm.entities.custom_fields import attribute, dictionary_of
from crm.entities.customers import CUSTOMER
from crm.entities.lookups import Lookups
from crm.entities.orders import ORDER
from crm.entities.products import PRODUCT
from crm.fields import Context
from crm.models import City, Customer, CustomerLevel, DictionaryItem, Order, OrgUnit, Product, User
from crm.models.organisation import DEPARTMENT
from tests.cast import FOUNDED, ZONE, Cast, actor_as
from tests.conftest import grow
from tests.factories import (
    give,
    line,
    made_by,
    make_category,
    make_customer,
    make_order,
    make_product,
    make_receipt,
    make_record,
    make_target,
)
from tests.reports_asking import NOW

BEGUN = datetime(2025, 1, 2, 4, tzinfo=UTC)
LISTS = {
    "region_id": "region",
    "category_id": "customer_category",
    "source_id": "customer_source",
    "industry_id": "industry",
    "status_id": "customer_status",
    "nature_id": "enterprise_nature",
    "size_id": "enterprise_size",
}
CUSTOMERS, ORDERS, RECEIPTS, RECORDS, CHANGES = 26, 64, 44, 60, 40


class Making:
    """Draws from what there is, the same every time."""

    def __init__(self, session: Session, cast: Cast) -> None:
        self.session, self.cast, self.random = session, cast, Random(13)
        self.levels = list(session.scalars(select(CustomerLevel.id).order_by(CustomerLevel.position)))
        self.cities = list(session.scalars(select(City).order_by(City.id)))[::60][:5]
        self.items = {key: self._some(name) for key, name in LISTS.items()}
        self.people: list[User] = [cast.wang, cast.li, cast.manager, cast.admin, self._namesake()]
        self.own: dict[str, str] = {}
        self.choices: dict[str, Sequence[int]] = {}

    def _some(self, dictionary: str) -> list[int]:
        wanted = select(DictionaryItem.id).where(DictionaryItem.dictionary == dictionary).order_by(DictionaryItem.id)
        return list(self.session.scalars(wanted))[:3]

    def _namesake(self) -> User:
        """A second 王小明, in a second 北區 under the south: names alone do not tell them apart."""
        unit = OrgUnit(kind=DEPARTMENT, name="北區", parent_id=self.cast.li.unit_id, created_at=FOUNDED)
        unit.updated_at = FOUNDED
        self.session.add(unit)
        self.session.flush()
        user = User(
            login="wang2",
            login_key="wang2",
            name=self.cast.wang.name,
            pinyin="wxm",
            unit_id=unit.id,
            password_hash=self.cast.wang.password_hash,
            created_at=FOUNDED,
            updated_at=FOUNDED,
        )
        self.session.add(user)
        self.session.flush()
        return user

    def moment(self) -> datetime:
        """Some hour of the two years, the firm's midnight within it."""
        return BEGUN + timedelta(hours=self.random.randrange(int((NOW - BEGUN).days) * 24))

    def perhaps(self, values: Sequence[Any], missing: float = 0.2) -> Any:
        return None if self.random.random() < missing else self.random.choice(values)

    def add_field(self, of: Any, label: str, kind: str, items: str = "") -> None:
        context = Context(ZONE, Lookups(self.session))
        row = save_field(
            self.session,
            None,
            of,
            {"label": label, "kind": kind, **({"items": items} if items else {})},
            context,
            actor_as(self.session, self.cast.admin, BEGUN),
        )
        self.own[label] = attribute(row)
        named = DictionaryItem.dictionary == dictionary_of(row.id)
        self.choices[label] = list(self.session.scalars(select(DictionaryItem.id).where(named)))

    def own_values(self, *labels: str) -> dict[str, Any]:
        made: dict[str, Callable[[], Any]] = {
            "付款": lambda: self.random.choice(self.choices["付款"]),
            "設備": lambda: tuple(sorted(self.random.sample(list(self.choices["設備"]), 2))),
            "續約": lambda: self.random.random() < 0.5,
            "到期": lambda: self.moment().date(),
            "顧問": lambda: self.random.choice(self.people).id,
            "通路": lambda: self.random.choice(self.choices["通路"]),
            "進口": lambda: self.random.random() < 0.5,
        }
        return {self.own[label]: made[label]() for label in labels if self.random.random() < 0.75}


def fill(session: Session, cast: Cast) -> dict[str, str]:
    """Tells the firm's own fields by their labels."""
    made = Making(session, cast)
    for label, kind, items in (
        ("付款", "choice", "月結\n現金"),
        ("設備", "several", "影印機\n印表機\n碎紙機"),
        ("續約", "yes_no", ""),
        ("到期", "date", ""),
        ("顧問", "person", ""),
    ):
        made.add_field(CUSTOMER, label, kind, items)
    made.add_field(ORDER, "通路", "choice", "門市\n網路")
    made.add_field(PRODUCT, "進口", "yes_no")
    customers = [_customer(made, number) for number in range(CUSTOMERS)]
    products = _products(made)
    orders = [_order(made, number, customers, products) for number in range(ORDERS)]
    for number in range(RECEIPTS):
        _receipt(made, number, orders)
    for _ in range(RECORDS):
        customer = made.random.choice(customers)
        make_record(session, customer, made.random.choice(made.people), made.moment(), level_id=None)
    for _ in range(CHANGES):
        customer = made.random.choice(customers)
        actor = made_by(session, cast.admin, made.moment())
        change_level(session, customer, made.perhaps(made.levels[:4]), actor)
    _moved(made, customers, orders)
    for person, year, monthly in ((cast.wang, 2025, "900"), (cast.wang, 2026, "1500"), (cast.li, 2026, "800.50")):
        make_target(session, person, cast.manager, year, monthly)
    make_target(session, cast.admin, cast.admin, 2026, "100")
    session.commit()
    return made.own


def _customer(made: Making, number: int) -> Customer:
    at = made.moment()
    city = made.perhaps(made.cities)
    values = {key: made.perhaps(items) for key, items in made.items.items()}
    values |= {"level_id": made.perhaps(made.levels[:4])}
    if city is not None:
        values |= {"city_id": city.id, "province_id": city.province_id, "region_id": None}
    values |= made.own_values("付款", "設備", "續約", "到期", "顧問")
    name = "雙生企業有限公司" if number in (3, 4) else f"第{number:02d}號客戶股份有限公司"
    return make_customer(made.session, made.random.choice(made.people), name, at, **values)


def _products(made: Making) -> list[Product]:
    session = made.session
    goods, services = make_category(session, "商品"), make_category(session, "服務")
    branches = [goods, services, *(make_category(session, "其他", parent) for parent in (goods, services)), None]
    found = []
    for number in range(23):
        branch = branches[number % len(branches)]
        price, cost = 10 ** (number % 5), made.perhaps(("3.25", "60", "4000.5"), 0.3)
        found.append(
            make_product(
                session,
                "同名商品" if number in (1, 2) else f"第{number:02d}號商品",
                str(price),
                cost=Decimal(cost) if cost else None,
                category_id=branch.id if branch else None,
            )
        )
        for key, value in made.own_values("進口").items():
            found[-1].custom = {key.removeprefix("custom_"): value}
    return found


def _order(made: Making, number: int, customers: list[Customer], products: list[Product]) -> Order:
    session, random, at = made.session, made.random, made.moment()
    customer = random.choice(customers)
    by = session.get_one(User, customer.owner_id) if random.random() < 0.8 else random.choice(made.people)
    lines = [
        line(
            product,
            f"{random.randrange(1, 40_000) / 1000}",
            f"{product.price}",
            tax_rate=Decimal(random.choice((0, 5))),
        )
        for product in random.sample(products, random.randrange(1, 4))
    ]
    given = {"discount_amount": Decimal("3.33") if number % 4 == 0 else Decimal(0), **made.own_values("通路")}
    given |= {"due_on": made.perhaps([day_of(at, ZONE) + timedelta(days=days) for days in (0, 30, 90)])}
    lines[0] |= {"quantity": Decimal(7), "price": Decimal("19.99")}
    order = make_order(session, customer, by, now=at, lines=lines, **given)
    if number % 16 == 5:
        return order
    ORDER_WORKFLOW.fire(session, order, "submit", made_by(session, by, at), approver_id=made.cast.order.id)
    if number % 16 != 6:
        ORDER_WORKFLOW.fire(session, order, "approve", actor_as(session, made.cast.order, at))
    if number % 16 == 7:
        ORDER_WORKFLOW.fire(session, order, "void", actor_as(session, made.cast.order, at), "客戶取消")
    return order


def _receipt(made: Making, number: int, orders: list[Order]) -> None:
    session, random, finance = made.session, made.random, made.cast.finance
    order = random.choice([one for one in orders if one.state == "approved" and one.collectable > 1])
    by = session.get_one(User, order.owner_id)
    at = made.moment()
    amount = order.collectable if number % 5 == 0 else (order.collectable / 3).quantize(Decimal("0.01"))
    receipt = make_receipt(session, session.get_one(Customer, order.customer_id), by, {order: str(amount)}, at)
    if number % 11 == 3:
        return
    for one in (receipt, None) if number % 7 == 2 else (receipt,):  # None: what puts it right
        taken = one or reverse_receipt(session, receipt, made_by(session, by, made.moment()), "記錯")
        RECEIPT_WORKFLOW.fire(session, taken, "submit", made_by(session, by, at), approver_id=finance.id)
        RECEIPT_WORKFLOW.fire(session, taken, "approve", actor_as(session, finance, at))


def _moved(made: Making, customers: list[Customer], orders: list[Order]) -> None:
    """What changed hands after it was sold, was given back, deleted; who left, and who works elsewhere now."""
    session, cast = made.session, made.cast
    for customer in customers[:4]:
        to = next(person for person in made.people if person.id != customer.owner_id)
        give(session, customer, to, cast.admin, NOW - timedelta(days=20))
    for customer in customers[5:9]:
        release_customer(session, customer, made_by(session, cast.admin, NOW - timedelta(days=10)))
    unsold = make_customer(session, cast.wang, "刪除的客戶", NOW - timedelta(days=300))
    make_record(session, unsold, cast.wang, NOW - timedelta(days=200))
    change_level(session, unsold, made.levels[0], made_by(session, cast.wang, NOW - timedelta(days=100)))
    delete_record(session, unsold, made_by(session, cast.admin, NOW))
    draft = next(order for order in orders if order.state == "draft")
    delete_record(session, draft, made_by(session, cast.admin, NOW))
    set_disabled(session, made.people[-1], actor_as(session, cast.admin, NOW), True)
    cast.wang.unit_id = cast.li.unit_id
    session.flush()


own: dict[str, str] = {}
"""What `fill` tells of the fields of the firm's own."""


@pytest.fixture(scope="module")
def firm_folder(grown: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For modules that import it: their tests begin with this firm."""
    folder = tmp_path_factory.mktemp("every") / "instance"
    own.update(grow(grown, folder, fill))
    return folder
