"""What a text in a list names: an item of a drop-down, a person, a province, a city (I-5, I-8)."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from crm.domain import places
from crm.domain.imports.new_items import NewItemPolicy
from crm.entities.products import category_labels
from crm.errors import DomainError
from crm.fields import Context, FixedChoice, SeveralChoices
from crm.fields.choices import Choices, Item
from crm.i18n import N_
from crm.spreadsheets.errors import shortened
from crm.text import fold, login_key


def by_name(choices: Choices) -> dict[str, Item]:
    """Items by folded name; where two have one name, the one that is still offered."""
    items: dict[str, Item] = {}
    for item in choices.items:
        if fold(item.name) not in items or items[fold(item.name)].retired:
            items[fold(item.name)] = item
    for item in choices.items:
        for name in item.other_names:  # in another language; what is called so here goes first
            items.setdefault(fold(name), item)
    return items


def item_reader(choices: Choices, growing: NewItemPolicy) -> Callable[[str], Any]:
    """The id of the item so called, or what is to be added to its list."""
    names = by_name(choices)

    def read(typed: str) -> Any:
        item = names.get(fold(typed))
        return item.id if item is not None else growing.make_item(typed)

    return read


def fixed_reader(type_: FixedChoice, synonyms: Mapping[str, str], growing: NewItemPolicy) -> Callable[[str], str]:
    """The key of a choice that the program knows, by its key or one of the words for it."""
    words = {fold(word): key for key, synonyms_of_key in synonyms.items() for word in synonyms_of_key.split()}
    words.update({fold(word): key for key, label in type_.options for word in (key, label)})

    def read(typed: str) -> str:
        if fold(typed) not in words:
            raise growing.refusal(typed)
        return words[fold(typed)]

    return read


def category_reader(categories: Choices, growing: NewItemPolicy) -> Callable[[str], Any]:
    """The product category of this name or code; where several have the name, what they lie in must stand beside it.

    One that is added stands at the top of the tree.
    """
    codes = {fold(item.code): item.id for item in categories.items}
    names: dict[str, list[int]] = defaultdict(list)
    for item in categories.items:
        names[fold(item.name)].append(item.id)
    full = {fold(name): key for key, name in category_labels(categories).items()}

    def read(typed: str) -> Any:
        key = fold(typed)
        item_ids = names.get(key, [])
        if len(item_ids) == 1 or (not item_ids and key in full):
            return item_ids[0] if item_ids else full[key]
        if key in codes:
            return codes[key]
        if item_ids:
            raise DomainError(
                N_("There are several categories called “%(value)s”. Please enter the code instead."), value=typed
            )
        return growing.make_item(typed)

    return read


def person_reader(people: Choices, former: bool = False) -> Callable[[str], int]:
    """The person of this login, or of this name where it is unique; who left owns nothing new (I-8).

    `former`: those who left are found too, where nobody who is here is called so.
    """
    logins: dict[str, int] = {}
    names: dict[str, list[int]] = {}
    for retired in (False, True) if former else (False,):
        named: dict[str, list[int]] = defaultdict(list)
        for item in people.items:
            if item.retired == retired:
                logins.setdefault(item.code, item.id)
                named[fold(item.name)].append(item.id)
        names = {**named, **names}

    def read(typed: str) -> int:
        if login_key(typed) in logins:
            return logins[login_key(typed)]
        user_ids = names.get(fold(typed), [])
        if len(user_ids) == 1:
            return user_ids[0]
        if user_ids:
            raise DomainError(
                N_("There are several people called “%(value)s”. Please enter the login instead."), value=typed
            )
        raise DomainError(N_("Nobody here has the login or name “%(value)s”."), value=shortened(typed))

    return read


def province_reader(provinces: Choices) -> Callable[[str], int]:
    """The firm's province of this name, in either script, with or without 省 or 市."""
    names = by_name(provinces)
    codes = {item.code: item.id for item in provinces.items}

    def read(typed: str) -> int:
        if fold(typed) in names:
            return names[fold(typed)].id
        province = places.match_province(typed, places.load_places())
        if province is None or province.code not in codes:
            raise DomainError(N_("“%(value)s” is not a known province."), value=shortened(typed))
        return codes[province.code]

    return read


def several_reader(type_: SeveralChoices, context: Context) -> Callable[[str], Any]:
    """The ids of the items that are named, one behind the other: 甲、乙; nothing is added to their list."""
    read_one = item_reader(type_.choices(context), NewItemPolicy())

    def read(typed: str) -> tuple[int, ...]:
        for mark in "，,;；/|\n":
            typed = typed.replace(mark, "、")
        return type_.arranged((read_one(name.strip()) for name in typed.split("、") if name.strip()), context)

    return read
