"""Types of numbers: whole ones, amounts, prices, quantities, percentages."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from crm.fields.field_type import Context, FieldType, ValueProblem
from crm.i18n import N_
from crm.text import half_width, written_number

MAX_NUMBER_LENGTH = 60


@dataclass(frozen=True)
class Integer(FieldType):
    kind = "integer"
    numeric = True
    max_length = MAX_NUMBER_LENGTH
    minimum: int = 0
    maximum: int = 1_000_000_000

    def read(self, text: str, context: Context) -> int:
        written = written_number(text)
        if written is None or written != written.to_integral_value():
            raise ValueProblem(N_("Please enter a whole number, such as 12 or 1,200."))
        number = int(written)
        if not self.minimum <= number <= self.maximum:
            raise ValueProblem(
                N_("Please enter a number from %(least)s to %(most)s."), least=self.minimum, most=self.maximum
            )
        return number

    def cell(self, value: Any, context: Context) -> Any:
        return value


@dataclass(frozen=True)
class DaysSince(Integer):
    """How many days ago it was; what is kept is the moment, or the day."""

    of_moments: bool = True


@dataclass(frozen=True)
class Amount(FieldType):
    """Money with two decimals, not negative unless `minimum` says so; `places` are the decimals that are kept.

    A firm that counts in whole dollars sees them without decimals (D-6), and what is not whole as it is: nothing that
    is stored is hidden. What is `computed` (an average) is rounded to the firm's decimals.
    """

    kind = "amount"
    numeric = True
    sheet = "money"
    max_length = MAX_NUMBER_LENGTH
    minimum: Decimal = Decimal(0)
    maximum: Decimal = Decimal("999999999999.99")
    places: int = 2
    computed: bool = False

    def read(self, text: str, context: Context) -> Decimal:
        amount = written_number(text, context.firm_currency)
        if amount is None:
            raise ValueProblem(self.hint)
        # The range first: of a number with more digits than Decimal works with, no decimals can be counted.
        if not self.minimum <= amount <= self.maximum:
            raise ValueProblem(
                N_("Please enter a number from %(least)s to %(most)s."), least=self.minimum, most=self.maximum
            )
        if amount != round(amount, self.places):
            raise ValueProblem(N_("Please enter at most %(places)s decimals."), places=self.places)
        return amount

    @property
    def hint(self) -> str:
        return N_("Please enter an amount in digits, such as 1200.50 or 1,200.50.")

    def show(self, value: Any, context: Context) -> str:
        if value is None:
            return ""
        if self.computed:
            value = Decimal(value).quantize(Decimal(1).scaleb(-context.firm_decimals), ROUND_HALF_UP)
        return context.firm_currency + self._digits(value, context, grouped=True)

    def edit(self, value: Any, context: Context) -> str:
        return "" if value is None else self._digits(value, context)

    def _digits(self, value: Any, context: Context, grouped: bool = False) -> str:
        decimals = context.firm_decimals
        return format_decimal(value, decimals if value == round(value, decimals) else 2, self.places, grouped)

    def cell(self, value: Any, context: Context) -> Any:
        return value


def format_decimal(value: Decimal, min_places: int, max_places: int, grouped: bool = False) -> str:
    """A number with `min_places` decimals, or as many up to `max_places` as it has."""
    integer, _point, fraction = f"{value:{',' if grouped else ''}.{max_places}f}".partition(".")
    fraction = fraction.rstrip("0").ljust(min_places, "0")
    return f"{integer}.{fraction}" if fraction else integer


@dataclass(frozen=True)
class PriceType(Amount):
    """The price of one unit: shown as amounts are, with up to four decimals where it has them."""

    sheet = "price"
    maximum: Decimal = Decimal("99999999999.9999")
    places: int = 4


@dataclass(frozen=True)
class QuantityType(Amount):
    """How many: whole, or with up to three decimals."""

    sheet = "quantity"
    maximum: Decimal = Decimal("999999999.999")
    places: int = 3

    @property
    def hint(self) -> str:
        return N_("Please enter a number in digits, such as 12, 1.5 or 1,200.")

    def show(self, value: Any, context: Context) -> str:
        return "" if value is None else format_decimal(value, 0, self.places, grouped=True)

    def edit(self, value: Any, context: Context) -> str:
        return "" if value is None else format_decimal(value, 0, self.places)


@dataclass(frozen=True)
class NumberType(QuantityType):
    """Any number, below zero too, with up to four decimals."""

    minimum: Decimal = Decimal("-99999999999.9999")
    maximum: Decimal = Decimal("99999999999.9999")
    places: int = 4


@dataclass(frozen=True)
class RateType(QuantityType):
    """A percentage with up to two decimals: 90 is 90 %; typed with or without its sign."""

    maximum: Decimal = Decimal(100)
    places: int = 2

    def read(self, text: str, context: Context) -> Decimal:
        return super().read(half_width(text).removesuffix("%").rstrip(), context)

    def show(self, value: Any, context: Context) -> str:
        shown = super().show(value, context)
        return f"{shown}%" if shown else ""
