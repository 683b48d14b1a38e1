"""What every firm starts with: roles, dictionaries, levels, places, numbering rules (A-5, D-1, P-4, A-8)."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.domain import places
from crm.domain.imports.start_templates import seed_import_templates
from crm.domain.platform.start_values import BUILT_IN_ROLES, DICTIONARIES, LEVELS, NUMBERING, REGIONS
from crm.domain.prints.start import seed_print_templates
from crm.entities.change_log import logging_disabled
from crm.models import City, CustomerLevel, DictionaryItem, NumberingRule, Province, Role, RoleGrant
from crm.text import simplify
from crm.text.built_in_names import name_in


def seed(session: Session, language: str, now: datetime) -> None:
    """Fill what is empty; a firm's own changes are never touched."""
    with logging_disabled(session):
        _seed(session, language, now)


def _seed(session: Session, language: str, now: datetime) -> None:
    say = simplify if language == "zh_Hans" else str
    if not session.scalar(select(func.count()).select_from(Role)):
        _seed_roles(session, language, now)
    if not session.scalar(select(func.count()).select_from(DictionaryItem)):
        for dictionary, names in DICTIONARIES.items():
            for position, entry in enumerate(names):
                name, value = entry if isinstance(entry, tuple) else (entry, None)
                item = DictionaryItem(dictionary=dictionary, name=name_in(language, name), built_in=name)
                item.position, item.value = position, value
                session.add(item)
    if not session.scalar(select(func.count()).select_from(CustomerLevel)):
        for position, (name, days, colour) in enumerate(LEVELS):
            level = CustomerLevel(name=name_in(language, name), built_in=name, position=position)
            level.reminder_days, level.colour = days, colour
            session.add(level)
    session.flush()
    if not session.scalar(select(func.count()).select_from(Province)):
        _seed_places(session, language)
    known = set(session.scalars(select(NumberingRule.entity)))
    session.add_all(
        NumberingRule(entity=entity, prefix=prefix, date_part=date_part, width=width, restart=restart)
        for entity, (prefix, date_part, width, restart) in NUMBERING.items()
        if entity not in known
    )
    session.flush()
    seed_import_templates(session, say, now)
    seed_print_templates(session, language, now)


def _seed_roles(session: Session, language: str, now: datetime) -> None:
    for position, (key, names, scope, permissions) in enumerate(BUILT_IN_ROLES):
        role = Role(key=key, name=names[language], scope=int(scope), position=position, created_at=now, updated_at=now)
        session.add(role)
        session.flush()
        session.add_all(RoleGrant(role_id=role.id, permission=p.value) for p in permissions)


def _seed_places(session: Session, language: str) -> None:
    simplified = language == "zh_Hans"
    regions = {}
    for position, name in enumerate(REGIONS):
        item = DictionaryItem(dictionary="region", name=name_in(language, name), built_in=name, position=position)
        session.add(item)
        regions[name] = item
    session.flush()
    for position, known in enumerate(places.load_places()):
        province = Province(
            code=known.code,
            name=known.name_hans if simplified else known.name,
            region_id=regions[known.region].id,
            position=position,
        )
        session.add(province)
        session.flush()
        session.add_all(
            City(
                code=city.code,
                name=city.name_hans if simplified else city.name,
                province_id=province.id,
                position=number,
            )
            for number, city in enumerate(known.cities)
        )
