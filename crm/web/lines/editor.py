"""The lines of quotes and orders in their form: one mechanism for both (SO-1, QT-1).

A view makes `lines = Lines(form, document, customer_id)`, shows "ui/_lines.html" with it, and where `lines.pressed`
(a row was to be added, removed, or the amounts counted) it shows the form again without saving. `save_document`
saves both: what is wrong in a line is told beside its control.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from flask import request
from markupsafe import Markup

from crm.domain.platform.settings import read_settings
from crm.domain.sales.amounts import Totals, totals_of
from crm.domain.sales.document_lines import MAX_LINES, lines_of
from crm.entities.document_fields import LINE, SUMS, TYPED_KEYS
from crm.errors import FieldError
from crm.extensions import db
from crm.i18n import N_
from crm.models import Order, Quote
from crm.models.documents import TAX_EXCLUDED
from crm.web.errors import error_text
from crm.web.firm_settings import field_context, lookups, settings
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, add_reference_errors, is_preview_only
from crm.web.lines.products import (
    add_price_warnings,
    add_product_hints,
    apply_chosen_products,
    fill_in,
    find_products,
    show_products,
)
from crm.web.lines.rows import PREFIX, Row, blank_row, renumber, sent_rows, starting_texts, stored_rows
from crm.web.translation import gettext as _

Saved = TypeVar("Saved")
ADD, REMOVE, RECOUNT = "add_line", "remove_line", "recount"
MARKED = N_("Please correct the lines that are marked.")


class RowDisplay:
    """What a row shows beside its own values."""

    def amount(self, row: Row) -> str:
        return ""

    @cached_property
    def words(self) -> dict[str, str]:
        """The name of each column; looked up once, as there may be hundreds of rows."""
        return {key: _(LINE[key].label) for key in (*TYPED_KEYS, "amount")}

    @property
    def currency(self) -> str:
        return settings().currency

    def unit_filled(self, row: Row) -> str:
        """The unit that stands in the row without anybody having chosen it."""
        unit_id = str((row.product and row.product.unit_id) or self.starts.get("unit_id", ""))
        return unit_id if unit_id == row.typed.get("unit_id") else ""

    @cached_property
    def starts(self) -> dict[str, str]:
        return starting_texts()

    def units(self, chosen: str) -> Markup:
        """The choices of a row's unit; made once for each that is chosen, as there may be hundreds of rows."""
        if chosen not in self._units:
            self._units[chosen] = self._options(chosen)
        return self._units[chosen]

    @cached_property
    def _units(self) -> dict[str, Markup]:
        return {}

    def _options(self, chosen: str) -> Markup:
        items = [i for i in lookups().dictionary("unit").items if not i.retired or str(i.id) == chosen]
        options = [Markup('<option value=""></option>')]
        for item in items:
            mark = Markup(" selected") if str(item.id) == chosen else ""
            options.append(Markup('<option value="{}"{}>{}</option>').format(item.id, mark, item.name))
        return Markup("").join(options)


class Lines(RowDisplay):
    """The rows of one document in one form."""

    def __init__(self, form: RecordForm, document: Quote | Order | None, customer_id: int | None) -> None:
        self.form, self.customer_id = form, customer_id
        self.stored: list[Any] = lines_of(db.session(), document) if document is not None else []
        self.errors: list[str] = []
        if request.method == "POST":
            self.rows = sent_rows()
            find_products(self.rows, self.stored)
            apply_chosen_products(self.rows)
            self._press()
        else:
            self.rows = stored_rows(self.stored)
            show_products(self.rows)
        if not self.rows:
            self.rows = [blank_row(1)]

    @property
    def pressed(self) -> bool:
        """Whether the form was sent only to change its rows, or to be looked at; nothing is saved then."""
        changed = request.method == "POST" and any(name in request.form for name in (ADD, REMOVE, RECOUNT))
        return changed or is_preview_only()

    def _press(self) -> None:
        if not self.pressed:
            return
        add_reference_errors(self.form)
        for row in self.rows:
            row.errors = {k: e for k, e in row.errors.items() if k == "product_id" and row.suggestions}
            fill_in(row)
        removed = request.form.get(REMOVE, "")
        if removed.isascii() and removed.isdigit():
            self.rows = renumber([row for row in self.rows if str(row.number) != removed])
        if ADD in request.form and len(self.rows) < MAX_LINES:
            self.rows.append(blank_row(len(self.rows) + 1))

    @property
    def filled(self) -> list[Row]:
        """The rows that are lines: empty ones are passed over."""
        return [row for row in self.rows if not row.blank]

    @property
    def floors(self) -> dict[int, Decimal]:
        """The lowest selling price of the rows' products, where they have one."""
        products = [row.product for row in self.rows if row.product is not None]
        return {product.id: product.floor_price for product in products if product.floor_price is not None}

    def values(self) -> list[dict[str, Any]]:
        """What the domain's verbs take."""
        return [row.values for row in self.filled]

    def check(self) -> bool:
        """Whether every line can be understood; an error stands beside each that cannot."""
        for row in self.filled:
            row.check()
        if not self.filled:
            self.errors.append(_("Please add at least one product."))
        return not self.errors and not any(row.errors for row in self.filled)

    def refuse(self, error: FieldError) -> bool:
        """Show a rule's complaint beside its control; False where it is not about the lines."""
        prefix, _dash, number_and_key = error.field.partition("-")
        if prefix != PREFIX:
            return False
        number, _dash, key = number_and_key.partition("-")
        if number.isdigit() and key in LINE and int(number) < len(self.filled):
            self.filled[int(number)].errors[key] = error_text(error)
        else:
            self.errors.append(error_text(error))
        return True

    def summary(self) -> list[str | Markup]:
        """What is wrong, for the list above the form, each with a link to its control."""
        problems: list[str | Markup] = list(self.errors)
        for row in self.rows:
            for key in filter(row.errors.get, TYPED_KEYS):
                message = row.errors[key]
                link = Markup('<a href="#f-{}">{} {}</a>: {}')
                problems.append(link.format(row.name(key), _(LINE[key].label), row.number, message))
        return problems

    def tell(self) -> None:
        """Fill in what stands beside the rows; called once before they are shown."""
        add_product_hints(self.rows, self.customer_id)

    @cached_property
    def tax_mode(self) -> str:
        return self.form["tax_mode"].data or read_settings(db.session()).tax_mode or TAX_EXCLUDED

    def amount(self, row: Row) -> str:
        amounts = row.amounts(self.tax_mode)
        return "" if amounts is None else LINE["amount"].type.show(amounts[0], field_context())

    @property
    def sums(self) -> list[tuple[str, str, str]]:
        """(key, label, amount) of the sums as they would be saved."""
        counted = [_LineAmounts(*amounts) for row in self.filled if (amounts := row.amounts(self.tax_mode))]
        sums: Totals = totals_of(counted, self.tax_mode, self.form["discount_amount"].data or Decimal("0.00"))
        values = {"goods_amount": sums.goods, "tax_amount": sums.tax, "total": sums.total}
        return [(f.key, _(f.label), f.type.show(values[f.key], field_context())) for f in SUMS]

    @property
    def shown(self) -> str:
        """The products whose units and prices the rows show, for the form to tell when it comes back."""
        ids = (row.product.id if row.product else row.shown for row in self.rows)
        return ",".join(str(id or "") for id in ids)

    def warnings(self) -> list[str]:
        """What should be looked at in what was saved: prices taken from the product, or below its lowest one."""
        add_price_warnings(self.filled)
        texts = [_from_product_text(row) for row in self.filled if row.brought]
        return texts + [
            _(LINE["price"].label) + f" {row.number}" + _(": ") + str(row.floor) for row in self.filled if row.low
        ]


def _from_product_text(row: Row) -> str:
    return _(
        "Unit and price of line %(number)s come from the product “%(product)s”.",
        number=row.number,
        product=row.product.name if row.product is not None else "",
    )


class _LineAmounts:
    def __init__(self, amount: Decimal, tax: Decimal) -> None:
        self.amount, self.tax = amount, tax


def save_document(form: RecordForm, lines: Lines, verb: Callable[[], Saved], record: Any = None) -> Saved | None:
    """The verb's result, or None where the form is to be shown again (`form.status` says how).

    A late save shows both versions, of the lines too (hostile case 34).
    """
    understood = lines.check()
    saved_record = attempt(form, _with_line_errors(lines, verb) if understood else _refused, record)
    if saved_record is None:
        if form.status == 409:
            if form.saved_before is not None:
                lines.stored = lines_of(db.session(), form.saved_before)
            form.conflict += different_lines(lines)
        form.form_errors = [error for error in form.form_errors if error != _(MARKED)]
        form.form_errors += lines.summary()
    return saved_record


def _refused() -> Any:
    raise FieldError("", MARKED)


def _with_line_errors(lines: Lines, verb: Callable[[], Saved]) -> Callable[[], Saved]:
    def run() -> Saved:
        try:
            return verb()
        except FieldError as error:
            if lines.refuse(error):
                _refused()
            raise

    return run


def different_lines(lines: Lines) -> list[tuple[str, str, str]]:
    """(line, as it is stored now, as this person typed it) of those that differ."""
    stored_lines = stored_rows(lines.stored)
    show_products(stored_lines)
    typed_lines = lines.filled
    different = []
    for n in range(max(len(stored_lines), len(typed_lines))):
        stored, typed = _row_texts(stored_lines[n : n + 1]), _row_texts(typed_lines[n : n + 1])
        if stored != typed:
            different.append((_("Line %(number)s", number=n + 1), stored, typed))
    return different


def _row_texts(row: Sequence[Row]) -> str:
    if not row:
        return ""
    typed = row[0].typed
    unit = lookups().dictionary("unit").name(int(typed["unit_id"])) if typed.get("unit_id", "").isdigit() else ""
    parts = [typed.get("product_id", ""), f"{typed.get('quantity', '')} {unit} × {typed.get('price', '')}"]
    for key, sign in (("discount", "%"), ("tax_rate", "%"), ("notes", "")):
        if typed.get(key):
            parts.append(f"{_(LINE[key].label).rstrip('%')} {typed[key]}{sign}")
    return ", ".join(parts)
