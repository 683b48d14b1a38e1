"""The fields of provinces and cities (A-8)."""

from crm.entities.entity import Field, FieldSet
from crm.fields import Code, DictionaryChoice, Integer, ProvinceChoice, Text
from crm.i18n import N_
from crm.models import City, Province

POSITION = Field("position", N_("Order of display"), Integer(0, 9999), help=N_("Leave empty to place it last."))

PROVINCE = FieldSet(
    "provinces",
    N_("Province"),
    Province,
    (
        Field("code", N_("Province code"), Code(12), required=True),
        Field("name", N_("Province name"), Text(60), required=True),
        Field(
            "region_id",
            N_("Region"),
            DictionaryChoice(dictionary="region"),
            help=N_("Customers of the province get this region."),
        ),
        POSITION,
    ),
)
CITY = FieldSet(
    "cities",
    N_("City"),
    City,
    (
        Field("province_id", N_("Province"), ProvinceChoice(), required=True),
        Field("code", N_("City code"), Code(12), required=True),
        Field("name", N_("City name"), Text(60), required=True),
        POSITION,
    ),
)
