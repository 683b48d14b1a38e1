"""What is asked for in the pool and in the policy of idle customers (Q-2, C-7, P-1)."""

from dataclasses import dataclass

from crm.domain.platform.settings import FirmSettings
from crm.entities.entity import Field, FieldSet
from crm.entities.people import MultipleChoice
from crm.fields import Integer, PersonChoice, YesNo
from crm.i18n import N_


@dataclass(frozen=True)
class OwnerChoice(PersonChoice):
    """A person to whom customers can belong, chosen in the organisation tree."""

    kind = "owner"


OWNER = Field("owner_id", N_("Salesperson"), OwnerChoice(), required=True)

RECYCLING, EXEMPT, CLAIMING = N_("Recycling of idle customers"), N_("Exempt from recycling"), N_("Claiming")

POLICY = FieldSet(
    "recycling",
    N_("Recycling of idle customers"),
    FirmSettings,
    (
        Field("recycle_on", N_("Recycle idle customers every day"), YesNo(), group=RECYCLING),
        Field(
            "recycle_days",
            N_("Days without contact"),
            Integer(1, 3650),
            required=True,
            group=RECYCLING,
            help=N_("Customers not contacted for longer than this are recycled."),
        ),
        Field(
            "recycle_warn_days",
            N_("Warning days"),
            Integer(0, 365),
            required=True,
            group=RECYCLING,
            help=N_("How many days before recycling the owner is warned; 0 for no warning."),
        ),
        Field("recycle_exempt_levels", N_("Exempt levels"), MultipleChoice(), group=EXEMPT, wide=True),
        Field("recycle_exempt_open_opportunities", N_("Customers with open opportunities"), YesNo(), group=EXEMPT),
        Field("recycle_exempt_unpaid_orders", N_("Customers with unpaid orders"), YesNo(), group=EXEMPT),
        Field("claim_on", N_("Salespeople may claim pool customers"), YesNo(), group=CLAIMING),
        Field(
            "claim_most_owned",
            N_("Maximum customers owned"),
            Integer(1, 1_000_000),
            required=True,
            group=CLAIMING,
            help=N_("People with this many customers cannot claim another one."),
        ),
        Field("claim_most_a_day", N_("Maximum claims per day"), Integer(1, 10_000), required=True, group=CLAIMING),
        Field(
            "claim_pause_days",
            N_("Days until a former owner may claim again"),
            Integer(0, 365),
            group=CLAIMING,
            help=N_(
                "Anyone who moved a customer to the pool, or lost it to recycling, has to wait this long before "
                "claiming it again; 0 means no waiting, empty means 7 days. The idle days keep counting. Managers "
                "can assign it to them at any time."
            ),
        ),
    ),
)
