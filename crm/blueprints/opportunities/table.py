"""The list of opportunities, and the same as a customer's tab (B-1)."""

from dataclasses import replace
from typing import Any

from markupsafe import Markup
from sqlalchemy import Select, select

from crm.domain.along import deleted_along
from crm.domain.deleting import delete_record
from crm.domain.opportunities import STAGES
from crm.entities import policy
from crm.entities.listing import Reader
from crm.entities.listing.customers import customer_found
from crm.entities.listing.filters import dictionary_filter, fixed_filter, found_in, in_days, person_filter
from crm.entities.opportunities import OPPORTUNITY, STATES
from crm.fields.types import FixedChoice, Text
from crm.i18n import N_
from crm.models import Contact, Customer, Opportunity, Rights
from crm.models.opportunities import LOST, OPEN, SHELVED, WON
from crm.web.showing import show_value
from crm.web.table import BulkAction, Column, Filter, Link, Table, column, listed
from crm.web.table.cells import customer_column, long_cell

COLOURS = {OPEN: "blue", WON: "green", LOST: "red", SHELVED: "gray"}


def opportunity_rows(rights: Rights) -> Select[Any]:
    joined = select(Opportunity.id).join(Customer, Customer.id == Opportunity.customer_id)
    return joined.where(Opportunity.seen_by(rights))


def with_customer(wanted: Select[Any]) -> Select[Any]:
    return wanted.join(Customer, Customer.id == Opportunity.customer_id)


def state_cell(reader: Reader, state: str) -> Markup:
    word = show_value(OPPORTUNITY["state"], state)
    return Markup('<span class="state c-{}">{}</span>').format(COLOURS[state], word)


def declared(key: str, *, sorted_: bool = False, **more: Any) -> Column:
    """The column of a declared field."""
    expression = getattr(Opportunity, OPPORTUNITY[key].attr)
    return column(OPPORTUNITY[key], expression, None if sorted_ else (), **more)


QUICK = Filter("q", N_("Quick search"), found_in(Opportunity), capped=True)
STAGE = dictionary_filter("stage", N_("Stage"), Opportunity.stage_id, STAGES)
STATE = fixed_filter("state", N_("State"), Opportunity.state, FixedChoice(options=STATES))
OWNER = person_filter("owner", Opportunity.owner_id, N_("Owner"))
CUSTOMER = Filter("customer", N_("Customer"), customer_found, capped=True)
EXPECTED = Filter("expected", N_("Expected closing date"), in_days(Opportunity.expected_on), "period")

OPPORTUNITIES = listed(
    Table(
        key="opportunities",
        title=N_("Opportunities"),
        model=Opportunity,
        permission=OPPORTUNITY.permission("view"),
        rows=opportunity_rows,
        joins=with_customer,
        links=(Link(Contact, Contact.id == Opportunity.contact_id, Opportunity.owner_id),),
        columns=(
            column(OPPORTUNITY["title"], Opportunity.title, (Opportunity.pinyin,)),
            customer_column(N_("Customer")),
            declared("stage_id"),
            declared("amount", sorted_=True),
            declared("probability", sorted_=True),
            declared("expected_on", sorted_=True),
            declared("owner_id"),
            declared("state", render=state_cell),
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
        endpoint="opportunities.index",
        row_endpoint="opportunities.show",
        depends=("opportunities", "customers", "users", "org_units"),
        export_permission=OPPORTUNITY.permission("export"),
        export_endpoint="opportunities.export",
        bulk=(
            BulkAction(
                "delete",
                N_("Delete"),
                policy.permission_for(OPPORTUNITY, policy.DELETE),
                delete_record,
                N_("Do you want to delete these opportunities, and their quotes with them? (%(count)s)"),
                N_("%(count)s opportunities deleted."),
                does=policy.DELETE,
                danger=True,
                along=deleted_along,
            ),
        ),
        bulk_endpoint="opportunities.bulk",
        help=N_(
            "Possible sales, from the first talk to won or lost."
            " The board moves them between stages, the funnel adds them up."
        ),
        empty_text=N_("Possible sales will stand here, with what they may be worth. Enter the first one."),
        event="opportunities-changed",
    )
)

OPPORTUNITIES_OF_CUSTOMER = replace(
    OPPORTUNITIES,
    columns=tuple(c for c in OPPORTUNITIES.columns if c.key != "customer"),
    filters=(),
    more=(),
    advanced=False,
    endpoint="opportunities.of_customer",
    export_endpoint="",
    help=N_("Possible sales to this customer. Those in progress go along when the customer gets another owner."),
    empty_text=N_("No opportunity with this customer is known yet."),
)
