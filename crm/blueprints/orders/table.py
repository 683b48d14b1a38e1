"""The list of sales orders, and the same as a customer's tab (SO-2)."""

from crm.entities.listing.customer_filters import customer_filter
from crm.entities.listing.document_filters import by_document_content, product_filter
from crm.entities.listing.filters import contains_text, in_days, person_filter, state_tab, unit_filter
from crm.entities.listing.line_sheet import LinesOf
from crm.entities.measures import is_open
from crm.entities.orders import ORDER
from crm.fields import Text
from crm.i18n import N_
from crm.models import Contact, Order, OrderLine
from crm.models.documents import DocumentState
from crm.web.approval_actions import bulk_actions
from crm.web.table import Column, Filter, LinkedModel, column, listed
from crm.web.table.cells import customer_column, due_day_cell, products_column
from crm.web.table.declaration import long_cell
from crm.web.table.kinds import columns_of, deleting, state_cell, tab_of_customer, table_of_kind

declared = columns_of(ORDER)

STATE = state_tab(Order.state, N_("Status"), DocumentState)
TABS = (*DocumentState.options(), ("", N_("All")))

ORDERS = listed(
    table_of_kind(
        ORDER,
        lines=LinesOf(OrderLine, "order_id", N_("Order number")),
        links=(LinkedModel(Contact, Contact.id == Order.contact_id, Order.owner_id),),
        columns=(
            declared("code", sorted_=True),
            declared("title", render=long_cell),
            customer_column(N_("Customer")),
            declared("ordered_on", sorted_=True),
            declared("total", sorted_=True, total=True),
            declared("received", sorted_=True, total=True),
            declared("owner_id"),
            declared("state", render=state_cell(DocumentState)),
        ),
        more=(
            declared("open", sorted_=True, total=True),
            column(
                ORDER["due_on"],
                (Order.due_on, Order.open, Order.state),
                render=lambda reader, day, owed, state: due_day_cell(reader, day, is_open(state, owed)),
            ),
            declared("deliver_on", sorted_=True),
            Column("contact", N_("Contact"), (Contact.name,), Text()),
            products_column(Order),
            declared("contract_number"),
            declared("consignee"),
            declared("delivery_address", render=long_cell),
            declared("payment_method_id"),
            declared("payment_terms_id"),
            declared("tax_mode"),
            declared("goods_amount", sorted_=True, total=True),
            declared("tax_amount", sorted_=True, total=True),
            declared("discount_amount", sorted_=True, total=True),
            declared("unit_id"),
            declared("approver_id"),
            declared("approved_at", sorted_=True),
            declared("approved_by_id"),
            declared("notes", render=long_cell),
            declared("created_at", sorted_=True),
            declared("created_by_id"),
        ),
        filters=(
            Filter("q", N_("Quick search"), by_document_content(Order), caps_count=True),
            STATE,
            customer_filter(),
            product_filter(Order),
            Filter(
                "contract",
                N_("Contract number"),
                contains_text(Order.contract_number),
                caps_count=True,
                needs_scan=True,
            ),
            person_filter("owner", Order.owner_id, N_("Salesperson")),
            unit_filter(Order.unit_id, N_("Department")),
            Filter("ordered", N_("Order date"), in_days(Order.ordered_on), "period"),
        ),
        default_sort="ordered_on",
        default_descending=True,
        tie=(Order.ordered_on, Order.id),
        bulk=(
            *bulk_actions("orders"),
            deleting(
                ORDER,
                N_("Delete %(count)s sales orders? Only drafts and rejected orders are deleted."),
                N_("%(count)s sales orders deleted."),
            ),
        ),
        empty_text=N_("Sales orders will appear here, from draft to approval. Add the first one."),
    )
)

ORDERS_OF_CUSTOMER = tab_of_customer(
    ORDERS,
    bulk=(),
    empty_text=N_("No sales orders for this customer yet."),
)
