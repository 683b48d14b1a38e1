"""The lines of a document as a form has them: read from what was sent, or from the document itself."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import request

from crm.domain.sales.amounts import line_amount, line_tax
from crm.entities.default_values import default_choices
from crm.entities.document_fields import LINE, TYPED_KEYS
from crm.errors import DomainError
from crm.models import Product
from crm.web.controls import REQUIRED
from crm.web.errors import error_text
from crm.web.firm_settings import field_context, lookups, settings
from crm.web.translation import gettext as _
from crm.web.urls import is_record_number

PREFIX = "lines"
SHOWN = "lines-shown"
MAX_SENT = 400
"""Rows beyond these are not even read; a document takes half as many."""
_NAME = re.compile(rf"^{PREFIX}-(\d{{1,4}})-({'|'.join(TYPED_KEYS)})$")
_COUNTS = ("product_id", "quantity", "price", "notes")
"""A row in which none of these is filled in is no line."""


@dataclass
class Row:
    """One line: `typed` is the text of each control, `values` what was understood of it, `errors` what was not.

    `key` stands in the names of its controls and `number` in their labels, from 1.
    """

    number: int
    typed: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    product: Product | None = None
    shown: int | None = None
    """The product whose unit and price the form had shown in this row when it was sent."""
    brought: bool = False
    """Whether the price was taken from the product just now, though the form did not say so."""
    suggestions: list[tuple[str, str]] = field(default_factory=list)
    """(text, hint) of the products that the typed text may mean."""
    facts: str = ""
    floor: str = ""
    """The words of the warning that a price below the product's lowest one gets."""
    low: bool = False

    @property
    def blank(self) -> bool:
        return not any(self.typed.get(key) for key in _COUNTS)

    def name(self, key: str) -> str:
        return f"{PREFIX}-{self.number}-{key}"

    def read(self) -> None:
        """Understand what was typed, all but the product."""
        context = field_context()
        for key in TYPED_KEYS:
            text = self.typed.get(key, "")
            if key == "product_id":
                continue
            try:
                self.values[key] = LINE[key].type.parse(text, context) if text else None
            except DomainError as problem:
                self.errors[key] = error_text(problem)

    def check(self) -> None:
        """What has to be filled in; a price not before one of several products is chosen, which brings it."""
        for key in TYPED_KEYS:
            if key == "price" and self.suggestions:
                continue
            if LINE[key].required and self.values.get(key) is None and key not in self.errors:
                self.errors[key] = _(REQUIRED)

    def amounts(self, tax_mode: str) -> tuple[Decimal, Decimal] | None:
        """(amount, tax) as far as they can be told by now."""
        quantity, price = self.values.get("quantity"), self.values.get("price")
        if quantity is None or price is None or "discount" in self.errors or "tax_rate" in self.errors:
            return None
        amount = line_amount(quantity, price, self.values.get("discount"))
        return amount, line_tax(amount, self.values.get("tax_rate") or Decimal(0), tax_mode)


def starting_texts() -> dict[str, str]:
    """What a new row shows: the firm's 稅率% (nothing where it is 0) and the default unit (D-1)."""
    rate = settings().tax_rate.strip()
    texts = {"tax_rate": "" if rate in ("0", "0.0", "0.00") else rate}
    return {**texts, **{key: str(item) for key, item in default_choices(LINE.pick(*TYPED_KEYS), lookups()).items()}}


def sent_rows() -> list[Row]:
    """The rows of the form that was sent, in their order, numbered anew."""
    texts_of_row: dict[int, dict[str, str]] = {}
    for name in request.form:
        match = _NAME.match(name)
        if match:
            # Without scripts a choice below the field comes beside what was typed: the last one counts.
            texts = [text.strip() for text in request.form.getlist(name) if text.strip()]
            texts_of_row.setdefault(int(match[1]), {})[match[2]] = texts[-1] if texts else ""
    rows, shown, starts = [], _shown_products(), starting_texts()
    for number, sent in enumerate(sorted(texts_of_row)[:MAX_SENT], 1):
        row = Row(number, {**starts, **texts_of_row[sent]}, shown=shown.get(sent))
        row.read()
        rows.append(row)
    return rows


def _shown_products() -> dict[int, int]:
    """The products that the form's rows were shown with, by the number of the row."""
    ids = request.form.get(SHOWN, "").split(",")[:MAX_SENT]
    return {number: int(id) for number, id in enumerate(ids, 1) if is_record_number(id)}


def stored_rows(lines: Iterable[Any]) -> list[Row]:
    """The rows of a document as it is kept."""
    context = field_context()
    rows = []
    for number, line in enumerate(lines, 1):
        values = {key: getattr(line, key) for key in TYPED_KEYS}
        typed = {key: LINE[key].type.edit(values[key], context) for key in TYPED_KEYS if key != "product_id"}
        rows.append(Row(number, typed, values))
    return rows


def blank_row(number: int) -> Row:
    row = Row(number, starting_texts())
    row.read()
    return row


def renumber(rows: list[Row]) -> list[Row]:
    for number, row in enumerate(rows, 1):
        row.number = number
    return rows
