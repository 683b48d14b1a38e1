"""Customer levels: a grade with the number of days until the next contact (P-4)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import text
from crm.domain.platform.choice_lists import place_last, rename_choice
from crm.entities.record_saving import check_version
from crm.models import Customer, CustomerLevel

LEVELS = "customer_levels"
"""What the levels are called among the lists that an import adds to."""
COLOURS = ("red", "orange", "yellow", "green", "teal", "blue", "purple", "gray")


def customers_by_level(session: Session) -> dict[int | None, int]:
    """Level → how many customers have it, in the pools too; None for those without a level."""
    counted = select(Customer.level_id, func.count()).where(Customer.deleted_at.is_(None)).group_by(Customer.level_id)
    return {row.level_id: row[1] for row in session.execute(counted)}


def save_level(
    session: Session, level: CustomerLevel | None, values: Mapping[str, Any], opened_version: int | None = None
) -> CustomerLevel:
    """Make or change a level; without days it leaves the next contact as it is (R-2)."""
    is_new = level is None
    level = level or CustomerLevel(retired=False, version=0)
    check_version(level, opened_version)
    rename_choice(session, level, values.get("name"))
    level.reminder_days = values.get("reminder_days")
    level.colour = values["colour"] if values.get("colour") in COLOURS else "gray"
    level.version += 1
    if is_new:
        place_last(session, level)
        session.add(level)
    session.flush()
    return level


def add_named_levels(session: Session, names: Mapping[str, str]) -> dict[str, int]:
    """Levels of these names (by their folded form): those that are missing are added last, in order, without days."""
    known = {text.fold(name): level.id for level in session.scalars(select(CustomerLevel)) for name in level.names}
    for key in names:
        if key not in known:
            known[key] = save_level(session, None, {"name": names[key]}).id
    return {key: known[key] for key in names}
