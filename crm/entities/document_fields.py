"""Fields that documents share: a line of quotes and orders, sums, who made and who decided (SO-1, QT-1, RC-2)."""

from dataclasses import dataclass
from decimal import Decimal

from crm.entities.entity import Field, FieldSet
from crm.fields import (
    Amount,
    Context,
    DictionaryChoice,
    FixedChoice,
    MomentType,
    PersonChoice,
    PriceType,
    QuantityType,
    RateType,
    Reference,
    Text,
)
from crm.i18n import N_
from crm.models import OrderLine, Permission
from crm.models.documents import TAX_EXCLUDED, TAX_INCLUDED

TAX_MODES = FixedChoice(
    options=((TAX_EXCLUDED, N_("Prices exclude tax")), (TAX_INCLUDED, N_("Prices include tax"))),
)


@dataclass(frozen=True)
class SignedSum(Amount):
    """An amount that a sum may also show below zero while a form is being filled in."""

    minimum: Decimal = -Amount.maximum


@dataclass(frozen=True)
class PlainPercent(RateType):
    """A percentage under a heading that has the sign already."""

    def show(self, value: Decimal | None, context: Context) -> str:
        return super().edit(value, context)


LINE = FieldSet(
    "lines",
    N_("Lines"),
    OrderLine,
    (
        Field("product_id", N_("Product"), Reference(target="products"), required=True),
        Field("unit_id", N_("Unit"), DictionaryChoice(dictionary="unit")),
        Field("quantity", N_("Quantity"), QuantityType(), required=True),
        Field("price", N_("Unit price"), PriceType(), required=True),
        Field("discount", N_("Discount %"), PlainPercent()),
        Field("tax_rate", N_("Tax rate %"), PlainPercent()),
        Field("amount", N_("Amount"), Amount(), editable=False),
        Field("tax", N_("Tax"), Amount(), editable=False),
        Field("cost", N_("Cost price"), PriceType(), editable=False, permission=Permission.PRODUCTS_COST),
        Field("notes", N_("Notes"), Text(300)),
    ),
)

TYPED_KEYS = tuple(field.key for field in LINE if field.editable)

TAX_MODE = Field("tax_mode", N_("Tax mode"), TAX_MODES, required=True)
DISCOUNT_AMOUNT = Field(
    "discount_amount", N_("Discount amount"), Amount(), help=N_("Deducted from the whole document.")
)
SUMS = (
    Field("goods_amount", N_("Goods amount"), SignedSum(), editable=False, importable=False),
    Field("tax_amount", N_("Tax"), SignedSum(), editable=False, importable=False),
    Field("total", N_("Total"), SignedSum(), editable=False, importable=False),
)
MADE = (
    Field("created_at", N_("Created on"), MomentType(), editable=False, importable=False),
    Field("created_by_id", N_("Created by"), PersonChoice(), editable=False, importable=False),
)
DECISION = (
    Field("approver_id", N_("Approver"), PersonChoice(), editable=False, importable=False),
    Field("submitted_at", N_("Submitted on"), MomentType(), editable=False, importable=False),
    Field("approved_at", N_("Approved on"), MomentType(), editable=False, importable=False),
    Field("approved_by_id", N_("Decided by"), PersonChoice(), editable=False, importable=False),
)
"""Of what somebody else decides on (SO-2, RC-2)."""
