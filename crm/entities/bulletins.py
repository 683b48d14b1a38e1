"""The fields of a note on the notice board."""

from crm.entities.entity import Field, FieldSet
from crm.fields import Day, LongText, Text
from crm.i18n import N_
from crm.models import Bulletin

BULLETIN = FieldSet(
    "bulletins",
    N_("Bulletin"),
    Bulletin,
    (
        Field("title", N_("Title"), Text(200), required=True, wide=True),
        Field("content", N_("Content"), LongText(), wide=True),
        Field("posted_on", N_("Posted on"), Day(), help=N_("Leave empty for today.")),
        Field("until", N_("Last day"), Day(), help=N_("Leave empty to show it until it is deleted.")),
    ),
)
