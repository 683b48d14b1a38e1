"""Where the values of a firm's own fields are kept: one JSON column of each record (D-2).

A value is kept under a key that says what it is: `s17` is the one-line text of the field 17. In Python it is the
attribute `custom_s17`. A field that is sorted and searched by has an index over its expression.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Boolean, Integer, String, Text, TypeDecorator, literal_column
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.functions import FunctionElement

from crm.models.base import Money, Price

PREFIX = "custom_"
TEXT, RESTRICTED_TEXT, LONG, NUMBER, AMOUNT, DAY = "s", "r", "l", "n", "m", "d"
YES_NO, CHOICE, SEVERAL, PERSON, LINK = "b", "c", "k", "p", "w"
"""What a value is, as its key begins. A text that not everybody may see is not found by the quick search."""
INDEXED = frozenset((TEXT, RESTRICTED_TEXT, NUMBER, AMOUNT, DAY, YES_NO, CHOICE, PERSON))
"""Those that lists are sorted by."""
TEXTS = frozenset((TEXT, RESTRICTED_TEXT, LONG, LINK))
"""Texts of which a condition can ask for a part: on SQLite an index alone is looked through, not the records."""


class CustomJSON(TypeDecorator[dict[str, Any]]):
    """The values by their keys; nothing where there are none. Chinese is kept as it is: escaped it is twice as long."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(JSONB(none_as_null=True) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value or None
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

    def process_result_value(self, value: Any, dialect: Dialect) -> dict[str, Any] | None:
        values: dict[str, Any] | None = json.loads(value) if isinstance(value, str) else value
        return values


class Customised:
    """Mixin of the kinds of record to which a firm can add fields of its own."""

    custom: Mapped[dict[str, Any] | None] = mapped_column(CustomJSON)


class IsoDay(TypeDecorator[date]):
    """A day within JSON: 2026-08-31."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: date | None, dialect: Dialect) -> str | None:
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> date | None:
        return None if value is None else date.fromisoformat(value)


class Numbers(TypeDecorator[tuple[int, ...]]):
    """Several ids within JSON: ,3,17, (so that one of them is found by its commas)."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: tuple[int, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else written(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[int, ...] | None:
        return None if value is None else read_numbers(value)


def written(ids: Iterable[int]) -> str:
    return f",{','.join(map(str, ids))},"


def read_numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part)


_TYPES: dict[str, Any] = {
    NUMBER: Price,
    AMOUNT: Money,
    DAY: IsoDay,
    YES_NO: Boolean,
    CHOICE: Integer,
    SEVERAL: Numbers,
    PERSON: Integer,
}
_CASTS = {NUMBER: "bigint", AMOUNT: "bigint", CHOICE: "integer", PERSON: "integer", YES_NO: "boolean"}


def is_custom(attribute: str) -> bool:
    return attribute.startswith(PREFIX)


def json_key(attribute: str) -> str:
    return attribute.removeprefix(PREFIX)


class CustomValue(FunctionElement[Any]):
    """The value of one field in a statement. As a column it is of a class, and says whether it has an index."""

    inherit_cache = True
    name = "custom_value"

    def __init__(self, model: Any, attribute: str) -> None:
        key = json_key(attribute)
        super().__init__(model.__table__.c.custom, literal_column(f"'{key}'"))
        self.class_ = model
        self.attribute = attribute
        self.type = _TYPES.get(key[0], String)()

    @property
    def indexed(self) -> bool:
        return json_key(self.attribute)[0] in INDEXED

    @property
    def holds_text(self) -> bool:
        return json_key(self.attribute)[0] in TEXTS


def expression(dialect: str, column: str, key: str) -> str:
    """The value within the column, in the database's own words; indexes are made of the same."""
    if dialect == "sqlite":
        expression_text = f"json_extract({column}, '$.{key}')"
        return f"coalesce({expression_text}, 0)" if key[0] == YES_NO else expression_text
    expression_text, cast = f"({column} ->> '{key}')", _CASTS.get(key[0])
    expression_text = f"({expression_text}::{cast})" if cast else expression_text
    return f"coalesce({expression_text}, false)" if key[0] == YES_NO else expression_text


def characters(written: str) -> str:
    """The characters of a long text as PostgreSQL has them in an index: which hold those of a part is found by it."""
    return f"string_to_array({written}, NULL)"


@compiles(CustomValue)
def _compile(element: CustomValue, compiler: Any, **options: Any) -> str:
    column, key = element.clauses
    return expression(compiler.dialect.name, compiler.process(column, **options), compiler.process(key).strip("'"))


def column_of(model: Any, attribute: str) -> Any:
    """What stands for an attribute of the model in a statement, a field of the firm's own too."""
    return CustomValue(model, attribute) if is_custom(attribute) else getattr(model, attribute)


def value_of(record: Any, attribute: str) -> Any:
    """The value of a record's attribute, a field of the firm's own too."""
    if not is_custom(attribute):
        return getattr(record, attribute)
    key = json_key(attribute)
    return as_value(key, (record.custom or {}).get(key))


def custom_values_of(record: Any) -> dict[str, Any]:
    """All of the firm's own fields that have a value, by their attributes."""
    return {f"{PREFIX}{key}": as_value(key, stored) for key, stored in (record.custom or {}).items()}


def value_in(values: Mapping[str, Any], attribute: str) -> Any:
    """The same of a row that was read; None for a yes or no that nobody answered."""
    if not is_custom(attribute):
        return values[attribute]
    key = json_key(attribute)
    stored = (values["custom"] or {}).get(key)
    return None if stored is None else as_value(key, stored)


def as_value(key: str, stored: Any) -> Any:
    """The value of the JSON that is stored under the key."""
    kind = key[0]
    if kind == YES_NO:
        return bool(stored)
    if stored is None:
        return None
    if kind in (NUMBER, AMOUNT):
        return Decimal(stored).scaleb(-_TYPES[kind].places)
    if kind == DAY:
        return date.fromisoformat(stored)
    return read_numbers(stored) if kind == SEVERAL else stored


def as_kept(key: str, value: Any) -> Any:
    """What JSON keeps of a value; None for what says nothing."""
    if value in (None, "", False, ()):
        return None
    kind = key[0]
    if kind in (NUMBER, AMOUNT):
        return int(Decimal(value).scaleb(_TYPES[kind].places))
    if kind == DAY:
        return value.isoformat()
    return written(value) if kind == SEVERAL else value


def with_values(before: Mapping[str, Any] | None, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """The column with those of the values that are the firm's own fields (by their attributes); others stay."""
    after = dict(before or {})
    for attribute, value in values.items():
        if is_custom(attribute):
            key = json_key(attribute)
            stored = as_kept(key, value)
            if stored is None:
                after.pop(key, None)
            else:
                after[key] = stored
    return after or None


def texts_of(custom: Mapping[str, Any] | None) -> list[str]:
    """The texts by which the record is found."""
    return [value for key, value in (custom or {}).items() if key[0] == TEXT and isinstance(value, str)]
