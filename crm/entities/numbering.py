"""Codes by rule (D-5): given inside the transaction that uses them, so no number twice."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import literal, select, union_all
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from crm.entities.keys import folded_code
from crm.models import NumberingCounter, NumberingRule

_FORMATS = {"none": "", "year": "%Y", "month": "%Y%m", "day": "%Y%m%d"}
_PERIODS = {"never": "", "yearly": "%Y", "monthly": "%Y%m", "daily": "%Y%m%d"}
WINDOW = 500
"""So many numbers are looked at together where codes typed by hand, or of an older rule, stand in the way."""


def format_code(rule: NumberingRule, number: int, now: datetime, zone: ZoneInfo) -> str:
    """`SO20260831-0001`: prefix, date, a dash where there is a date, the number at its width."""
    return f"{_beginning(rule, now, zone)}{number:0{rule.width}d}"


def _beginning(rule: NumberingRule, now: datetime, zone: ZoneInfo) -> str:
    dated = now.astimezone(zone).strftime(_FORMATS[rule.date_part]) if rule.date_part != "none" else ""
    return f"{rule.prefix}{dated}{'-' if dated else ''}"


def period_of(rule: NumberingRule, now: datetime, zone: ZoneInfo) -> str:
    """What the numbers are counted in: all time, or the firm's year, month or day."""
    return now.astimezone(zone).strftime(_PERIODS[rule.restart]) if rule.restart != "never" else ""


def rule_of(session: Session, entity: str) -> NumberingRule:
    return session.get(NumberingRule, entity) or NumberingRule(
        entity=entity, prefix="", date_part="none", width=6, restart="never"
    )


def _raise_counter(session: Session, entity: str, period: str, by: int) -> int:
    """The counter after raising it; its row stays held until the transaction ends.

    One statement makes or raises it, so that two first numbers of a day cannot meet.
    """
    insert: Any = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    insertion = insert(NumberingCounter).values(entity=entity, period=period, last=by)
    raised = insertion.on_conflict_do_update(
        index_elements=[NumberingCounter.entity, NumberingCounter.period],
        set_={"last": NumberingCounter.last + by},
    )
    return int(session.execute(raised.returning(NumberingCounter.last)).scalar_one())


def next_codes(session: Session, model: Any, entity: str, count: int, now: datetime, zone: ZoneInfo) -> list[str]:
    """`count` unused codes for the entity; codes that are there already are stepped over."""
    rule = rule_of(session, entity)
    period = period_of(rule, now, zone)
    last = _raise_counter(session, entity, period, count)
    codes = _free(session, model, rule, range(last - count + 1, last + 1), now, zone)
    while len(codes) < count:
        # The counter is ours until the commit: look ahead, and take no more numbers than are used.
        free = _free(session, model, rule, range(last + 1, last + WINDOW + 1), now, zone)[: count - len(codes)]
        enough = len(codes) + len(free) == count
        last = _raise_counter(session, entity, period, free[-1][0] - last if enough else WINDOW)
        codes += free
    return [code for _number, code in codes]


def unused_codes(
    session: Session, model: Any, entity: str, count: int, now: datetime, zone: ZoneInfo, taken: Collection[str]
) -> list[str]:
    """`count` unused codes, none of them among `taken`."""
    taken_codes, codes = set(map(folded_code, taken)), list[str]()
    while len(codes) < count:
        candidates = next_codes(session, model, entity, count - len(codes), now, zone)
        codes += [code for code in candidates if folded_code(code) not in taken_codes]
    return codes


def next_code(session: Session, model: Any, entity: str, now: datetime, zone: ZoneInfo) -> str:
    return next_codes(session, model, entity, 1, now, zone)[0]


def _free(
    session: Session, model: Any, rule: NumberingRule, numbers: Iterable[int], now: datetime, zone: ZoneInfo
) -> list[tuple[int, str]]:
    beginning, width = _beginning(rule, now, zone), rule.width
    candidates = [(number, f"{beginning}{number:0{width}d}") for number in numbers]
    taken: set[str] = set()
    for start in range(0, len(candidates), WINDOW):
        part = [folded_code(code) for _number, code in candidates[start : start + WINDOW]]
        taken.update(session.scalars(select(model.code_key).where(model.code_key.in_(part))))
    return [(number, code) for number, code in candidates if folded_code(code) not in taken]


def preview_codes(
    session: Session, models: Mapping[str, Any], rules: Iterable[NumberingRule], now: datetime, zone: ZoneInfo
) -> dict[str, str]:
    """The code that each rule would give next. Nothing is given away, so another person may get it first."""
    rules = list(rules)
    counters = select(NumberingCounter.entity, NumberingCounter.period, NumberingCounter.last)
    counted = {(entity, period): last for entity, period, last in session.execute(counters)}
    begins = {rule.entity: counted.get((rule.entity, period_of(rule, now, zone)), 0) + 1 for rule in rules}
    previews: dict[str, str] = {}
    waiting = {rule.entity: rule for rule in rules}
    while waiting:
        codes_of = {
            key: [format_code(rule, begins[key] + ahead, now, zone) for ahead in range(WINDOW // 10)]
            for key, rule in waiting.items()
        }
        looked = [
            select(literal(key).label("entity"), models[key].code_key).where(
                models[key].code_key.in_(map(folded_code, codes))
            )
            for key, codes in codes_of.items()
        ]
        taken = {(key, code) for key, code in session.execute(union_all(*looked))}
        for key, codes in codes_of.items():
            free = next((code for code in codes if (key, folded_code(code)) not in taken), None)
            if free is not None:
                previews[key] = free
                del waiting[key]
            begins[key] += len(codes)
    return previews
