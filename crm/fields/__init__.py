"""Types of fields: how a person's text becomes a value, and a value becomes text.

Shared by forms, lists, search, import and export, so that all of them agree. Imports nothing of the layers above.
"""

from crm.fields.choice_types import (
    Choice,
    CityChoice,
    ContactChoice,
    DictionaryChoice,
    FixedChoice,
    LevelChoice,
    PersonChoice,
    ProvinceChoice,
    Reference,
    RoleChoice,
    SeveralChoices,
    YesNo,
)
from crm.fields.day_types import Day, MomentType, parse_day
from crm.fields.field_type import Context, FieldType, ValueProblem, check_length
from crm.fields.number_types import Amount, DaysSince, Integer, NumberType, PriceType, QuantityType, RateType
from crm.fields.text_types import Code, Email, LongText, Password, Phone, PlainText, Text, Website

__all__ = [
    "Amount",
    "Choice",
    "CityChoice",
    "Code",
    "ContactChoice",
    "Context",
    "Day",
    "DaysSince",
    "DictionaryChoice",
    "Email",
    "FieldType",
    "FixedChoice",
    "Integer",
    "LevelChoice",
    "LongText",
    "MomentType",
    "NumberType",
    "Password",
    "PersonChoice",
    "Phone",
    "PlainText",
    "PriceType",
    "ProvinceChoice",
    "QuantityType",
    "RateType",
    "Reference",
    "RoleChoice",
    "SeveralChoices",
    "Text",
    "ValueProblem",
    "Website",
    "YesNo",
    "check_length",
    "parse_day",
]
