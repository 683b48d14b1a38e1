"""The fields of a sales order (SO-1)."""

from dataclasses import replace

from crm.entities.document_fields import DECISION, DISCOUNT_AMOUNT, MADE, SUMS, TAX_MODE
from crm.entities.entity import BelongsTo, Entity, Field, Happening, OnDelete, PrintLayout, SearchFields
from crm.entities.people import UnitChoice
from crm.entities.printing import APPROVED_BY, LINES, TEXT, printed_fields
from crm.entities.printing import SUMS as PRINTED_SUMS
from crm.fields import (
    Amount,
    Code,
    ContactChoice,
    Day,
    DictionaryChoice,
    FixedChoice,
    LongText,
    PersonChoice,
    Reference,
    Text,
)
from crm.i18n import N_
from crm.models import Order
from crm.models.documents import DRAFT, PENDING, REJECTED, DocumentState

BASICS, DELIVERY, OTHER = N_("Sales order"), N_("Delivery and payment"), N_("Other")

ORDER = Entity(
    "orders",
    N_("Sales order"),
    Order,
    (
        Field("title", N_("Order title"), Text(200), group=BASICS, wide=True),
        Field("customer_id", N_("Customer"), Reference(target="customers"), required=True, group=BASICS, wide=True),
        Field("contact_id", N_("Contact"), ContactChoice(), group=BASICS),
        Field("ordered_on", N_("Order date"), Day(), required=True, group=BASICS, past=True),
        Field("owner_id", N_("Salesperson"), PersonChoice(), group=BASICS),
        Field("contract_number", N_("Contract number"), Text(60), group=BASICS),
        Field("code", N_("Order number"), Code(), group=BASICS, help=N_("Leave empty to number automatically.")),
        replace(TAX_MODE, group=BASICS),
        Field("deliver_on", N_("Delivery date"), Day(), group=DELIVERY),
        Field("consignee", N_("Consignee"), Text(60), group=DELIVERY),
        Field("delivery_address", N_("Delivery address"), Text(300), group=DELIVERY, wide=True),
        Field(
            "payment_method_id",
            N_("Payment method"),
            DictionaryChoice(dictionary="payment_method"),
            group=DELIVERY,
        ),
        Field(
            "payment_terms_id",
            N_("Payment terms"),
            DictionaryChoice(dictionary="payment_terms"),
            group=DELIVERY,
        ),
        Field(
            "due_on",
            N_("Due date"),
            Day(),
            group=DELIVERY,
            help=N_("Leave empty to calculate it from the order date and the payment terms."),
        ),
        DISCOUNT_AMOUNT,
        Field("notes", N_("Notes"), LongText(), group=OTHER, wide=True),
        *SUMS,
        Field("received", N_("Already received"), Amount(), editable=False, importable=False),
        Field("open", N_("Outstanding amount"), Amount(), editable=False, importable=False),
        Field("unit_id", N_("Department"), UnitChoice(), editable=False, importable=False),
        Field("state", N_("Status"), FixedChoice(options=DocumentState.options()), editable=False, importable=False),
        *DECISION,
        *MADE,
    ),
    plural=N_("Sales orders"),
    named="title",
    owner="owner_id",
    belongs_to=(
        BelongsTo(
            "customers",
            "customer_id",
            OnDelete.FORBIDS,
            transferable=lambda: Order.state.in_((DRAFT, PENDING, REJECTED)),
            refusal=N_("It has sales orders (%(count)s), so it cannot be deleted."),
        ),
        # B-2: an opportunity with an order stays; without one it is deleted, and its quotes with it.
        BelongsTo(
            "opportunities",
            "opportunity_id",
            OnDelete.FORBIDS,
            refusal=N_("An opportunity with an order cannot be deleted."),
            tab=False,
        ),
    ),
    searched=SearchFields(("title",), numbers=("code", "contract_number"), with_customer=True),
    mergeable=False,
    numbered=True,
    card=("title", "customer", "total", "state"),
    timeline=(
        Happening(message=N_("New sales order"), title="code", note="title", amount="total", state="state"),
        Happening("approved_at", N_("Sales order approved"), "approved_by_id", "code", "title", amount="total"),
    ),
    printing=PrintLayout(
        own=tuple(
            "code title ordered_on deliver_on payment_method_id payment_terms_id due_on contract_number consignee"
            " delivery_address notes tax_mode tax_amount discount_amount total state approved_at".split()
        ),
        more=(
            *printed_fields(
                (
                    ("quote", N_("Source quote"), TEXT),
                    ("opportunity", N_("Opportunity"), TEXT),
                    ("received", N_("Received so far"), Amount()),
                    ("open", N_("Still outstanding"), Amount()),
                )
            ),
            APPROVED_BY,
            *PRINTED_SUMS,
        ),
        lines=LINES,
        lines_label=N_("Products"),
        pieces=("letterhead", "order_facts", "goods", "deal_signatures"),
    ),
)

FORM_KEYS = tuple(field.key for field in ORDER if field.editable)
