"""The fields of a quote (QT-1)."""

from dataclasses import replace

from sqlalchemy import true

from crm.entities.document_fields import DISCOUNT_AMOUNT, MADE, SUMS, TAX_MODE
from crm.entities.entity import BelongsTo, Entity, Field, Happening, PrintLayout, SearchFields
from crm.entities.people import UnitChoice
from crm.entities.printing import LINES, TEXT, printed_fields
from crm.entities.printing import SUMS as PRINTED_SUMS
from crm.fields import Code, ContactChoice, Day, Integer, LongText, PersonChoice, Reference, Text
from crm.i18n import N_
from crm.models import Quote

BASICS, OTHER = N_("Quote"), N_("Other")

QUOTE = Entity(
    "quotes",
    N_("Quote"),
    Quote,
    (
        Field("title", N_("Quote title"), Text(200), required=True, group=BASICS, wide=True),
        Field("customer_id", N_("Customer"), Reference(target="customers"), required=True, group=BASICS, wide=True),
        Field("opportunity_id", N_("Opportunity"), Reference(target="opportunities"), group=BASICS, wide=True),
        Field("contact_id", N_("Contact"), ContactChoice(), group=BASICS),
        Field("quoted_on", N_("Quote date"), Day(), required=True, group=BASICS, past=True),
        Field("valid_until", N_("Valid until"), Day(), group=BASICS),
        Field("owner_id", N_("Salesperson"), PersonChoice(), group=BASICS),
        Field("code", N_("Quote number"), Code(), group=BASICS, help=N_("Leave empty to number automatically.")),
        replace(TAX_MODE, group=BASICS),
        DISCOUNT_AMOUNT,
        Field("notes", N_("Notes"), LongText(), group=OTHER, wide=True),
        *SUMS,
        Field("revision", N_("Revision"), Integer(), editable=False, importable=False),
        Field("unit_id", N_("Department"), UnitChoice(), editable=False, importable=False),
        *MADE,
    ),
    plural=N_("Quotes"),
    named="title",
    owner="owner_id",
    belongs_to=(BelongsTo("customers", "customer_id", transferable=true), BelongsTo("opportunities", "opportunity_id")),
    searched=SearchFields(("title",), with_customer=True),
    mergeable=False,
    numbered=True,
    card=("title", "customer", "total", "valid_until"),
    timeline=(Happening(message=N_("New quote"), title="code", note="title", amount="total"),),
    printing=PrintLayout(
        N_("Quotation"),
        own=tuple("code title quoted_on valid_until revision notes tax_mode tax_amount discount_amount total".split()),
        more=(*printed_fields((("opportunity", N_("Opportunity"), TEXT),)), *PRINTED_SUMS),
        lines=LINES,
        lines_label=N_("Products"),
        pieces=("letterhead", "quote_facts", "goods", "deal_signatures"),
    ),
)

FORM_KEYS = tuple(field.key for field in QUOTE if field.editable)
