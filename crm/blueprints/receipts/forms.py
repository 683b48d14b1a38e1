"""The receipt's form: its fields, the orders it pays, and saving both (RC-1, RC-2)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from crm import clock
from crm.blueprints.receipts.paid import Row, add_row_error, lines_from, row_problems
from crm.domain.sales.receipts import save_receipt
from crm.domain.sales.receivables import paying_customers
from crm.entities.measures import COLLECTABLE, SOLD
from crm.entities.receipts import FORM_KEYS, RECEIPT
from crm.errors import FieldError
from crm.extensions import db
from crm.models import Customer, Receipt
from crm.web.access import actor, one_or_404, rights
from crm.web.approvals import after_saving
from crm.web.firm_settings import settings
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.request_clock import now
from crm.web.respond import saved
from crm.web.translation import gettext as _


def paying_or_404(customer_id: int, sent: bool = False) -> Customer:
    """The customer, if it has orders that this person can enter a receipt for.

    A form that is `sent` may come when others have taken everything: it is shown again with the reason.
    """
    owed = SOLD if sent else COLLECTABLE
    customer: Customer = one_or_404(paying_customers(rights(), owed).where(Customer.id == customer_id))
    return customer


def receipt_form(receipt: Receipt | None) -> RecordForm:
    defaults = {"received_on": clock.day_of(now(), settings().zone)}
    return form_for(RECEIPT.pick(*FORM_KEYS), receipt, defaults if receipt is None else {})


def sum_of(rows: Sequence[Row]) -> Decimal:
    """What the form's amounts come to, as far as they can be read."""
    return sum((row.amount for row in rows if row.amount is not None), Decimal(0))


def save(form: RecordForm, rows: Sequence[Row], receipt: Receipt | None, customer: Customer) -> Any:
    """The answer, or None where the form must be shown again with what is wrong."""

    def verb() -> Receipt:
        try:
            lines = lines_from(rows)
            return save_receipt(db.session(), receipt, customer, form.values(), lines, actor(), form.opened_version)
        except FieldError as error:
            add_row_error(rows, error)
            raise

    wrong = row_problems(rows)
    if wrong:
        form.validate()
        form.form_errors.extend(wrong)
        form.status, form.conflict = 422, []
        return None
    saved_receipt = attempt(form, verb, receipt)
    if saved_receipt is None:
        return None
    return saved(after_saving("receipts", saved_receipt), _("The receipt has been saved."), changed="receipts-changed")
