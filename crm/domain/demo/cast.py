"""The people of the demonstration firm, with every built-in role and a grant of one's own (A-1, A-5, A-6)."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.organisation.people import save_person
from crm.domain.organisation.roles_and_grants import set_personal_grants, set_roles
from crm.domain.organisation.unit_saving import save_unit
from crm.entities.record_saving import Actor
from crm.models import OrgUnit, Permission, Rights, Role, Scope, User, rights_of
from crm.models.organisation import DEPARTMENT
from crm.models.roles import RECEIPT_APPROVER, SALES_APPROVER, SALES_MANAGER, SALESPERSON

SALES, SOUTH, OFFICE = "業務部", "南區業務部", "管理部"


@dataclass(frozen=True)
class Part:
    """One person to be made: `customers` is the share of the customers they look after."""

    login: str
    name: str
    unit: str
    job_title: str
    gender: str
    role: str
    customers: int = 0


PARTS = (
    Part("manager", "林淑惠", SALES, "業務經理", "female", SALES_MANAGER, 4),
    Part("wang", "王大明", SALES, "業務專員", "male", SALESPERSON, 20),
    Part("li", "李佳玲", SALES, "業務專員", "female", SALESPERSON, 18),
    Part("huang", "黃建國", SALES, "業務專員", "male", SALESPERSON, 12),
    Part("wu", "吳雅雯", SALES, "業務助理", "female", SALESPERSON, 2),
    Part("chen", "陳志豪", SOUTH, "業務專員", "male", SALESPERSON, 18),
    Part("tsai", "蔡宗翰", SOUTH, "業務專員", "male", SALESPERSON, 12),
    Part("hsu", "許美華", SOUTH, "業務專員", "female", SALESPERSON, 10),
    Part("kao", "高詩涵", SOUTH, "業務助理", "female", SALESPERSON, 2),
    Part("order", "鄭文雄", OFFICE, "銷售管理師", "male", SALES_APPROVER),
    Part("finance", "周玉婷", OFFICE, "會計", "female", RECEIPT_APPROVER),
)
ASSISTANTS = ("wu", "kao")


def make_cast(session: Session, root: OrgUnit, actor: Actor, password_hash: str) -> dict[str, tuple[User, Rights]]:
    """Departments and people, by the demonstration's own login; a login that is taken gets a figure behind it."""
    sales = save_unit(session, None, {"kind": DEPARTMENT, "name": SALES, "parent_id": root.id, "position": 1}, actor)
    south = save_unit(session, None, {"kind": DEPARTMENT, "name": SOUTH, "parent_id": sales.id, "position": 1}, actor)
    office = save_unit(session, None, {"kind": DEPARTMENT, "name": OFFICE, "parent_id": root.id, "position": 2}, actor)
    units = {SALES: sales, SOUTH: south, OFFICE: office}
    roles = {role.key: role.id for role in session.scalars(select(Role).where(Role.key.is_not(None)))}
    cast = {}
    for number, part in enumerate(PARTS):
        user = _make_person(session, part, units[part.unit], number, actor, password_hash)
        set_roles(session, user, [roles[part.role]], actor)
        if part.login in ASSISTANTS:
            # Assistants look up the whole department's customers, and change only their own.
            permissions = (Permission.CUSTOMERS_VIEW, Permission.CONTACTS_VIEW, Permission.RECORDS_VIEW)
            set_personal_grants(session, user, {p.value: int(Scope.DEPARTMENT) for p in permissions}, actor)
        cast[part.login] = (user, rights_of(session, user))
    return cast


def _make_person(session: Session, part: Part, unit: OrgUnit, number: int, actor: Actor, password_hash: str) -> User:
    values = {
        "login": _free_login(session, part.login),
        "name": part.name,
        "unit_id": unit.id,
        "email": f"{part.login}@demo.example.com",
        "gender": part.gender,
        "job_title": part.job_title,
        "phone": f"02-2555-0100 #{301 + number}",
        "mobile": f"0900-555-{101 + number}",
    }
    # The hash is given, not made: eleven times half a second of scrypt for one and the same password.
    user = save_person(session, None, {**values, "password_hash": password_hash}, actor)
    user.must_change_password = False
    return user


def _free_login(session: Session, login: str) -> str:
    taken = set(session.scalars(select(User.login_key)))
    return next(name for name in (login, *(f"{login}{n}" for n in range(2, 99))) if name not in taken)
