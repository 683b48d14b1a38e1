"""The fields of a receipt and of what orders are owed (RC-1, RV-1)."""

from dataclasses import dataclass
from decimal import Decimal

from crm.entities.document_fields import DECISION, MADE
from crm.entities.entity import BelongsTo, Entity, Field, FieldSet, Happening, OnDelete, PrintLayout, SearchFields
from crm.entities.people import UnitChoice
from crm.entities.printing import APPROVED_BY, TEXT, AmountInWords, printed_fields
from crm.fields import (
    Amount,
    Code,
    Day,
    DaysSince,
    DictionaryChoice,
    FixedChoice,
    Integer,
    LongText,
    PersonChoice,
    Reference,
    Text,
)
from crm.i18n import N_
from crm.models import Order, Receipt
from crm.models.documents import DRAFT, PENDING, REJECTED, VOID, DocumentState

BASICS = N_("Receipt details")


@dataclass(frozen=True)
class SignedAmount(Amount):
    """Money that a reversal takes back is below zero."""

    minimum: Decimal = -Amount.maximum


RECEIPT = Entity(
    "receipts",
    N_("Receipt"),
    Receipt,
    (
        Field("code", N_("Receipt number"), Code(), group=BASICS, help=N_("Leave empty to number automatically.")),
        Field("customer_id", N_("Customer"), Reference(target="paying"), required=True, group=BASICS),
        Field("payer", N_("Payer"), Text(200), group=BASICS, help=N_("If someone other than the customer pays.")),
        Field("payment_method_id", N_("Payment method"), DictionaryChoice(dictionary="payment_method"), group=BASICS),
        Field("received_on", N_("Receipt date"), Day(), required=True, group=BASICS, past=True),
        Field("account", N_("Account"), Text(100), group=BASICS, help=N_("The bank account or till that received it.")),
        Field("notes", N_("Notes"), LongText(), group=BASICS, wide=True),
        Field("amount", N_("Amount received"), SignedAmount(), editable=False, importable=False),
        Field("owner_id", N_("Salesperson"), PersonChoice(), editable=False, importable=False),
        Field("unit_id", N_("Department"), UnitChoice(), editable=False, importable=False),
        Field(
            "state",
            N_("Status"),
            FixedChoice(options=DocumentState.options(VOID)),
            editable=False,
            importable=False,
        ),
        *DECISION,
        *MADE,
    ),
    plural=N_("Receipts"),
    named="code",
    owner="owner_id",
    belongs_to=(
        BelongsTo(
            "customers",
            "customer_id",
            OnDelete.FORBIDS,
            refusal=N_("It has receipts (%(count)s), so it cannot be deleted."),
        ),
    ),
    searched=SearchFields(("payer",)),
    mergeable=False,
    unfinished=lambda: Receipt.state.in_((DRAFT, PENDING, REJECTED)),
    numbered=True,
    timeline=(
        Happening(message=N_("New receipt"), title="code", amount="amount", state="state"),
        Happening("approved_at", N_("Receipt approved"), "approved_by_id", "code", amount="amount"),
    ),
    printing=PrintLayout(
        own=("code", "received_on", "payer", "payment_method_id", "account", "notes", "state", "approved_at"),
        more=(
            *printed_fields(
                (
                    ("amount", N_("Amount"), Amount()),
                    ("amount_in_words", N_("Amount in words"), AmountInWords()),
                    ("reverses", N_("Reverses receipt"), TEXT),
                )
            ),
            APPROVED_BY,
        ),
        lines=printed_fields(
            (
                ("line.number", N_("No."), Integer()),
                ("line.code", N_("Order number"), TEXT),
                ("line.title", N_("Order title"), TEXT),
                ("line.ordered_on", N_("Order date"), Day()),
                ("line.total", N_("Order's total"), Amount()),
                ("line.amount", N_("Amount received"), Amount()),
            )
        ),
        lines_label=N_("Orders paid"),
        pieces=("letterhead", "receipt_facts", "paid_orders", "receipt_signatures"),
    ),
)

FORM_KEYS = tuple(field.key for field in RECEIPT if field.editable and field.key != "customer_id")

PAID = Field("amount", N_("Amount received"), Amount())
"""What is received for one order."""
REVERSAL_REASON = Field("notes", N_("Reason"), LongText(1000), required=True, wide=True)

RECEIVABLE = FieldSet(
    "receivables",
    N_("Receivable"),
    Order,
    (
        Field("code", N_("Order number"), Code()),
        Field("owner_id", N_("Salesperson"), PersonChoice()),
        Field("unit_id", N_("Department"), UnitChoice()),
        Field("total", N_("Order's total"), Amount()),
        Field("received", N_("Already received"), Amount()),
        Field("pending", N_("Pending"), Amount()),
        Field("open", N_("Outstanding amount"), Amount()),
        Field("due_on", N_("Due date"), Day()),
        Field("days_overdue", N_("Days overdue"), DaysSince(of_moments=False)),
        Field("ordered_on", N_("Order date"), Day()),
        Field("title", N_("Order title"), Text(200)),
    ),
)
