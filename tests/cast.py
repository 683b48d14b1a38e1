"""The small firm of the tests: two departments, one person of each kind, all with one password."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from crm.domain.organisation.firm_setup import create_firm
from crm.entities.record_saving import Actor
from crm.models import OrgUnit, Role, RoleMember, User, rights_of
from crm.models.organisation import DEPARTMENT

PASSWORD = "klar-Wasser-7"
CHEAP = "scrypt:1024:8:1"
"""How passwords are hashed in the tests' firms: what a login costs is tested where it matters."""
ZONE = ZoneInfo("Asia/Taipei")
FOUNDED = datetime(2026, 1, 1, tzinfo=UTC)

PEOPLE = {
    "manager": ("陳經理", "sales", ("sales_manager", "salesperson")),
    "wang": ("王小明", "north", ("salesperson",)),
    "li": ("李小華", "south", ("salesperson",)),
    "order": ("林審單", "sales", ("sales_approver",)),
    "finance": ("周會計", "sales", ("receipt_approver",)),
}


class Cast:
    """`cast.wang`, with his rights; they are read when he is first asked for."""

    admin: User
    manager: User
    wang: User
    li: User
    order: User
    finance: User
    password = PASSWORD

    def __init__(self, session: Session) -> None:
        self._session = session
        self._people = {user.login: user for user in session.scalars(select(User))}

    def __getattr__(self, login: str) -> User:
        if login.startswith("_") or login not in self._people:
            raise AttributeError(login)
        begun = self._session.in_transaction()
        user = self._people[login]
        user.rights = rights_of(self._session, user)
        if not begun:
            self._session.commit()  # whoever asks between transactions locks nobody out, and has nothing to save
        setattr(self, login, user)
        return user


def hire(session: Session) -> None:
    """Found the firm and hire its people; the manager's department holds both salespeople's."""
    create_firm(session, "測試公司", "zh_Hant", str(ZONE), "管理員", "admin", PASSWORD, FOUNDED)
    cheap = generate_password_hash(PASSWORD, CHEAP)
    session.scalars(select(User)).one().password_hash = cheap
    firm = session.scalars(select(OrgUnit)).one()
    units = {"sales": _unit(session, "業務部", firm.id)}
    units["north"] = _unit(session, "北區", units["sales"].id)
    units["south"] = _unit(session, "南區", units["sales"].id)
    roles = {role.key: role.id for role in session.scalars(select(Role))}
    for login, (name, unit, held) in PEOPLE.items():
        user = User(
            login=login,
            login_key=login,
            name=name,
            pinyin=login,
            unit_id=units[unit].id,
            password_hash=cheap,
            created_at=FOUNDED,
            updated_at=FOUNDED,
        )
        session.add(user)
        session.flush()
        session.add_all(RoleMember(role_id=roles[key], user_id=user.id) for key in held)
    session.commit()


def _unit(session: Session, name: str, parent_id: int) -> OrgUnit:
    unit = OrgUnit(kind=DEPARTMENT, name=name, parent_id=parent_id, created_at=FOUNDED, updated_at=FOUNDED)
    session.add(unit)
    session.flush()
    return unit


def read_cast(session: Session) -> Cast:
    return Cast(session)


def actor_as(session: Session, user: User, now: datetime | None = None) -> Actor:
    return Actor(rights_of(session, user), now or datetime.now(UTC), ZONE)
