"""The fields of an opportunity (B-1)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_

from crm.entities.document_fields import MADE
from crm.entities.entity import BelongsTo, Entity, Field, Happening, PrintLayout, SearchFields
from crm.entities.measures import IN_PROGRESS
from crm.entities.printing import TEXT, printed_fields
from crm.fields import (
    Amount,
    Code,
    ContactChoice,
    Context,
    Day,
    DictionaryChoice,
    FixedChoice,
    Integer,
    LongText,
    MomentType,
    PersonChoice,
    Reference,
    Text,
)
from crm.i18n import N_
from crm.models import Opportunity
from crm.models.opportunities import OpportunityState
from crm.text import half_width

BASICS, RESULT = N_("Opportunity"), N_("Status and result")


@dataclass(frozen=True)
class Percent(Integer):
    """A whole percentage; typed with or without its sign."""

    maximum: int = 100

    def read(self, text: str, context: Context) -> int:
        return super().read(half_width(text).removesuffix("%").rstrip(), context)

    def show(self, value: Any, context: Context) -> str:
        return "" if value is None else f"{value}%"

    def edit(self, value: Any, context: Context) -> str:
        return "" if value is None else str(value)


OPPORTUNITY = Entity(
    "opportunities",
    N_("Opportunity"),
    Opportunity,
    (
        Field("title", N_("Opportunity title"), Text(200), required=True, group=BASICS, wide=True),
        Field("customer_id", N_("Customer"), Reference(target="customers"), required=True, group=BASICS, wide=True),
        Field("contact_id", N_("Contact"), ContactChoice(), group=BASICS),
        Field("stage_id", N_("Stage"), DictionaryChoice(dictionary="opportunity_stage"), required=True, group=BASICS),
        Field("amount", N_("Expected amount"), Amount(), group=BASICS),
        Field("expected_on", N_("Expected closing date"), Day(), group=BASICS),
        Field(
            "probability",
            N_("Probability"),
            Percent(),
            group=BASICS,
            help=N_("In percent. Leave empty to use the stage's probability."),
        ),
        Field("source_id", N_("Source"), DictionaryChoice(dictionary="customer_source"), group=BASICS),
        Field("competitor", N_("Competitor"), Text(200), group=BASICS),
        Field("owner_id", N_("Owner"), PersonChoice(), group=BASICS),
        Field("code", N_("Code"), Code(), group=BASICS, help=N_("Leave empty to number automatically.")),
        Field("state", N_("Status"), FixedChoice(options=OpportunityState.options()), required=True, group=RESULT),
        Field("reason", N_("Reason"), Text(300), group=RESULT, help=N_("Why it was won, lost or shelved.")),
        Field("notes", N_("Notes"), LongText(), group=RESULT, wide=True),
        Field("closed_at", N_("Closed on"), MomentType(), editable=False, importable=False),
        *MADE,
    ),
    plural=N_("Opportunities"),
    named="title",
    owner="owner_id",
    belongs_to=(BelongsTo("customers", "customer_id", transferable=lambda: and_(*IN_PROGRESS)),),
    searched=SearchFields(("title",)),
    numbered=True,
    card=("customer", "stage_id", "amount", "expected_on"),
    timeline=(
        Happening(message=N_("New opportunity"), title="title", amount="amount", state="state"),
        Happening("closed_at", N_("Opportunity closed"), "", title="title", text="reason", state="state"),
    ),
    printing=PrintLayout(
        lines=printed_fields(
            (
                ("line.number", N_("No."), Integer()),
                ("line.code", N_("Quote number"), TEXT),
                ("line.title", N_("Quote title"), TEXT),
                ("line.quoted_on", N_("Quote date"), Day()),
                ("line.valid_until", N_("Valid until"), Day()),
                ("line.total", N_("Total"), Amount()),
            )
        ),
        lines_label=N_("Quotes"),
        pieces=("letterhead", "opportunity_facts", "its_quotes", "printed_note"),
    ),
)

FORM_KEYS = tuple(field.key for field in OPPORTUNITY if field.editable)
