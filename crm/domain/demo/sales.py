"""The demonstration firm's offers and sales: quotes of its opportunities, orders of them and of regular customers,
decided on by the approver; some rejected, one void, some still waiting (QT-1 to QT-3, SO-1 to SO-5)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import select

from crm.domain.customers.contacts import main_contact
from crm.domain.demo.office_days import moments_between, working_day, working_moment
from crm.domain.demo.world import World
from crm.domain.platform.settings import change_settings
from crm.domain.sales.orders import ORDER_WORKFLOW, save_order
from crm.domain.sales.quotes import convert_quote, copy_quote, save_quote
from crm.models import Customer, Opportunity, Order, Product, Quote
from crm.models.opportunities import LOST, OPEN, WON
from crm.models.products import ON_SALE, SERVICE

Step = tuple[datetime, Callable[[], None]]

REGULAR = 200
"""So many orders of regular customers, without a quote, of 300 customers."""
APPROVER = "order"
TAX_RATE = Decimal(5)
QUOTED: dict[str, float] = {OPEN: 0.6, WON: 1.0, LOST: 0.7}
"""In which share of the opportunities something was offered."""
REJECTIONS = ("毛利過低，請重新報價", "付款條件請改為月結30天", "缺合同編號")
NOTES = ("請送至後門收貨區", "送貨前一日電話通知", "發票隨貨附上", "分兩批交貨")
LOOKED_AFTER = timedelta(days=30)


@dataclass
class Shelf:
    """What the firm sells, and how many of it people buy at once."""

    products: list[Product]

    def lines(self, random: Random) -> list[dict[str, Any]]:
        """One to five different ones, at the usual price or somewhat below."""
        chosen = random.sample(self.products, random.choices(range(1, 6), (5, 4, 3, 2, 1))[0])
        return [self._line(random, product) for product in chosen]

    def _line(self, random: Random, product: Product) -> dict[str, Any]:
        price = product.price or Decimal(100)
        max_quantity = 3 if price > 20_000 else 12 if price > 2_000 else 80
        return {
            "product_id": product.id,
            "unit_id": product.unit_id,
            "quantity": Decimal(1 if product.kind == SERVICE else random.randrange(1, max_quantity)),
            "price": price,
            "discount": Decimal(random.choices((100, 95, 90, 85), (10, 4, 2, 1))[0]),
            "tax_rate": TAX_RATE,
        }


@dataclass
class Deal:
    """One sale: offered or not, ordered, submitted, decided on."""

    world: World
    random: Random
    customer: Customer
    shelf: Shelf
    opportunity: Opportunity | None = None
    quote: Quote = field(init=False)
    order: Order = field(init=False)

    def offered(self, at: datetime) -> Step:
        def step() -> None:
            lines = self.shelf.lines(self.random)
            values = {
                **self._shared(lines),
                "title": f"{self.opportunity.title if self.opportunity else ''}報價",
                "opportunity_id": self.opportunity.id if self.opportunity else None,
                "valid_until": self._day(at) + timedelta(days=30),
            }
            actor = self.world.actor_of(self._seller(), at)
            self.quote = save_quote(self.world.session, None, self.customer, values, lines, actor)

        return at, step

    def offered_again(self, at: datetime) -> Step:
        def step() -> None:
            self.quote = copy_quote(self.world.session, self.quote, self.world.actor_of(self._seller(), at))

        return at, step

    def converted(self, at: datetime) -> Step:
        def step() -> None:
            actor = self.world.actor_of(self._seller(), at)
            self.order = convert_quote(self.world.session, self.quote, actor, even_so=True)

        return at, step

    def ordered(self, at: datetime) -> Step:
        def step() -> None:
            random, session = self.random, self.world.session
            lines = self.shelf.lines(random)
            first = session.get_one(Product, lines[0]["product_id"])
            values = {
                **self._shared(lines),
                "title": f"{first.name}等{len(lines)}項" if len(lines) > 1 else first.name,
                "ordered_on": self._day(at),
                "deliver_on": working_day(self._day(at) + timedelta(days=random.randrange(3, 15))),
                "payment_method_id": self.world.choices.item("payment_method", random.choice((0, 0, 0, 1, 2))),
                "contract_number": f"HT{at:%y%m}{random.randrange(1000):03d}" if random.random() < 0.2 else None,
                "notes": random.choice(NOTES) if random.random() < 0.2 else None,
            }
            self.order = save_order(
                session, None, self.customer, values, lines, self.world.actor_of(self._seller(), at)
            )

        return at, step

    def decided(self, at: datetime, end: str) -> Iterator[Step]:
        """Submitted, and the next working day decided on, as far as that lies before now."""
        submitted_at = at + timedelta(minutes=self.random.randrange(10, 50))
        day = working_day(self._day(at) + timedelta(days=1))
        decided_at = working_moment(self.random, day, self.world.zone)
        soon = self.world.now - timedelta(hours=1)
        if end == "draft" or submitted_at > soon:
            return
        yield submitted_at, self._fire("submit", submitted_at)
        if end == "pending" or decided_at > soon:
            return
        yield decided_at, self._fire("reject" if end == "rejected" else "approve", decided_at)
        if end == "void":
            yield decided_at + timedelta(hours=3), self._fire("void", decided_at + timedelta(hours=3))

    def _fire(self, name: str, at: datetime) -> Callable[[], None]:
        def step() -> None:
            world = self.world
            actor = world.actor_of(self._seller(), at) if name == "submit" else world.actor(APPROVER, at)
            opinion = {"reject": self.random.choice(REJECTIONS), "void": "客戶取消專案"}.get(name)
            approver_id = world.person_id(APPROVER) if name == "submit" else None
            ORDER_WORKFLOW.fire(world.session, self.order, name, actor, opinion, approver_id)

        return step

    def _shared(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        contact = main_contact(self.world.session, self.customer)
        amount = sum(line["quantity"] * line["price"] for line in lines)
        discount = Decimal(100 if amount > 5_000 and self.random.random() < 0.15 else 0)
        return {"contact_id": contact.id if contact else None, "discount_amount": discount}

    def _seller(self) -> int:
        assert self.customer.owner_id is not None
        return self.customer.owner_id

    def _day(self, at: datetime) -> Any:
        return at.astimezone(self.world.zone).date()


def make_sales(world: World, random: Random, regular: int) -> None:
    """To be called when customers, products and opportunities are there."""
    session = world.session
    change_settings(session, tax_rate=str(TAX_RATE))
    on_sale = select(Product).where(Product.state == ON_SALE, Product.deleted_at.is_(None)).order_by(Product.id)
    shelf = Shelf([product for product in session.scalars(on_sale) if product.price])
    if len(shelf.products) < 5:
        return
    steps = [*_offers(world, random, shelf), *_regular_orders(world, random, shelf, regular)]
    for _, step in sorted(steps, key=lambda pair: pair[0]):
        step()
    session.flush()


def _offers(world: World, random: Random, shelf: Shelf) -> Iterator[Step]:
    """What was offered for the opportunities; the won ones became orders on the day they were won."""
    opportunities = world.session.scalars(
        select(Opportunity).where(Opportunity.deleted_at.is_(None)).order_by(Opportunity.id)
    )
    for opportunity in list(opportunities):
        customer = world.session.get_one(Customer, opportunity.customer_id)
        end = min(opportunity.closed_at or world.now, world.now - timedelta(hours=5))
        times = moments_between(random, 2, opportunity.created_at, end, world.now, world.zone)
        if not times or random.random() >= QUOTED.get(opportunity.state, 0):
            continue
        deal = Deal(world, random, customer, shelf, opportunity)
        yield deal.offered(times[0])
        if len(times) > 1 and random.random() < 0.25:
            yield deal.offered_again(times[1])
        if opportunity.state == WON and opportunity.closed_at is not None:
            won_at = max(opportunity.closed_at, *times) + timedelta(minutes=15)
            yield deal.converted(won_at)
            yield from deal.decided(won_at, "approved")


def _regular_orders(world: World, random: Random, shelf: Shelf, count: int) -> Iterator[Step]:
    """Customers that buy again and again and are visited; at the end of the year some orders are still on their way."""
    own = {user.id for user, _ in world.cast.values()}
    buying = world.choices.item("customer_status", 2)
    before = world.now - timedelta(days=20)
    statement = select(Customer).where(
        Customer.status_id == buying,
        Customer.deleted_at.is_(None),
        Customer.owned_since < before,
        Customer.idle_since > world.now - LOOKED_AFTER,
    )
    customers = [c for c in world.session.scalars(statement.order_by(Customer.id)) if c.owner_id in own]
    for number in range(count if customers else 0):
        deal = Deal(world, random, random.choice(customers), shelf)
        end = _end(number)
        yield from _one_order(world, random, deal, end)


def _end(number: int) -> str:
    """Of every twenty orders one each is still a draft, waiting, rejected; of a hundred one is void."""
    if number % 100 == 50:
        return "void"
    return {3: "draft", 7: "pending", 13: "rejected"}.get(number % 20, "approved")


def _one_order(world: World, random: Random, deal: Deal, end: str) -> Iterator[Step]:
    assert deal.customer.owned_since is not None
    days = max(3, (world.now - deal.customer.owned_since).days - 1)
    # What is not decided yet is a few days old at most.
    ago = random.randrange(1, 6) if end in ("draft", "pending", "rejected") else random.randrange(2, days)
    day = working_day((world.now - timedelta(days=ago)).astimezone(world.zone).date())
    at = working_moment(random, day, world.zone)
    if at < world.now - timedelta(hours=2):
        yield deal.ordered(at)
        yield from deal.decided(at, end)
