"""What the public search may show of a customer, and the policy about it (N-2, P-2)."""

from crm.domain.platform.settings import FirmSettings
from crm.entities.customers import BASICS, CLASSES, CUSTOMER, OTHER, PLACE
from crm.entities.entity import Field, FieldSet
from crm.entities.people import MultipleChoice
from crm.fields import FixedChoice
from crm.i18n import N_
from crm.models.customers import OWNED, POOL, RECYCLED

WHERE_KEPT = FixedChoice(
    options=((OWNED, N_("Has an owner")), (POOL, N_("Customer pool")), (RECYCLED, N_("Recycled pool")))
)

SHOWABLE = frozenset({BASICS, CLASSES, PLACE, OTHER})
OFFERED = (
    *(field for field in CUSTOMER if field.group in SHOWABLE and field.key != "notes"),
    Field("pool", N_("Ownership"), WHERE_KEPT, editable=False),
)
"""The fields that the policy can tick. Bank, terms and notes say nothing about whether the firm knows somebody."""

LOOKUP_POLICY = FieldSet(
    "lookup_policy",
    N_("Public search settings"),
    FirmSettings,
    (
        Field(
            "lookup_columns",
            N_("Shown columns"),
            MultipleChoice(),
            wide=True,
            help=N_(
                "Unticked columns are neither shown nor searched; a telephone is then found only by its full number."
            ),
        ),
        Field("lookup_pools", N_("Range"), MultipleChoice(), wide=True),
        Field(
            "lookup_statuses",
            N_("Customer status shown"),
            MultipleChoice(),
            wide=True,
            help=N_("If none is ticked, all are included."),
        ),
    ),
)
