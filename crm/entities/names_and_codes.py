"""Names with their pinyin code, and codes by rule; the same for every kind of record."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.entities.derived_values import pinyin_for
from crm.entities.keys import folded_code
from crm.entities.numbering import next_code
from crm.entities.record_saving import Actor
from crm.errors import FieldError
from crm.i18n import N_


def set_name(record: Any, values: Mapping[str, Any], person: bool = False, key: str = "name") -> None:
    """Set the name, kept under `key`; the pinyin code follows it unless somebody corrected the code."""
    before = getattr(record, key)
    name = values.get(key) or before
    setattr(record, key, name)
    record.pinyin = pinyin_for(name, values.get("pinyin", record.pinyin), before, person)


def set_code(session: Session, record: Any, entity: str, typed: str | None, actor: Actor) -> None:
    """The typed code, if nobody has it, else the next one by the rule. Raises FieldError where taken."""
    model = type(record)
    if typed and typed != record.code:
        check_code(session, model, typed, record)
        record.code = typed
    elif not record.code:
        record.code = next_code(session, model, entity, actor.now, actor.zone)


def check_code(session: Session, model: Any, typed: str | None, record: Any = None) -> None:
    """Raises FieldError where another record than this has the code."""
    if not typed or typed == getattr(record, "code", None):
        return
    with session.no_autoflush:
        taken = session.scalars(select(model).where(model.code_key == folded_code(typed))).first()
    if taken is not None and taken is not record:
        raise _code_taken_error(typed, taken.code, getattr(taken, "deleted_at", None) is not None)


def _code_taken_error(typed: str, code: str, in_the_bin: bool) -> FieldError:
    if in_the_bin:
        return FieldError("code", N_("A record in the recycle bin has this code. Please choose another one."))
    if typed == code:
        return FieldError("code", N_("This code is already used. Please choose another one or leave it empty."))
    message = N_(
        "The code %(code)s counts as the same and is already used. Please choose another one or leave it empty."
    )
    return FieldError("code", message, code=code)
