"""Values as templates show them: days, moments, amounts, names of choices."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Flask

from crm.entities.custom_fields import all_custom_fields, with_custom_fields
from crm.entities.entity import Entity, Field, FieldSet
from crm.extensions import db
from crm.fields import Amount, Day, FixedChoice, MomentType, PriceType, YesNo
from crm.models import CustomerLevel, DictionaryItem
from crm.models.states import State
from crm.web.access import may
from crm.web.firm_settings import field_context, lookups
from crm.web.language import choose_language
from crm.web.translation import gettext as _


def show_moment(value: Any) -> str:
    return MomentType().show(value, field_context())


def show_day(value: Any) -> str:
    return Day().show(value, field_context())


def show_amount(value: Any) -> str:
    return Amount().show(value, field_context())


def plain_price(value: Any) -> str:
    """A price as it is typed; empty for none."""
    return PriceType().edit(value, field_context())


def show_clock(value: Any) -> str:
    """Only the time of day."""
    return show_moment(value)[11:]


def show_person(user_id: int | None) -> str:
    return lookups().people.name(user_id)


def show_value(field: Field, value: Any) -> str:
    """A field's value in words of the reader's language."""
    text = field.type.show(value, field_context())
    return _(text) if text and isinstance(field.type, (YesNo, FixedChoice)) else text


def badge(state: State) -> dict[str, str]:
    """A state as its badge shows it."""
    return {"state": _(state.label), "tone": state.tone}


def shown_values(entity: FieldSet, record: Any, keys: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """(label, value) of the record's fields, for people who may look but not change."""
    own = all_custom_fields(db.session(), entity) if isinstance(entity, Entity) else ()
    fields = (*(entity.pick(*keys) if keys else entity), *own)
    visible = (f for f in fields if f.is_kept_in(record) and (f.permission is None or may(f.permission)))
    shown = ((f, f.value_of(record)) for f in visible)
    return [(_(f.label), show_value(f, value)) for f, value in shown if f.editable or f not in own or value]


def item_name(choice: DictionaryItem | CustomerLevel) -> str:
    """What the choice is called in the reader's language, where it came with the program."""
    return choice.name_in(choose_language())


def size_words(size: int) -> str:
    """Bytes as people read them: 12 KB, 3.4 MB, 1.2 GB."""
    if size >= 1024**3:
        return f"{size / 1024**3:.1f} GB"
    return f"{size / 1024**2:.1f} MB" if size >= 1024**2 else f"{max(1, round(size / 1024)) if size else 0} KB"


def grouped_values(
    entity: Entity, record: Any, extra_values: Mapping[str, Any] = MappingProxyType({})
) -> list[tuple[str, list[tuple[str, str]]]]:
    """(heading, (label, value) of its fields) of a record, in the order of its form. `extra_values` are the values, by
    key, of fields that stand for other records."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for field in with_custom_fields(db.session(), entity, entity):
        if field.permission is not None and not may(field.permission):
            continue
        if field.is_kept_in(record) or field.key in extra_values:
            value = extra_values[field.key] if field.key in extra_values else field.value_of(record)
            groups.setdefault(field.group, []).append((_(field.label), show_value(field, value)))
    return list(groups.items())


def set_up_filters(app: Flask) -> None:
    app.jinja_env.filters.update(
        moment=show_moment,
        day=show_day,
        amount=show_amount,
        clock=show_clock,
        person=show_person,
        item_name=item_name,
        plain_price=plain_price,
    )
