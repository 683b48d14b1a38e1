"""What sheets for paper say beside a record's own fields: the parties, the firm, the lines (A-11).

Keys are the names in templates: {{customer.name}}, and {{line.price}} between {{#lines}} and {{/lines}}.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from crm.entities.entity import Field
from crm.fields import (
    Amount,
    Day,
    DictionaryChoice,
    FieldType,
    Integer,
    LongText,
    PersonChoice,
    PriceType,
    QuantityType,
    RateType,
    Text,
)
from crm.i18n import N_


@dataclass(frozen=True)
class AmountInWords(Text):
    """An amount in words; the value is the amount itself."""

    kind = "words"


def printed_fields(named_types: Iterable[tuple[str, str, FieldType]]) -> tuple[Field, ...]:
    return tuple(Field(key, label, kind) for key, label, kind in named_types)


TEXT = Text()
FIRM = printed_fields(
    (
        ("firm.name", N_("Company name"), TEXT),
        ("firm.logo", N_("Company logo"), TEXT),
        ("firm.phone", N_("Company telephone"), TEXT),
        ("firm.fax", N_("Company fax"), TEXT),
        ("firm.address", N_("Company address"), TEXT),
        ("firm.tax_number", N_("Company tax number"), TEXT),
        ("firm.bank", N_("Company bank account"), LongText()),
        ("printed.on", N_("Printed on"), Day()),
        ("printed.by", N_("Printed by"), TEXT),
    )
)
BUYER = printed_fields(
    (
        ("customer.name", N_("Customer"), TEXT),
        ("customer.code", N_("Customer code"), TEXT),
        ("customer.tax_number", N_("Tax number"), TEXT),
        ("customer.phone", N_("Telephone"), TEXT),
        ("customer.fax", N_("Fax"), TEXT),
        ("customer.email", N_("Email"), TEXT),
        ("customer.address", N_("Address"), TEXT),
        ("customer.postcode", N_("Postcode"), TEXT),
        ("customer.bank", N_("Bank"), TEXT),
        ("customer.bank_account", N_("Bank account"), TEXT),
    )
)
CONTACT = printed_fields(
    (
        ("contact.name", N_("Contact"), TEXT),
        ("contact.job_title", N_("Job title"), TEXT),
        ("contact.mobile", N_("Mobile"), TEXT),
        ("contact.phone", N_("Contact's telephone"), TEXT),
        ("contact.email", N_("Contact's email"), TEXT),
    )
)
SELLER = printed_fields(
    (
        ("owner.name", N_("Salesperson"), TEXT),
        ("owner.phone", N_("Salesperson's telephone"), TEXT),
        ("owner.mobile", N_("Salesperson's mobile"), TEXT),
        ("owner.email", N_("Salesperson's email"), TEXT),
        ("owner.department", N_("Department"), TEXT),
    )
)
LINES = printed_fields(
    (
        ("line.number", N_("No."), Integer()),
        ("line.code", N_("Product code"), TEXT),
        ("line.name", N_("Product"), TEXT),
        ("line.specification", N_("Specification"), TEXT),
        ("line.unit", N_("Unit"), DictionaryChoice(dictionary="unit")),
        ("line.quantity", N_("Quantity"), QuantityType()),
        ("line.price", N_("Unit price"), PriceType()),
        ("line.discount", N_("Discount %"), RateType()),
        ("line.tax_rate", N_("Tax rate"), RateType()),
        ("line.amount", N_("Amount"), Amount()),
        ("line.tax", N_("Tax"), Amount()),
        ("line.notes", N_("Notes"), LongText()),
    )
)
"""Never the cost: a sheet goes to the customer."""
HAS_LINES = printed_fields((("has.lines", N_("(there are lines)"), TEXT),))
SUMS = printed_fields(
    (
        ("goods_amount", N_("Sum of the lines"), Amount()),
        ("total_in_words", N_("Amount in words"), AmountInWords()),
        ("has.discount", N_("(a line has a discount)"), TEXT),
        ("has.tax", N_("(a line has a tax)"), TEXT),
        ("has.notes", N_("(a line has notes)"), TEXT),
    )
)
"""Of quotes and orders; `has` for sections alone: a column that would be empty is left out."""
APPROVED_BY = Field("approved_by", N_("Approved by"), PersonChoice())
