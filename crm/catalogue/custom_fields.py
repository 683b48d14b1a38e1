"""The form of a field that the firm adds (D-2)."""

from crm.entities.custom_fields import KINDS, RESTRICTED, customised_kinds
from crm.entities.entity import Field, FieldSet
from crm.fields import FixedChoice, LongText, Text, YesNo
from crm.i18n import N_
from crm.models import CustomField

MODULE = "entity"
CUSTOM_FIELD = FieldSet(
    "custom_fields",
    N_("Custom field"),
    CustomField,
    (
        Field("label", N_("Field name"), Text(40), required=True),
        Field(
            "kind",
            N_("Kind of field"),
            FixedChoice(options=tuple((key, kind.label) for key, kind in KINDS.items())),
            required=True,
            help=N_("Of a field in use it can become another kind if every value fits."),
        ),
        Field(
            "items",
            N_("Choices"),
            LongText(4000),
            help=N_(
                "One a line, for a list to choose from. They are changed like every drop-down. Of a field that becomes "
                "a list, its values are taken where this is empty."
            ),
        ),
        Field("required", N_("Required"), YesNo(), help=N_("New and changed records cannot be saved without it.")),
        Field(
            "heading",
            N_("Group"),
            Text(40),
            help=N_("Fields with the same group stand together in the form. Left empty, it is “More information”."),
        ),
        Field("start", N_("Default value"), Text(200), help=N_("A new record begins with it.")),
        Field("help", N_("Help text"), Text(200), help=N_("Stands below the field, as this does.")),
        Field(
            RESTRICTED,
            N_("Restricted"),
            YesNo(),
            help=N_("Only people with the right “Restricted fields” of the module see it."),
        ),
    ),
)


def module_field() -> Field:
    """To which kind of record it belongs; chosen once."""
    options = tuple((kind.key, kind.label) for kind in customised_kinds())
    return Field(MODULE, N_("Module"), FixedChoice(options=options), required=True)
