"""The lines of quotes and orders: what a form sends becomes rows with exact amounts (SO-1, QT-1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from crm.domain.sales.amounts import MAX_AMOUNT, allocate_discount, cost_of, line_amount, line_tax, totals_of
from crm.entities.change_log import log_related_change
from crm.entities.measures import SOLD, is_sold
from crm.errors import DomainError, FieldError
from crm.i18n import N_
from crm.models import Customer, Order, OrderLine, Product, Quote, QuoteLine, Rights
from crm.models.documents import TAX_EXCLUDED, TAX_INCLUDED
from crm.models.orders import NOT_SOLD
from crm.models.products import STOPPED

MAX_LINES = 200
Values = Mapping[str, Any]

_PARENT: dict[type, str] = {QuoteLine: "quote_id", OrderLine: "order_id"}
LINES_OF: dict[type, type] = {Quote: QuoteLine, Order: OrderLine}


def lines_of(session: Session, document: Quote | Order) -> list[Any]:
    """The document's lines in their order."""
    model: Any = LINES_OF[type(document)]
    parent = getattr(model, _PARENT[model])
    return list(session.scalars(select(model).where(parent == document.id).order_by(model.position, model.id)))


@dataclass(frozen=True)
class CountedLines:
    """The lines that a document is about to have, and those that it has."""

    former: Sequence[Any]
    lines: Sequence[Any]

    def store(self, session: Session, document: Quote | Order) -> None:
        """Put them in place of the former ones. The document has an id already."""
        model: Any = LINES_OF[type(document)]
        parent = _PARENT[model]
        if self.former:
            session.execute(delete(model).where(getattr(model, parent) == document.id))
        session.flush()  # the lines take over what the order says by now
        for line in self.lines:
            setattr(line, parent, document.id)
            if isinstance(document, Order):
                line.sold_on, line.buyer_id = sale_of(document), document.customer_id
        # Nobody asks for the new ids: all lines are written in one step.
        session.execute(insert(model), [_columns_of(line) for line in self.lines])


def sale_of(order: Order) -> date:
    """The day of sale as the order's lines hold it: `NOT_SOLD` while it is not approved, void or deleted."""
    return order.ordered_on if is_sold(order) else NOT_SOLD


def count_lines(session: Session, document: Quote | Order, values: Sequence[Values]) -> CountedLines:
    """Check the lines that were typed, and count the document's sums by them, before anything of it is written.

    Each of `values` has product_id, quantity, price, and perhaps unit_id, discount and tax_rate (percent), notes;
    `agreed` where a document has it already, so that a product no longer sold stays.
    Raises FieldError for `lines-<n>-<key>` (n from 0), or `lines` as a whole: none, too many, a sum too large.
    """
    model: Any = LINES_OF[type(document)]
    if not values:
        raise FieldError("lines", N_("Please add at least one product."))
    if len(values) > MAX_LINES:
        raise FieldError("lines", N_("A document has at most %(most)s lines."), most=MAX_LINES)
    with session.no_autoflush:  # the document is written once, with its sums
        former = lines_of(session, document) if document.id is not None else []
        products = _products(session, values)
    before = {line.product_id: line for line in former}
    lines = [_line(model, document, n, line, products, before) for n, line in enumerate(values)]
    set_totals(document, lines)
    log_related_change(session, document, "lines", in_short(former), in_short(lines))
    return CountedLines(former, lines)


def _columns_of(line: Any) -> dict[str, Any]:
    return {column.key: getattr(line, column.key) for column in type(line).__table__.columns if column.key != "id"}


def in_short(lines: Sequence[Any]) -> list[str] | None:
    """The lines as the operation log shows them; None where there are none."""
    return [_line_in_short(line) for line in lines] or None


def _line_in_short(line: Any) -> str:
    text = f"{line.name} × {line.quantity.normalize():f} @ {line.price.normalize():f}"
    text += f", {line.discount.normalize():f} %" if line.discount != 100 else ""
    return f"{text}, {line.notes}" if line.notes else text


def set_totals(document: Quote | Order, lines: Sequence[Any]) -> None:
    """Goods, tax and total, derived from the lines here and nowhere else."""
    document.discount_amount = document.discount_amount or Decimal("0.00")
    sums = totals_of(lines, document.tax_mode, document.discount_amount)
    if sums.total < 0:
        raise FieldError("discount_amount", N_("The discount is larger than the sum of the lines."))
    if sums.goods > MAX_AMOUNT or sums.total > MAX_AMOUNT:
        raise FieldError("lines", N_("The total is too large to be stored. Please check the prices."))
    document.goods_amount, document.tax_amount, document.total = sums.goods, sums.tax, sums.total
    if isinstance(document, Order):
        set_shares(lines, document.tax_mode, document.discount_amount)
        add_up(document, lines)


def set_shares(lines: Sequence[OrderLine], tax_mode: str, discount_amount: Decimal) -> None:
    """What each line is of the order's total, with and without tax, and what it cost; to the cent (X-3a)."""
    borne = allocate_discount([line.amount for line in lines], discount_amount)
    for line, off in zip(lines, borne, strict=True):
        within = tax_mode == TAX_INCLUDED
        line.net = line.amount - off if within else line.amount + line.tax - off
        line.net_untaxed = line.net - line.tax
        line.cost_amount = cost_of(line.quantity, line.cost)


def add_up(order: Order, lines: Sequence[OrderLine]) -> None:
    """What the shares of the lines come to, kept with the order (X-3a)."""
    costed = [line for line in lines if line.cost_amount is not None]
    order.line_count = len(lines)
    order.quantity = sum((line.quantity for line in lines), Decimal("0.000"))
    order.untaxed = sum((line.net_untaxed for line in lines), Decimal("0.00"))
    order.untaxed_costed = sum((line.net_untaxed for line in costed), Decimal("0.00"))
    order.cost = sum((line.cost_amount or Decimal(0) for line in costed), Decimal("0.00"))


def _products(session: Session, values: Sequence[Values]) -> dict[int, Product]:
    ids = {line["product_id"] for line in values if line.get("product_id")}
    products = session.scalars(select(Product).where(Product.id.in_(ids), Product.deleted_at.is_(None)))
    return {product.id: product for product in products}


def _line(
    model: Any,
    document: Quote | Order,
    n: int,
    values: Values,
    products: Mapping[int, Product],
    before: Mapping[int, Any],
) -> Any:
    product = products.get(values.get("product_id") or 0)
    if product is None:
        raise FieldError(f"lines-{n}-product_id", N_("Please choose a product."))
    line_before = before.get(product.id)
    if product.state == STOPPED and line_before is None and not values.get("agreed"):
        raise FieldError(f"lines-{n}-product_id", N_("This product is no longer sold. Please choose another one."))
    quantity, price, discount, rate = checked_numbers(n, values)
    amount = line_amount(quantity, price, discount)
    if amount > MAX_AMOUNT:
        raise FieldError(f"lines-{n}-price", N_("The amount is too large to be stored."))
    line = model(
        position=n,
        product_id=product.id,
        name=product.name,
        specification=product.specification,
        unit_id=values.get("unit_id") or product.unit_id,
        quantity=quantity,
        price=price,
        discount=discount,
        tax_rate=rate,
        amount=amount,
        tax=line_tax(amount, rate, document.tax_mode),
        notes=values.get("notes"),
    )
    if model is OrderLine:
        line.cost = product.cost
    return line


def checked_numbers(n: int, values: Values) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Quantity, price, discount % and tax rate %, in their bounds; 100 % and no tax where they are left empty."""
    quantity, price = values.get("quantity"), values.get("price")
    if quantity is None or quantity <= 0:
        raise FieldError(f"lines-{n}-quantity", N_("Please enter a quantity above zero."))
    if price is None or price < 0:
        raise FieldError(f"lines-{n}-price", N_("Please enter a price, such as 1200.50."))
    discount, rate = values.get("discount"), values.get("tax_rate")
    discount = Decimal(100) if discount is None else discount
    rate = Decimal(0) if rate is None else rate
    for key, percent in (("discount", discount), ("tax_rate", rate)):
        if not 0 <= percent <= 100:
            raise FieldError(f"lines-{n}-{key}", N_("Please enter a percentage from 0 to 100."))
    return quantity, price, discount, rate


def check_tax_mode(tax_mode: str) -> None:
    if tax_mode not in (TAX_EXCLUDED, TAX_INCLUDED):
        raise DomainError(N_("Please choose one from the list."))


def copied_lines(lines: Sequence[Any]) -> list[dict[str, Any]]:
    """The values of another document's lines, to make the same ones, of products no longer sold too."""
    keys = ("product_id", "unit_id", "quantity", "price", "discount", "tax_rate", "notes")
    return [{**{key: getattr(line, key) for key in keys}, "agreed": True} for line in lines]


@dataclass(frozen=True)
class LastPrice:
    """What a customer paid for one unit, and in which order."""

    price: Decimal
    ordered_on: date
    code: str


def last_prices(session: Session, customer_id: int, product_ids: Iterable[int], rights: Rights) -> dict[int, LastPrice]:
    """By product: the price in the customer's newest approved order with it, of those the person may see (SO-1)."""
    newest = (Order.ordered_on, Order.id, OrderLine.id)
    statement = (
        select(OrderLine.product_id, OrderLine.price, Order.ordered_on, Order.code)
        .join(Order, Order.id == OrderLine.order_id)
        .join(Customer, Customer.id == Order.customer_id)
        .where(
            Order.customer_id == customer_id,
            OrderLine.product_id.in_(set(product_ids)),
            *SOLD,
            Order.seen_by(rights),
        )
    )
    rows = session.execute(statement.order_by(*newest))
    return {row.product_id: LastPrice(row.price, row.ordered_on, row.code) for row in rows}


def is_below_minimum(price: Decimal | None, discount: Decimal | None, floor: Decimal | None) -> bool:
    """Whether the price after discount lies below the lowest price (最低售價): a warning, not a refusal (SO-1)."""
    if floor is None or price is None:
        return False
    return price * (Decimal(100) if discount is None else discount) / 100 < floor


def minimum_prices(session: Session, lines: Sequence[Any]) -> dict[int, Decimal]:
    """The lowest prices of the lines' products, by product, where they have one."""
    statement = select(Product.id, Product.floor_price).where(
        Product.id.in_({line.product_id for line in lines}), Product.floor_price.is_not(None)
    )
    return {product_id: floor for product_id, floor in session.execute(statement) if floor is not None}


def orders_below_minimum(session: Session, orders: Sequence[int]) -> set[int]:
    """Which of the orders have a price below the product's lowest one."""
    statement = select(OrderLine.order_id, OrderLine.price, OrderLine.discount, Product.floor_price)
    statement = statement.join(Product, Product.id == OrderLine.product_id).where(
        OrderLine.order_id.in_(orders), Product.floor_price.is_not(None)
    )
    rows = session.execute(statement)
    return {order_id for order_id, price, discount, floor in rows if is_below_minimum(price, discount, floor)}


def is_used(session: Session, product: Product) -> bool:
    """Whether a document names the product, deleted ones too (G-2: then it can be stopped, not deleted)."""
    for model in (QuoteLine, OrderLine):
        if session.scalar(select(func.count()).select_from(model).where(model.product_id == product.id).limit(1)):
            return True
    return False
