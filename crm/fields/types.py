"""Types of fields: how a person's text becomes a value, and a value becomes text.

Shared by forms, lists, search, import and export, so that all of them agree.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from crm import clock
from crm.errors import DomainError
from crm.fields.choices import Choices, Item, Lookups
from crm.i18n import N_
from crm.text import (
    DateProblem,
    half_width,
    has_visible_text,
    is_invisible,
    normalize_url,
    one_line,
    several_lines,
    written_moment,
    written_number,
)


class ValueProblem(DomainError):
    """A text that is not a value of the type; the message says what to write instead."""


@dataclass
class Context:
    """What types need to know: the firm's zone, the choices, the reader's language."""

    zone: ZoneInfo
    lookups: Lookups
    language: str = "zh_Hant"
    firm_currency: str = ""
    firm_decimals: int = 2
    """How many decimals amounts are shown with (D-6)."""


LONGEST_MOMENT = LONGEST_NUMBER = 60
_EMAIL = re.compile(r"[^@\s<>\",;:()\[\]\\]+@([^@\s<>\",;:()\[\]\\.]+\.)+[^@\s<>\",;:()\[\]\\.]+")
_ID = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class FieldType:
    """`kind` names the control and the cell format; empty text is None for every type.

    Types say how they `read` a text; who has one calls `parse`, which lets no text reach them (or any pattern)
    that is longer than the field or holds what cannot be kept.
    """

    kind = "text"
    numeric = False
    longest = 200
    sheet = "general"
    """How a column of a workbook shows its numbers (`crm.spreadsheets.writing.Column.kind`)."""

    def parse(self, text: str, context: Context) -> Any:
        """The value of a typed text. Raises DomainError with the reason where it is none."""
        return self.read(self.text(text), context)

    def text(self, typed: str) -> str:
        """What was typed, with plain blanks and none around it."""
        return check_length(one_line(typed), self.longest)

    def read(self, text: str, context: Context) -> Any:
        return text

    def span(self, text: str, context: Context) -> tuple[Any, Any]:
        """What a typed text means in a search: the first value, and the one after the last; None where it is one."""
        return self.parse(text, context), None

    def show(self, value: Any, context: Context) -> str:
        return "" if value is None else str(value)

    def edit(self, value: Any, context: Context) -> str:
        """The text a form shows for changing; parsing it gives the value back."""
        return self.show(value, context)

    def cell(self, value: Any, context: Context) -> Any:
        """The typed value for a spreadsheet."""
        return self.show(value, context) or None


@dataclass(frozen=True)
class Text(FieldType):
    """One line; `longest` counts characters."""

    longest: int = 200

    def read(self, text: str, context: Context) -> str:
        if not has_visible_text(text):
            raise ValueProblem(N_("This contains no visible text. Please enter something, or leave it empty."))
        return text


@dataclass(frozen=True)
class LongText(Text):
    """Several lines; lines end with LF."""

    kind = "long"
    longest: int = 10_000

    def text(self, typed: str) -> str:
        return check_length(several_lines(typed), self.longest)


@dataclass(frozen=True)
class PlainText(Text):
    """A line that is read by machines and compared sign by sign: half width, and all of it is seen."""

    def read(self, text: str, context: Context) -> str:
        unseen = next((c for c in text if is_invisible(c)), None)
        if unseen is not None:
            message = N_("Please remove the invisible character %(code)s.")
            raise ValueProblem(message, code=f"U+{ord(unseen):04X}")
        return half_width(text)


@dataclass(frozen=True)
class Code(PlainText):
    """What a record is called by; two codes never look the same."""

    longest: int = 40


@dataclass(frozen=True)
class Phone(PlainText):
    kind = "phone"
    longest: int = 60

    def read(self, text: str, context: Context) -> str:
        text = super().read(text, context)
        if not any(c.isdigit() for c in text):
            raise ValueProblem(N_("Please enter a telephone number with digits, such as 02-2531-7099."))
        return text


@dataclass(frozen=True)
class Email(PlainText):
    kind = "email"

    def read(self, text: str, context: Context) -> str:
        text = super().read(text, context)
        if not _EMAIL.fullmatch(text):
            raise ValueProblem(N_("Please enter one email address, such as name@example.com."))
        return text


@dataclass(frozen=True)
class Website(PlainText):
    """An address on the web; only http and https, so that it can be shown as a link (hostile case 36)."""

    kind = "website"

    def read(self, text: str, context: Context) -> str:
        address = normalize_url(super().read(text, context))
        if address is None:
            raise ValueProblem(N_("Please enter a web address that begins with http:// or https://."))
        return address


@dataclass(frozen=True)
class Integer(FieldType):
    kind = "integer"
    numeric = True
    longest = LONGEST_NUMBER
    least: int = 0
    most: int = 1_000_000_000

    def read(self, text: str, context: Context) -> int:
        found = written_number(text)
        if found is None or found != found.to_integral_value():
            raise ValueProblem(N_("Please enter a whole number, such as 12 or 1,200."))
        number = int(found)
        if not self.least <= number <= self.most:
            raise ValueProblem(
                N_("Please enter a number from %(least)s to %(most)s."), least=self.least, most=self.most
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
    """Money with two decimals, not negative unless `least` says so; `places` are the decimals that are kept.

    A firm that counts in whole dollars sees them without decimals (D-6), and what is not whole as it is: nothing that
    is stored is hidden. What is `computed` (an average) is rounded to the firm's decimals.
    """

    kind = "amount"
    numeric = True
    sheet = "money"
    longest = LONGEST_NUMBER
    least: Decimal = Decimal(0)
    most: Decimal = Decimal("999999999999.99")
    places: int = 2
    computed: bool = False

    def read(self, text: str, context: Context) -> Decimal:
        amount = written_number(text, context.firm_currency)
        if amount is None:
            raise ValueProblem(self.hint)
        # The range first: of a number with more digits than Decimal works with, no decimals can be counted.
        if not self.least <= amount <= self.most:
            raise ValueProblem(
                N_("Please enter a number from %(least)s to %(most)s."), least=self.least, most=self.most
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


def format_decimal(value: Decimal, least: int, most: int, grouped: bool = False) -> str:
    """A number with `least` decimals, or as many up to `most` as it has."""
    whole, _point, fraction = f"{value:{',' if grouped else ''}.{most}f}".partition(".")
    fraction = fraction.rstrip("0").ljust(least, "0")
    return f"{whole}.{fraction}" if fraction else whole


@dataclass(frozen=True)
class PriceType(Amount):
    """The price of one unit: shown as amounts are, with up to four decimals where it has them."""

    sheet = "price"
    most: Decimal = Decimal("99999999999.9999")
    places: int = 4


@dataclass(frozen=True)
class QuantityType(Amount):
    """How many: whole, or with up to three decimals."""

    sheet = "quantity"
    most: Decimal = Decimal("999999999.999")
    places: int = 3

    @property
    def advice(self) -> str:
        return N_("Please enter a number in digits, such as 12, 1.5 or 1,200.")

    def show(self, value: Any, context: Context) -> str:
        return "" if value is None else format_decimal(value, 0, self.places, grouped=True)

    def edit(self, value: Any, context: Context) -> str:
        return "" if value is None else format_decimal(value, 0, self.places)


@dataclass(frozen=True)
class NumberType(QuantityType):
    """Any number, below zero too, with up to four decimals."""

    least: Decimal = Decimal("-99999999999.9999")
    most: Decimal = Decimal("99999999999.9999")
    places: int = 4


@dataclass(frozen=True)
class RateType(QuantityType):
    """A percentage with up to two decimals: 90 is 90 %; typed with or without its sign."""

    most: Decimal = Decimal(100)
    places: int = 2

    def read(self, text: str, context: Context) -> Decimal:
        return super().read(half_width(text).removesuffix("%").rstrip(), context)

    def show(self, value: Any, context: Context) -> str:
        shown = super().show(value, context)
        return f"{shown}%" if shown else ""


def parse_day(text: str) -> date:
    """A day as people type it: 2026-08-31, 2026/8/31, 2026年8月31日, 115/8/31, 民國115年8月31日, 20260831."""
    day, at = _written(text, with_time=False)
    if at is not None and at.replace(tzinfo=None) != time():
        raise ValueProblem(N_("Only a date is stored here. Please remove the time."))
    return day


def _written(text: str, with_time: bool) -> tuple[date, time | None]:
    try:
        day, at = written_moment(text, with_time)
    except DateProblem as problem:
        raise ValueProblem(problem.message, **problem.values) from None
    if not 1800 <= day.year <= 2999:
        raise ValueProblem(N_("Please enter a year between 1800 and 2999."))
    return day, at


@dataclass(frozen=True)
class Day(FieldType):
    kind = "day"
    longest = LONGEST_MOMENT

    def read(self, text: str, context: Context) -> date:
        return parse_day(text)

    def show(self, value: Any, context: Context) -> str:
        return "" if value is None else value.isoformat()

    def cell(self, value: Any, context: Context) -> Any:
        return value


@dataclass(frozen=True)
class MomentType(FieldType):
    """A date and time in the firm's zone; a date alone means `hour` o'clock."""

    kind = "moment"
    longest = LONGEST_MOMENT
    hour: int = 9

    def read(self, text: str, context: Context) -> datetime:
        day, at = _written(text, with_time=True)
        if at is not None and at.tzinfo is not None:
            return datetime.combine(day, at.replace(second=0, microsecond=0)).astimezone(UTC)
        local = datetime.combine(day, time(at.hour, at.minute) if at else time(self.hour), context.zone)
        moment = local.astimezone(UTC)
        if moment.astimezone(context.zone).replace(tzinfo=None) != local.replace(tzinfo=None):
            raise ValueProblem(
                N_("The clocks go forward then, so there is no %(time)s that day. Please choose another time."),
                time=f"{local:%H:%M}",
            )
        return moment

    def span(self, text: str, context: Context) -> tuple[datetime, datetime]:
        """A minute, or the whole day of the firm's zone."""
        text = self.text(text)
        day, at = _written(text, with_time=True)
        if at is None:
            return clock.start_of(day, context.zone), clock.end_of(day, context.zone)
        minute = self.read(text, context)
        return minute, minute + timedelta(minutes=1)

    def show(self, value: Any, context: Context) -> str:
        if value is None:
            return ""
        local = value.astimezone(context.zone)
        return f"{local.year}-{local.month:02d}-{local.day:02d} {local.hour:02d}:{local.minute:02d}"

    def cell(self, value: Any, context: Context) -> Any:
        return None if value is None else value.astimezone(context.zone).replace(tzinfo=None)


@dataclass(frozen=True)
class YesNo(FieldType):
    kind = "yesno"

    def read(self, text: str, context: Context) -> bool:
        return text.strip().lower() in ("1", "y", "yes", "on", "true", "是")

    def show(self, value: Any, context: Context) -> str:
        return N_("Yes") if value else N_("No")

    def edit(self, value: Any, context: Context) -> str:
        return "1" if value else ""


@dataclass(frozen=True)
class Choice(FieldType):
    """One of a list. The form sends the id; people's files name it."""

    kind = "choice"

    def choices(self, context: Context) -> Choices:
        raise NotImplementedError

    def offered(self, context: Context, current: Any = None) -> Iterable[Item]:
        """What a form offers: not the retired ones, except the one the record has."""
        return [i for i in self.choices(context).items if not i.retired or i.id == current]

    def read(self, text: str, context: Context) -> int:
        choices = self.choices(context)
        if not _ID.fullmatch(text) or int(text) not in choices.by_id:
            raise ValueProblem(N_("Please choose one from the list."))
        return int(text)

    def show(self, value: Any, context: Context) -> str:
        return self.choices(context).name(value)

    def edit(self, value: Any, context: Context) -> str:
        return "" if value is None else str(value)


@dataclass(frozen=True)
class DictionaryChoice(Choice):
    dictionary: str = ""

    def choices(self, context: Context) -> Choices:
        return context.lookups.dictionary(self.dictionary)


@dataclass(frozen=True)
class SeveralChoices(FieldType):
    """Several of a list, as their ids in the list's order; as a text the ids, or in people's files the names."""

    kind = "several"
    longest = 2000
    dictionary: str = ""

    def choices(self, context: Context) -> Choices:
        return context.lookups.dictionary(self.dictionary)

    def read(self, text: str, context: Context) -> tuple[int, ...]:
        choices, ids = self.choices(context), [part.strip() for part in text.split(",")]
        if not all(_ID.fullmatch(one) and int(one) in choices.by_id for one in ids):
            raise ValueProblem(N_("Please choose one from the list."))
        return self.arranged(map(int, ids), context)

    def arranged(self, ids: Iterable[int], context: Context) -> tuple[int, ...]:
        chosen = set(ids)
        return tuple(item.id for item in self.choices(context).items if item.id in chosen)

    def show(self, value: Any, context: Context) -> str:
        choices = self.choices(context)
        return "、".join(choices.name(one) for one in value or ())

    def edit(self, value: Any, context: Context) -> str:
        return ",".join(map(str, value or ()))


@dataclass(frozen=True)
class LevelChoice(Choice):
    kind = "level"

    def choices(self, context: Context) -> Choices:
        return context.lookups.levels


TAIWAN = "71"
"""The code of the province under which Taiwan's cities and counties stand."""
TAIPEI_TIME = "Asia/Taipei"


@dataclass(frozen=True)
class ProvinceChoice(Choice):
    """A province; a firm in Taiwan is offered its own first."""

    def choices(self, context: Context) -> Choices:
        return context.lookups.provinces

    def offered(self, context: Context, current: Any = None) -> Iterable[Item]:
        items = super().offered(context, current)
        if context.zone.key != TAIPEI_TIME and not context.firm_currency.startswith("NT"):
            return items
        return sorted(items, key=lambda item: item.code != TAIWAN)


@dataclass(frozen=True)
class CityChoice(Choice):
    kind = "city"

    def choices(self, context: Context) -> Choices:
        return context.lookups.cities


@dataclass(frozen=True)
class RoleChoice(Choice):
    def choices(self, context: Context) -> Choices:
        return context.lookups.roles


@dataclass(frozen=True)
class PersonChoice(Choice):
    kind = "person"

    def choices(self, context: Context) -> Choices:
        return context.lookups.people


@dataclass(frozen=True)
class FixedChoice(FieldType):
    """A few choices that the program knows, kept by key; `options` are (key, message id)."""

    kind = "fixed"
    options: tuple[tuple[str, str], ...] = ()

    def read(self, text: str, context: Context) -> str:
        if text not in dict(self.options):
            raise ValueProblem(N_("Please choose one from the list."))
        return text

    def show(self, value: Any, context: Context) -> str:
        """A message id; the caller translates it."""
        return dict(self.options).get(value, "")

    def edit(self, value: Any, context: Context) -> str:
        return value or ""


@dataclass(frozen=True)
class Reference(FieldType):
    """Another record, chosen in a box that searches; `what` names the kind.

    `adding` is the kind of record that is made in the form and will belong to the one that is chosen.
    """

    kind = "reference"
    longest = 300
    what: str = "customer"
    adding: str = ""

    def read(self, text: str, context: Context) -> int:
        if not _ID.fullmatch(text):
            raise ValueProblem(N_("Please choose one from the list."))
        return int(text)


@dataclass(frozen=True)
class ContactChoice(Reference):
    """One of the customer's contacts; the view lists them."""

    kind = "contact"
    what: str = "contacts"


def check_length(text: str, longest: int) -> str:
    if len(text) > longest:
        raise ValueProblem(
            N_("Please shorten this to at most %(longest)s characters; it has %(length)s."),
            longest=longest,
            length=len(text),
        )
    return text


@dataclass(frozen=True)
class Password(FieldType):
    """A secret: never shown again, and kept exactly as typed (blanks too; see `typed` of the control)."""

    kind = "password"
