"""Changing how codes are made (D-5). A rule can be changed at any time: codes given before stay as they are."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from crm.entities.numbering import rule_of
from crm.entities.record_saving import assign, check_version
from crm.entities.registry import entities
from crm.errors import FieldError
from crm.i18n import N_
from crm.models import NumberingRule


def numbered_models() -> dict[str, Any]:
    """The models of the kinds whose records get codes, in the order of the page."""
    return {kind.key: kind.model for kind in entities() if kind.numbered}


KEYS = tuple("prefix date_part width restart".split())
_FINENESS = {"never": 0, "yearly": 1, "monthly": 2, "daily": 3}
_DATED = {"none": 0, "year": 1, "month": 2, "day": 3}
_REPEATS = {
    "yearly": N_("Numbers that restart every year need the year in the code, or they would repeat."),
    "monthly": N_("Numbers that restart every month need the year and month in the code, or they would repeat."),
    "daily": N_("Numbers that restart every day need the full date in the code, or they would repeat."),
}


def check_rule(values: Mapping[str, Any]) -> None:
    """Raises FieldError where the numbers would begin again more often than the date in the code changes."""
    restart, date_part = values["restart"], values["date_part"]
    if _FINENESS[restart] > _DATED[date_part]:
        raise FieldError("restart", _REPEATS[restart])


def rule_from(entity: str, values: Mapping[str, Any]) -> NumberingRule:
    """An unsaved rule, to preview the code it would give."""
    return NumberingRule(entity=entity, **{key: values[key] if values[key] is not None else "" for key in KEYS})


def save_rule(
    session: Session, entity: str, values: Mapping[str, Any], opened_version: int | None = None
) -> NumberingRule:
    """Keep the rule for the next code. Raises FieldError for one that would repeat itself, StaleRecord if too late."""
    rule = rule_of(session, entity)
    if rule in session:
        session.refresh(rule, with_for_update=True)
        check_version(rule, opened_version)
    check_rule(values)
    assign(rule, {**values, "prefix": values.get("prefix") or ""}, KEYS)
    rule.version = (rule.version or 0) + 1
    session.add(rule)
    session.flush()
    return rule
