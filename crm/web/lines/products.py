"""The products of a document's rows: found by what was typed, all of them in few statements (SO-1)."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy import select

from crm.domain.sales.document_lines import LastPrice, is_below_minimum, last_prices
from crm.entities.default_values import default_choices
from crm.entities.document_fields import LINE
from crm.entities.keys import folded_code
from crm.errors import DomainError
from crm.extensions import db
from crm.models import Product
from crm.web.access import may_do, rights
from crm.web.errors import error_text
from crm.web.firm_settings import field_context, lookups
from crm.web.formatting import show_day
from crm.web.lines.rows import Row
from crm.web.references import as_suggestions, code_from, reference_text, resolve, source_of
from crm.web.translation import gettext as _

PRODUCTS = "products"


def show_products(rows: Iterable[Row]) -> None:
    """Fill in what stands for the product of each stored row."""
    rows = list(rows)
    products = _by_id(row.values.get("product_id") for row in rows)
    for row in rows:
        row.product = products.get(row.values.get("product_id") or 0)
        row.typed["product_id"] = reference_text(PRODUCTS, row.product) if row.product else ""


def find_products(rows: Iterable[Row], stored_lines: Iterable[Any] = ()) -> None:
    """The product that each row names. `stored_lines` are the document's lines: what they name already stays valid."""
    typed = {row.typed["product_id"] for row in rows if row.typed.get("product_id")}
    known = {reference_text(PRODUCTS, p): p for p in _by_id(line.product_id for line in stored_lines).values()}
    known.update(_by_code(typed - known.keys()))
    for row in rows:
        text = row.typed.get("product_id", "")
        if text and text not in known:
            _find(row, text, known)
        if text in known:
            row.product = known[text]
            row.values["product_id"] = row.product.id


def _find(row: Row, text: str, known: dict[str, Product]) -> None:
    try:
        known[text] = db.session.get_one(Product, resolve(PRODUCTS, text))
    except DomainError as problem:
        row.suggestions = as_suggestions(PRODUCTS, problem.values.get("found", []))
        row.errors["product_id"] = error_text(DomainError(problem.message))


def _by_id(ids: Iterable[int | None]) -> dict[int, Product]:
    known_ids = {id for id in ids if id}
    if not known_ids:
        return {}
    return {p.id: p for p in db.session.scalars(select(Product).where(Product.id.in_(known_ids)))}


def _by_code(texts: set[str]) -> dict[str, Product]:
    """Those that carry their code in brackets behind their name, as a chosen suggestion does, or are a code; the rest
    is looked up one by one."""
    codes = {text: folded_code(code_from(text)) for text in texts}
    if not codes:
        return {}
    visible = Product.visible_to(rights()).where(Product.code_key.in_(set(codes.values())))
    products = {product.code_key: product for product in db.session.scalars(visible)}
    fits = source_of(PRODUCTS).fits
    return {text: products[code] for text, code in codes.items() if code in products and fits(products[code], text)}


def apply_chosen_products(rows: Iterable[Row]) -> None:
    """Another product than the form had shown brings its own unit and price, where no others were typed.

    A browser with scripts has done so before the form is sent; without them, or where one was quicker than they
    are, the old product's still stand there.
    """
    rows = [row for row in rows if row.product is not None and row.product.id != row.shown]
    shown_ids = {row.shown for row in rows if row.shown}
    visible = Product.visible_to(rights()).where(Product.id.in_(shown_ids))
    old = {product.id: product for product in db.session.scalars(visible)} if shown_ids else {}
    start = default_choices(LINE.pick("unit_id"), lookups())
    for row in rows:
        before = row.values.get("price")
        fill_in(row, old.get(row.shown or 0), start)
        row.brought = before != row.values.get("price")


def fill_in(row: Row, old: Product | None = None, start: Mapping[str, Any] = MappingProxyType({})) -> None:
    """Unit and price of the product, where the row has none yet, or those of the `old` product, or what a new row
    begins with (`start`)."""
    if row.product is None:
        return
    for key in ("unit_id", "price"):
        start_value = start.get(key)
        value = next((v for v in (getattr(row.product, key), start_value) if v is not None), None)
        known = next((v for v in (getattr(old, key, None), start_value) if v is not None), None)
        stale = known is not None and row.values.get(key) == known
        if stale or (not row.typed.get(key) and value is not None):
            row.values[key] = value
            row.typed[key] = LINE[key].type.edit(value, field_context())


def add_product_hints(rows: Iterable[Row], customer_id: int | None) -> None:
    """The last price for this customer, and the warning of a price below the lowest one, beside each row."""
    named = [row for row in rows if row.product is not None]
    last: dict[int, LastPrice] = {}
    if customer_id and named:
        last = last_prices(db.session(), customer_id, {row.product.id for row in named if row.product}, rights())
    for row in named:
        assert row.product is not None
        row.facts = facts_of(row.product, last.get(row.product.id))
    add_price_warnings(named)


def add_price_warnings(rows: Iterable[Row]) -> None:
    """The warning of a price below the product's lowest one, beside each row."""
    for row in rows:
        if row.product is not None:
            floor = row.product.floor_price
            row.floor = floor_words(floor) if floor is not None else ""
            row.low = is_below_minimum(row.values.get("price"), row.values.get("discount"), floor)


def facts_of(product: Product, last: LastPrice | None) -> str:
    """What helps to set the price: the last one, else the usual one (SO-1)."""
    price, context = LINE["price"].type, field_context()
    parts = [product.specification] if product.specification else []
    if last is not None:
        parts.append(
            _("Last price %(price)s (%(day)s)", price=price.show(last.price, context), day=show_day(last.ordered_on))
        )
    elif product.price is not None:
        parts.append(_("Selling price %(price)s", price=price.show(product.price, context)))
    if product.cost is not None and may_do("products", "cost"):
        parts.append(_("Cost price %(price)s", price=price.show(product.cost, context)))
    return " · ".join(parts)


def floor_words(floor: Decimal | None) -> str:
    return _("Below the lowest selling price %(price)s", price=LINE["price"].type.show(floor, field_context()))
