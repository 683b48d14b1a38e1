"""The lines and sums of a document that is only looked at."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from crm.domain.sales.document_lines import is_below_minimum
from crm.entities.document_fields import DISCOUNT_AMOUNT, LINE, SUMS
from crm.models import Order, Quote
from crm.web.firm_settings import field_context
from crm.web.lines.products import floor_words
from crm.web.translation import gettext as _

KEYS = ("quantity", "price", "discount", "tax_rate", "amount", "notes")


def shown_lines(lines: Iterable[Any], floors: Mapping[int, Decimal]) -> list[dict[str, str]]:
    """Each line in words, as it was called when it was saved.

    `floors` has the lowest price of products, by id: a price below it says so (SO-1).
    """
    context = field_context()
    rows = []
    for line in lines:
        row = {key: LINE[key].type.show(getattr(line, key), context) for key in KEYS}
        row["name"], row["specification"] = line.name, line.specification or ""
        row["unit"] = LINE["unit_id"].type.show(line.unit_id, context)
        row["cost"] = LINE["cost"].type.show(getattr(line, "cost", None), context)
        floor = floors.get(line.product_id)
        row["low"] = floor_words(floor) if is_below_minimum(line.price, line.discount, floor) else ""
        rows.append(row)
    return rows


def shown_sums(document: Quote | Order) -> list[tuple[str, str]]:
    """(label, amount) from the sum of the lines down to the total."""
    goods, tax, total = SUMS
    order = (goods, tax, DISCOUNT_AMOUNT, total)
    return [(_(f.label), f.type.show(getattr(document, f.attr), field_context())) for f in order]
