"""A new firm: its name, language, zone, start values and first administrator (L-3)."""

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.organisation.people import save_person
from crm.domain.platform.settings import change_settings
from crm.domain.platform.start_data import seed
from crm.entities.record_saving import Actor
from crm.errors import DomainError, FieldError
from crm.i18n import N_
from crm.models import OrgUnit, Rights, Role, RoleMember, User
from crm.models.organisation import COMPANY
from crm.models.roles import ADMINISTRATOR


def create_firm(
    session: Session,
    name: str,
    language: str,
    timezone: str,
    admin_name: str,
    login: str,
    password: str,
    now: datetime,
    password_hash: str = "",
) -> User:
    """Create the firm with its first administrator. Raises DomainError where there is already one.

    `password_hash` is the password's, where it was made before the transaction: it takes half a second.
    """
    if session.scalars(select(User.id).limit(1)).first() is not None:
        raise DomainError(N_("The company is already set up."))
    if timezone not in available_timezones():
        raise FieldError("timezone", N_("Please choose one from the list."))
    change_settings(session, firm_name=name, language=language, timezone=timezone)
    seed(session, language, now)
    unit = OrgUnit(kind=COMPANY, name=name, created_at=now, updated_at=now)
    session.add(unit)
    session.flush()
    founder = Actor(Rights(0, unit.id, {}, administrator=True), now, ZoneInfo(timezone))
    values = {"login": login, "name": admin_name, "unit_id": unit.id}
    values |= {"password": password, "password_hash": password_hash}
    user = save_person(session, None, values, founder)
    user.must_change_password = False
    user.created_by_id = user.id
    user.language = language
    role = session.scalars(select(Role).where(Role.key == ADMINISTRATOR)).one()
    session.add(RoleMember(role_id=role.id, user_id=user.id))
    session.flush()
    return user
