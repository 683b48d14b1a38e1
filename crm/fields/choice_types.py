"""Types of choices: yes or no, one of a list, several of it, or another record."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from crm.fields.choices import Choices, Item
from crm.fields.field_type import Context, FieldType, ValueProblem
from crm.i18n import N_

_ID = re.compile(r"[0-9]{1,9}")


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
    max_length = 2000
    dictionary: str = ""

    def choices(self, context: Context) -> Choices:
        return context.lookups.dictionary(self.dictionary)

    def read(self, text: str, context: Context) -> tuple[int, ...]:
        choices, ids = self.choices(context), [part.strip() for part in text.split(",")]
        if not all(_ID.fullmatch(id_text) and int(id_text) in choices.by_id for id_text in ids):
            raise ValueProblem(N_("Please choose one from the list."))
        return self.arranged(map(int, ids), context)

    def arranged(self, ids: Iterable[int], context: Context) -> tuple[int, ...]:
        chosen = set(ids)
        return tuple(item.id for item in self.choices(context).items if item.id in chosen)

    def show(self, value: Any, context: Context) -> str:
        choices = self.choices(context)
        return "、".join(choices.name(item_id) for item_id in value or ())

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
    """Another record, chosen in a box that searches; `target` names the kind, or another way to look records up.

    `adding` is the kind of record that is made in the form and will belong to the one that is chosen.
    """

    kind = "reference"
    max_length = 300
    target: str = "customer"
    adding: str = ""

    def read(self, text: str, context: Context) -> int:
        if not _ID.fullmatch(text):
            raise ValueProblem(N_("Please choose one from the list."))
        return int(text)


@dataclass(frozen=True)
class ContactChoice(Reference):
    """One of the customer's contacts; the view lists them."""

    kind = "contact"
    target: str = "contacts"
