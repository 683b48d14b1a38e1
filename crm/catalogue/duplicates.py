"""What customers are compared by: the policy's page and the fields of 高級查重 (C-3, P-3)."""

from dataclasses import replace

from crm.domain.customers.duplicates import ATTRIBUTES
from crm.domain.platform.settings import FirmSettings
from crm.entities.customers import CUSTOMER
from crm.entities.entity import Field, FieldSet
from crm.entities.people import IntegerChoice, MultipleChoice
from crm.fields import Text
from crm.i18n import N_
from crm.models import Customer

ATTRIBUTE_LABELS = (
    ("name", N_("Customer name")),
    ("phone", N_("Telephone")),
    ("mobile", N_("Mobile")),
    ("email", N_("Email")),
    ("tax_number", N_("Tax number")),
    ("website", N_("Website")),
)
assert tuple(key for key, _label in ATTRIBUTE_LABELS) == ATTRIBUTES

WARN_OR_FORBID = (("0", N_("Warn")), ("1", N_("Forbid")))

DUPLICATE_POLICY = FieldSet(
    "duplicate_policy",
    N_("Duplicate check"),
    FirmSettings,
    (
        Field(
            "duplicate_fields",
            N_("Compared attributes"),
            MultipleChoice(),
            wide=True,
            help=N_(
                "Names match regardless of company type, script, and full or half width. Mobile means the contacts' "
                "mobile numbers. If none is ticked, nothing is compared."
            ),
        ),
        Field(
            "duplicate_forbids",
            N_("When a duplicate is found"),
            IntegerChoice(options=WARN_OR_FORBID),
            required=True,
            wide=True,
            help=N_(
                "If only the short name is similar, or the tax numbers differ, there is never more than a warning."
            ),
        ),
    ),
)


def _typed(key: str, label: str = "") -> Field:
    """Any text can be searched for: a part of a telephone number is no mistake here."""
    field = CUSTOMER[key]
    return replace(field, label=label or field.label, type=Text(200), required=False, help="", group="", wide=False)


DUPLICATE_SEARCH = FieldSet(
    "duplicate_search",
    N_("Advanced duplicate check"),
    Customer,
    (
        _typed("name"),
        _typed("phone"),
        _typed("main_mobile", N_("Mobile")),
        _typed("email"),
        _typed("tax_number"),
        _typed("website"),
    ),
)
