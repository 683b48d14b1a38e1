"""The list of quotes, and the same as the tab of a customer and of an opportunity (QT-1, B-2)."""

from dataclasses import replace

from markupsafe import Markup, escape

from crm.entities.listing import Reader
from crm.entities.listing.customer_filters import customer_filter
from crm.entities.listing.document_filters import by_document_content, product_filter
from crm.entities.listing.filters import in_days, person_filter, unit_filter
from crm.entities.listing.line_sheet import LinesOf
from crm.entities.quotes import QUOTE
from crm.entities.registry import entity
from crm.fields import Text
from crm.i18n import N_
from crm.models import Contact, Opportunity, Order, Quote, QuoteLine
from crm.web.table import Column, Filter, LinkedModel, listed
from crm.web.table.cells import customer_column, products_column
from crm.web.table.declaration import long_cell
from crm.web.table.kinds import columns_of, deleting, tab_of_customer, table_of_kind
from crm.web.urls import url_maker


def order_cell(reader: Reader, order_id: int | None, code: str | None) -> Markup | str:
    """The order that it became."""
    if not order_id:
        return ""
    return Markup(f'<a href="{escape(url_maker("orders.show")(order_id))}">{escape(code)}</a>')


declared = columns_of(QUOTE)

QUOTES = listed(
    table_of_kind(
        QUOTE,
        lines=LinesOf(QuoteLine, "quote_id", N_("Quote number")),
        links=(
            LinkedModel(Contact, Contact.id == Quote.contact_id, Quote.owner_id),
            LinkedModel(Opportunity, Opportunity.id == Quote.opportunity_id),
            LinkedModel(Order, Order.quote_id == Quote.id),
        ),
        columns=(
            declared("code", sorted_=True),
            declared("title", render=long_cell),
            customer_column(N_("Customer")),
            declared("quoted_on", sorted_=True),
            declared("valid_until", sorted_=True),
            declared("total", sorted_=True, total=True),
            declared("owner_id"),
            Column(
                "order",
                N_("Sales order"),
                (Order.id, Order.code),
                Text(),
                render=order_cell,
                make_value=lambda reader, order_id, code: code,
                comparison=Order.code,
                permission=entity("orders").permission("view"),
            ),
        ),
        more=(
            products_column(Quote),
            Column(
                "contract_number",
                N_("Contract number"),
                (Order.contract_number,),
                Text(),
                permission=entity("orders").permission("view"),
            ),
            declared("revision", sorted_=True),
            Column(
                "opportunity",
                N_("Opportunity"),
                (Opportunity.title,),
                Text(),
                permission=entity("opportunities").permission("view"),
            ),
            Column("contact", N_("Contact"), (Contact.name,), Text()),
            declared("tax_mode"),
            declared("goods_amount", sorted_=True, total=True),
            declared("tax_amount", sorted_=True, total=True),
            declared("discount_amount", sorted_=True, total=True),
            declared("unit_id"),
            declared("notes", render=long_cell),
            declared("created_at", sorted_=True),
            declared("created_by_id"),
        ),
        filters=(
            Filter("q", N_("Quick search"), by_document_content(Quote), caps_count=True),
            customer_filter(),
            product_filter(Quote),
            person_filter("owner", Quote.owner_id, N_("Salesperson")),
            unit_filter(Quote.unit_id, N_("Department")),
            Filter("quoted", N_("Quote date"), in_days(Quote.quoted_on), "period"),
        ),
        default_sort="quoted_on",
        default_descending=True,
        tie=(Quote.quoted_on, Quote.id),
        depends=("quotes", "orders", "customers", "users", "org_units"),
        bulk=(
            deleting(
                QUOTE,
                N_("Delete %(count)s quotes? Those converted into orders are kept."),
                N_("%(count)s quotes deleted."),
            ),
        ),
        empty_text=N_("Quotes with their products will appear here. Add the first one."),
    )
)

QUOTES_OF_CUSTOMER = tab_of_customer(
    QUOTES,
    empty_text=N_("No quotes for this customer yet."),
    bulk=(),
)
QUOTES_OF_OPPORTUNITY = replace(
    QUOTES_OF_CUSTOMER,
    endpoint="quotes.of_opportunity",
    empty_text=N_("No quotes for this opportunity yet."),
)
