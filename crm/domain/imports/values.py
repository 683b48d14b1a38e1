"""Cells as people fill them, made into values of a field's type (I-5)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from crm.domain.imports import name_lookup
from crm.domain.imports.declaration import ImportContext, ImportKind
from crm.domain.imports.new_items import new_item_policy
from crm.entities.entity import Field
from crm.entities.products import CategoryChoice
from crm.fields import (
    Amount,
    Choice,
    CityChoice,
    ContactChoice,
    Context,
    Day,
    Email,
    FixedChoice,
    Integer,
    LongText,
    MomentType,
    PersonChoice,
    Phone,
    ProvinceChoice,
    RateType,
    Reference,
    SeveralChoices,
    Text,
    Website,
    YesNo,
    check_length,
)
from crm.spreadsheets import cleaning
from crm.spreadsheets.cleaning import Warn, is_blank_or_placeholder
from crm.spreadsheets.sheet import Cell

Reader = Callable[[Cell, Warn], Any]
"""The value of a cell, None for nothing; raises DomainError for what cannot be understood."""


def reader_of(kind: ImportKind, field: Field, importing: ImportContext) -> Reader:
    """How cells of this field are read: cleaned first, then judged by the field's own type."""
    type_, context = field.type, importing.context
    if isinstance(type_, Choice):
        return _choice_reader(type_, importing, kind.former_people)
    if isinstance(type_, FixedChoice):
        return _text_then(
            name_lookup.fixed_reader(type_, kind.synonyms.get(field.key, {}), new_item_policy(type_, importing))
        )
    if isinstance(type_, ContactChoice):
        return _text_then(str)  # whose contact is meant depends on the customer
    if isinstance(type_, Reference):
        return _text_then(type_.text)  # which record is meant is looked up for all rows at once
    if isinstance(type_, SeveralChoices):
        return _text_then(name_lookup.several_reader(type_, context))
    if isinstance(type_, YesNo):
        return cleaning.yes_no
    clean = _cleaner(field, kind.keeps_digits(field.key), field.key in kind.required, context)
    max_length = type_.max_length if type(type_) is Text else 0

    def read(cell: Cell, warn: Warn) -> Any:
        typed = clean(cell, warn)
        if not typed or len(typed) <= max_length:
            return typed or None  # a cleaned line of text is a value already
        return type_.parse(typed, context)

    return read


def _choice_reader(type_: Choice, importing: ImportContext, former_people: bool) -> Reader:
    context = importing.context
    if isinstance(type_, PersonChoice):
        return _text_then(name_lookup.person_reader(context.lookups.people, former_people))
    if isinstance(type_, ProvinceChoice):
        return _text_then(name_lookup.province_reader(context.lookups.provinces))
    if isinstance(type_, CityChoice):
        return _text_then(str)  # which city is meant depends on the province
    read = name_lookup.category_reader if isinstance(type_, CategoryChoice) else name_lookup.item_reader
    return _text_then(read(type_.choices(context), new_item_policy(type_, importing)))


def _text_then(meaning: Callable[[str], Any]) -> Reader:
    """Look a cell's text up; the same text is looked up once."""
    known: dict[str, Any] = {}

    def read(cell: Cell, warn: Warn) -> Any:
        typed = None if is_blank_or_placeholder(cell) else cleaning.text(cell, warn)
        if not typed:
            return None
        if typed not in known:
            known[typed] = meaning(check_length(typed, cleaning.MAX_LENGTH))
        return known[typed]

    return read


def _cleaner(
    field: Field, number_as_text: bool, required: bool, context: Context
) -> Callable[[Cell, Warn], str | None]:
    """The cell as the text that the field's type parses.

    A placeholder stands for a name, a number, a note that there is not. A long text that every row must have is what
    the row is about, however short it is: there it is content.
    """
    type_ = field.type
    if isinstance(type_, Phone):
        return cleaning.phone_reader(str(context.zone))
    if isinstance(type_, Email):
        return cleaning.email
    if isinstance(type_, Website):
        return cleaning.website
    if isinstance(type_, Day):
        return lambda cell, warn: None if (moment := _local(cell, warn, context)) is None else f"{moment:%Y-%m-%d}"
    if isinstance(type_, MomentType):
        return lambda cell, warn: _moment(_local(cell, warn, context))
    if isinstance(type_, RateType):
        return _rate(type_.places, context.firm_currency)
    if isinstance(type_, Amount):
        return _amount(type_.places, context.firm_currency)
    if isinstance(type_, Integer):
        return lambda cell, warn: None if (number := cleaning.integer(cell, warn)) is None else str(number)
    if number_as_text:
        return cleaning.code_reader(str(context.zone), field.key)
    lines = isinstance(type_, LongText)
    if lines and required:
        return lambda cell, warn: cleaning.text(cell, warn, lines=True)
    return lambda cell, warn: None if is_blank_or_placeholder(cell) else cleaning.text(cell, warn, lines=lines)


def _local(cell: Cell, warn: Warn, context: Context) -> datetime | None:
    """Day and time by the firm's clock; midnight of any zone stands for the day alone."""
    moment = cleaning.moment(cell, warn)
    if moment is None or moment.tzinfo is None or (moment.hour, moment.minute) == (0, 0):
        return moment
    return moment.astimezone(context.zone)


def _moment(moment: datetime | None) -> str | None:
    """Without a time of day the type's own hour is meant."""
    if moment is None:
        return None
    return moment.strftime("%Y-%m-%d %H:%M") if (moment.hour, moment.minute) != (0, 0) else moment.strftime("%Y-%m-%d")


def _rate(places: int, currency: str) -> Callable[[Cell, Warn], str | None]:
    """A percentage, with or without its sign."""
    clean = _amount(places, currency)

    def read(cell: Cell, warn: Warn) -> str | None:
        return clean(cell.strip().rstrip("%％") if isinstance(cell, str) else cell, warn)

    return read


def _amount(places: int, currency: str) -> Callable[[Cell, Warn], str | None]:
    def clean(cell: Cell, warn: Warn) -> str | None:
        amount = cleaning.money(cell, warn, places, currency)
        return None if amount is None else f"{amount:f}"

    return clean
