"""The list of receipts, and the same as a customer's tab (RC-1, RC-3)."""

from crm.entities.listing.customer_filters import matches_customer
from crm.entities.listing.document_filters import by_document_content
from crm.entities.listing.filters import dictionary_filter, in_days, person_filter, state_tab
from crm.entities.receipts import RECEIPT
from crm.i18n import N_
from crm.models import Receipt
from crm.models.documents import VOID, DocumentState
from crm.models.receipts import STATES
from crm.web.approval_actions import bulk_actions
from crm.web.table import Filter, listed
from crm.web.table.cells import customer_column
from crm.web.table.declaration import long_cell
from crm.web.table.kinds import columns_of, deleting, state_cell, tab_of_customer, table_of_kind

declared = columns_of(RECEIPT)

STATE = state_tab(Receipt.state, N_("Status"), STATES)
TABS = (*DocumentState.options(VOID), ("", N_("All")))

RECEIPTS = listed(
    table_of_kind(
        RECEIPT,
        help=N_("Payments received for approved orders. They count once the receipt is approved."),
        columns=(
            declared("code", sorted_=True),
            customer_column(N_("Customer")),
            declared("received_on", sorted_=True),
            declared("payment_method_id"),
            declared("amount", sorted_=True, total=True),
            declared("owner_id"),
            declared("state", render=state_cell(DocumentState)),
        ),
        more=(
            declared("payer"),
            declared("account"),
            declared("unit_id"),
            declared("approver_id"),
            declared("submitted_at", sorted_=True),
            declared("approved_at", sorted_=True),
            declared("approved_by_id"),
            declared("notes", render=long_cell),
            declared("created_at", sorted_=True),
            declared("created_by_id"),
        ),
        filters=(
            Filter("q", N_("Quick search"), by_document_content(Receipt), caps_count=True),
            STATE,
            Filter("customer", N_("Customer"), matches_customer, caps_count=True),
            dictionary_filter("method", N_("Payment method"), Receipt.payment_method_id, "payment_method"),
            person_filter("owner", Receipt.owner_id, N_("Salesperson")),
            Filter("received", N_("Receipt date"), in_days(Receipt.received_on), "period"),
        ),
        default_sort="received_on",
        default_descending=True,
        tie=(Receipt.received_on, Receipt.id),
        bulk=(
            *bulk_actions("receipts"),
            deleting(
                RECEIPT,
                N_("Delete %(count)s receipts?"),
                N_("%(count)s receipts deleted."),
            ),
        ),
        empty_text=N_("Receipts will appear here. Record a payment for a customer with an approved order."),
    )
)

RECEIPTS_OF_CUSTOMER = tab_of_customer(
    RECEIPTS,
    empty_text=N_("No payments from this customer yet."),
)
