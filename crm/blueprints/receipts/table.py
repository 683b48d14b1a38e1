"""The list of receipts, and the same as a customer's tab (RC-1, RC-3)."""

from dataclasses import replace
from typing import Any

from markupsafe import Markup
from sqlalchemy import Select, select

from crm.domain.along import deleted_along
from crm.domain.deleting import delete_record
from crm.entities import policy
from crm.entities.documents import STATES
from crm.entities.listing import Reader
from crm.entities.listing.customers import customer_found
from crm.entities.listing.documents import by_what_it_names
from crm.entities.listing.filters import dictionary_filter, in_days, person_filter, state_tab
from crm.entities.receipts import RECEIPT
from crm.i18n import N_
from crm.models import Customer, Receipt, Rights
from crm.models.documents import VOID
from crm.models.receipts import STATES as KEPT_STATES
from crm.web.approval_actions import bulk_actions
from crm.web.approvals import COLOURS
from crm.web.showing import show_value
from crm.web.table import BulkAction, Column, Filter, Table, column, listed
from crm.web.table.cells import customer_column, long_cell


def receipt_rows(rights: Rights) -> Select[Any]:
    joined = select(Receipt.id).join(Customer, Customer.id == Receipt.customer_id)
    return joined.where(Receipt.seen_by(rights))


def with_customer(wanted: Select[Any]) -> Select[Any]:
    return wanted.join(Customer, Customer.id == Receipt.customer_id)


def state_cell(reader: Reader, state: str) -> Markup:
    word = show_value(RECEIPT["state"], state)
    return Markup('<span class="state c-{}">{}</span>').format(COLOURS[state], word)


def declared(key: str, *, sorted_: bool = False, **more: Any) -> Column:
    """The column of a declared field."""
    return column(RECEIPT[key], getattr(Receipt, RECEIPT[key].attr), None if sorted_ else (), **more)


STATE = state_tab(Receipt.state, N_("State"), KEPT_STATES)
TABS = (*(state for state in STATES if state[0] != VOID), ("", N_("All")))

RECEIPTS = listed(
    Table(
        key="receipts",
        title=N_("Receipts"),
        help=N_("Money received for approved orders. It counts once the receipt is approved."),
        model=Receipt,
        permission=RECEIPT.permission("view"),
        rows=receipt_rows,
        joins=with_customer,
        columns=(
            declared("code", sorted_=True),
            customer_column(N_("Customer")),
            declared("received_on", sorted_=True),
            declared("payment_method_id"),
            declared("amount", sorted_=True, total=True),
            declared("owner_id"),
            declared("state", render=state_cell),
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
            Filter("q", N_("Quick search"), by_what_it_names(Receipt), capped=True),
            STATE,
            Filter("customer", N_("Customer"), customer_found, capped=True),
            dictionary_filter("method", N_("Payment method"), Receipt.payment_method_id, "payment_method"),
            person_filter("owner", Receipt.owner_id, N_("Salesperson")),
            Filter("received", N_("Receipt date"), in_days(Receipt.received_on), "period"),
        ),
        default_sort="received_on",
        default_descending=True,
        tie=(Receipt.received_on, Receipt.id),
        endpoint="receipts.index",
        row_endpoint="receipts.show",
        depends=("receipts", "customers", "users", "org_units"),
        export_permission=RECEIPT.permission("export"),
        export_endpoint="receipts.export",
        bulk=(
            *bulk_actions("receipts"),
            BulkAction(
                "delete",
                N_("Delete"),
                policy.permission_for(RECEIPT, policy.DELETE),
                delete_record,
                N_("Do you want to delete these receipts? (%(count)s)"),
                N_("%(count)s receipts deleted."),
                does=policy.DELETE,
                danger=True,
                along=deleted_along,
            ),
        ),
        bulk_endpoint="receipts.bulk",
        empty_text=N_("Money received will stand here. Enter it for a customer whose order is approved."),
        event="receipts-changed",
    )
)

RECEIPTS_OF_CUSTOMER = replace(
    RECEIPTS,
    columns=tuple(c for c in RECEIPTS.columns if c.key != "customer"),
    filters=(),
    more=(),
    advanced=False,
    endpoint="receipts.of_customer",
    export_endpoint="",
    empty_text=N_("Nothing was received from this customer yet."),
)
