"""The list of opportunities, and the same as a customer's tab (B-1)."""

from crm.domain.sales.opportunities import STAGES
from crm.entities.listing.customer_filters import matches_customer
from crm.entities.listing.filters import by_search_text, dictionary_filter, fixed_filter, in_days, person_filter
from crm.entities.opportunities import OPPORTUNITY
from crm.fields import FixedChoice, Text
from crm.i18n import N_
from crm.models import Contact, Opportunity
from crm.models.opportunities import OPEN, OpportunityState
from crm.web.table import Column, Filter, LinkedModel, column, listed
from crm.web.table.cells import customer_column, due_day_cell
from crm.web.table.declaration import long_cell
from crm.web.table.kinds import columns_of, deleting, state_cell, tab_of_customer, table_of_kind

declared = columns_of(OPPORTUNITY)

QUICK = Filter("q", N_("Quick search"), by_search_text(Opportunity), caps_count=True)
STAGE = dictionary_filter("stage", N_("Stage"), Opportunity.stage_id, STAGES)
STATE = fixed_filter("state", N_("Status"), Opportunity.state, FixedChoice(options=OpportunityState.options()))
OWNER = person_filter("owner", Opportunity.owner_id, N_("Owner"), current=True)
CUSTOMER = Filter("customer", N_("Customer"), matches_customer, caps_count=True)
EXPECTED = Filter("expected", N_("Expected closing date"), in_days(Opportunity.expected_on), "period")

OPPORTUNITIES = listed(
    table_of_kind(
        OPPORTUNITY,
        links=(LinkedModel(Contact, Contact.id == Opportunity.contact_id, Opportunity.owner_id),),
        columns=(
            column(OPPORTUNITY["title"], Opportunity.title, (Opportunity.pinyin,)),
            customer_column(N_("Customer")),
            declared("stage_id"),
            declared("amount", sorted_=True),
            declared("probability", sorted_=True),
            column(
                OPPORTUNITY["expected_on"],
                (Opportunity.expected_on, Opportunity.state),
                render=lambda reader, day, state: due_day_cell(reader, day, state == OPEN),
            ),
            declared("owner_id"),
            declared("state", render=state_cell(OpportunityState)),
        ),
        more=(
            declared("code", sorted_=True),
            Column("contact", N_("Contact"), (Contact.name,), Text()),
            declared("source_id"),
            declared("competitor"),
            declared("reason"),
            declared("closed_at", sorted_=True),
            declared("notes", render=long_cell),
            declared("created_at", sorted_=True),
            declared("created_by_id"),
        ),
        filters=(QUICK, STAGE, STATE, OWNER, CUSTOMER, EXPECTED),
        default_sort="expected_on",
        default_descending=True,
        tie=(Opportunity.expected_on, Opportunity.id),
        bulk=(
            deleting(
                OPPORTUNITY,
                N_("Delete %(count)s opportunities and their quotes?"),
                N_("%(count)s opportunities deleted."),
            ),
        ),
        help=N_(
            "Possible sales, from the first talk to won or lost."
            " The board moves them between stages, the funnel adds them up."
        ),
        empty_text=N_("Opportunities will appear here with their expected amounts. Add the first one."),
    )
)

OPPORTUNITIES_OF_CUSTOMER = tab_of_customer(
    OPPORTUNITIES,
    help=N_("Possible sales to this customer. Those in progress are transferred along with the customer."),
    empty_text=N_("This customer has no opportunities yet."),
)
