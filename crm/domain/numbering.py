"""Codes by rule (D-5): given inside the transaction that uses them, so no number twice."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm.models import NumberingCounter, NumberingRule

_FORMATS = {"none": "", "year": "%Y", "month": "%Y%m", "day": "%Y%m%d"}
_PERIODS = {"never": "", "yearly": "%Y", "monthly": "%Y%m", "daily": "%Y%m%d"}


def format_code(rule: NumberingRule, number: int, now: datetime, zone: ZoneInfo) -> str:
    """`SO20260831-0001`: prefix, date, a dash where there is a date, the number at its width."""
    dated = now.astimezone(zone).strftime(_FORMATS[rule.date_part]) if rule.date_part != "none" else ""
    return f"{rule.prefix}{dated}{'-' if dated else ''}{number:0{rule.width}d}"


def _raise_counter(session: Session, entity: str, period: str, by: int = 1) -> int:
    mine = (NumberingCounter.entity == entity, NumberingCounter.period == period)
    raised = session.scalar(
        update(NumberingCounter)
        .where(*mine)
        .values(last=NumberingCounter.last + by)
        .returning(NumberingCounter.last)
        .execution_options(synchronize_session=False)
    )
    if raised is None:
        session.execute(NumberingCounter.__table__.insert().values(entity=entity, period=period, last=by))  # type: ignore[attr-defined]
        return by
    return int(raised)


def next_codes(session: Session, model: Any, entity: str, count: int, now: datetime, zone: ZoneInfo) -> list[str]:
    """`count` unused codes for the entity; codes typed by hand in the meantime are stepped over."""
    rule = session.get(NumberingRule, entity) or NumberingRule(
        entity=entity, prefix="", date_part="none", width=6, restart="never"
    )
    period = now.astimezone(zone).strftime(_PERIODS[rule.restart]) if rule.restart != "never" else ""
    codes: list[str] = []
    while len(codes) < count:
        wanted = count - len(codes)
        last = _raise_counter(session, entity, period, wanted)
        made = [format_code(rule, n, now, zone) for n in range(last - wanted + 1, last + 1)]
        taken: set[str] = set()
        for start in range(0, len(made), 500):
            part = made[start : start + 500]
            taken.update(session.scalars(select(model.code).where(model.code.in_(part))))
        codes.extend(code for code in made if code not in taken)
    return codes


def next_code(session: Session, model: Any, entity: str, now: datetime, zone: ZoneInfo) -> str:
    return next_codes(session, model, entity, 1, now, zone)[0]
