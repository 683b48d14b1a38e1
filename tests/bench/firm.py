"""The measuring set's firm: departments, people with roles, and the ids of the start values."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.organisation.firm_setup import create_firm
from crm.domain.organisation.people import save_person
from crm.domain.organisation.roles_and_grants import set_roles
from crm.domain.organisation.unit_saving import save_unit
from crm.entities.custom_fields import KINDS as FIELD_KINDS
from crm.entities.custom_fields import attribute, dictionary_of
from crm.entities.customers import CUSTOMER
from crm.entities.record_saving import Actor
from crm.models import City, CustomerLevel, CustomField, DictionaryItem, OrgUnit, Role, User, rights_of
from crm.models.organisation import DEPARTMENT
from crm.models.roles import SALES_MANAGER, SALESPERSON

ADMIN, SELLER, MANAGER = "bench-admin", "bench-seller", "bench-manager"
DEPARTMENTS = 5
TIMEZONE = "Asia/Taipei"


@dataclass(frozen=True)
class Firm:
    """`seller` has exactly a 50th of the customers; `people` share the rest."""

    seller: int
    people: tuple[int, ...]
    items: dict[str, tuple[int, ...]]
    levels: tuple[tuple[int, int | None], ...]
    cities: tuple[tuple[int, int, str], ...]
    own: tuple[str, ...]
    """The attributes of its own fields of customers: one of each kind (D-2)."""
    choices: dict[str, tuple[int, ...]]

    def items_of(self, attribute: str) -> tuple[int, ...]:
        """The choices of one of its own fields."""
        return self.choices[attribute]


def make_firm(session: Session, people: int, password: str, then: datetime) -> Firm:
    """The firm with `people` salespeople, one of them the seller and one a manager, in five departments."""
    admin = create_firm(session, "量測公司", "zh_Hant", TIMEZONE, "管理員", ADMIN, password, then)
    root = session.scalars(select(OrgUnit)).one()
    actor = Actor(rights_of(session, admin), then, ZoneInfo(TIMEZONE))
    units = [
        save_unit(session, None, {"kind": DEPARTMENT, "name": f"業務{n + 1}部", "parent_id": root.id}, actor)
        for n in range(DEPARTMENTS)
    ]
    roles = {role.key: role.id for role in session.scalars(select(Role))}
    logins = [SELLER, MANAGER, *(f"bench-{n:02d}" for n in range(3, people + 1))][:people]
    made: list[User] = []
    for number, login in enumerate(logins):
        unit_id = units[number % DEPARTMENTS].id
        values = {"login": login, "name": f"業務員{number + 1:02d}", "unit_id": unit_id}
        made.append(save_person(session, None, {**values, "password_hash": admin.password_hash}, actor))
        made[-1].must_change_password = False
        set_roles(session, made[-1], [roles[SALES_MANAGER if login == MANAGER else SALESPERSON]], actor)
    return Firm(made[0].id, tuple(user.id for user in made[1:]), *_start_values(session), *_own_fields(session))


def _own_fields(session: Session) -> tuple[tuple[str, ...], dict[str, tuple[int, ...]]]:
    made, choices = [], {}
    for number, (key, kind) in enumerate(FIELD_KINDS.items()):
        field = CustomField(entity=CUSTOMER.key, label=f"自訂{number}", kind=key, position=number)
        session.add(field)
        session.flush()
        names = ("紅", "綠", "藍") if kind.choices else ()
        items = [DictionaryItem(dictionary=dictionary_of(field.id), name=n, position=p) for p, n in enumerate(names)]
        session.add_all(items)
        session.flush()
        choices[attribute(field)] = tuple(item.id for item in items)
        made.append(attribute(field))
    return tuple(made), choices


def _start_values(
    session: Session,
) -> tuple[dict[str, tuple[int, ...]], tuple[tuple[int, int | None], ...], tuple[tuple[int, int, str], ...]]:
    items: dict[str, tuple[int, ...]] = {}
    for item in session.scalars(select(DictionaryItem).order_by(DictionaryItem.id)):
        items[item.dictionary] = (*items.get(item.dictionary, ()), item.id)
    levels = tuple((level.id, level.reminder_days) for level in session.scalars(select(CustomerLevel)))
    cities = tuple((city.province_id, city.id, city.name) for city in session.scalars(select(City)))
    return items, levels, cities
