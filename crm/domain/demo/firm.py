"""Making the demonstration firm in an empty database."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.domain.accounts.passwords import check_new_password, hash_password
from crm.domain.demo.agenda import appointments
from crm.domain.demo.approvals import make_approval_rules
from crm.domain.demo.cast import PARTS, make_cast
from crm.domain.demo.choices import Choices
from crm.domain.demo.companies import contact_values, customer_values, new_names
from crm.domain.demo.idle import let_policy_work
from crm.domain.demo.life import Life, Step
from crm.domain.demo.mistakes import make_mistakes
from crm.domain.demo.office_days import moments_up_to, working_day, working_moment
from crm.domain.demo.opportunities import COUNT as OPPORTUNITIES
from crm.domain.demo.opportunities import make_opportunities
from crm.domain.demo.own_fields import OwnFields
from crm.domain.demo.products import make_products
from crm.domain.demo.receipts import make_receipts
from crm.domain.demo.sales import REGULAR, make_sales
from crm.domain.demo.targets import make_targets
from crm.domain.demo.words import Trade
from crm.domain.demo.world import World
from crm.domain.organisation.firm_setup import create_firm
from crm.domain.organisation.roles_and_grants import administrators
from crm.domain.platform.settings import read_settings
from crm.entities.record_saving import Actor
from crm.errors import DomainError
from crm.i18n import N_
from crm.models import Customer, OrgUnit, User, rights_of
from crm.models.customers import POOL

FIRM, ADMIN_NAME, LANGUAGE, TIMEZONE = "森禾事務設備股份有限公司", "系統管理員", "zh_Hant", "Asia/Taipei"
DEMO_LOGINS = ("admin", *(part.login for part in PARTS))
SEED = 20260831
CUSTOMERS = 300
SHARES = {"owned": 84, "handed_on": 5, "from_pool": 4, "pool_new": 4, POOL: 4}
"""How customers fare, in parts: kept, handed on, assigned from the pool, never assigned, released."""
QUIET = {(0, 25): 82, (41, 45): 6, (60, 150): 12}
"""For how many days the owner has not called, in parts: as usual, nearly too long, too long (Q-4)."""
YEAR = 365
OLD = 0.35
"""What part of the customers came in the year before the last, so that each year stands beside another."""


def make_demo(
    session: Session, password: str, now: datetime, customers: int = CUSTOMERS, seed: int = SEED
) -> list[User]:
    """Fill an empty database; found the firm where there is none yet, else keep its administrator.

    With fewer customers there is less of everything that follows from them.
    Returns the people made, all with the given password. The same seed and now give the same firm. Raises
    DomainError where there are customers already, FieldError for a weak password.
    """
    if session.scalars(select(Customer.id).limit(1)).first() is not None:
        raise DomainError(N_("There are already customers. The demo company needs an empty database."))
    for login in DEMO_LOGINS:
        check_new_password(password, login, "password")
    start = now - timedelta(days=2 * YEAR + 60)
    administrator = _administrator(session)
    admin = administrator or create_firm(session, FIRM, LANGUAGE, TIMEZONE, ADMIN_NAME, "admin", password, start)
    password_hash = hash_password(password) if administrator else admin.password_hash
    zone = read_settings(session).zone
    root = session.scalars(select(OrgUnit).where(OrgUnit.parent_id.is_(None)).order_by(OrgUnit.id)).first()
    assert root is not None
    cast = make_cast(session, root, Actor(rights_of(session, admin), start, zone), password_hash)
    world = World(session, now, zone, cast, Choices(session))
    make_products(world, start)
    own = OwnFields(world, start)
    steps = [*_customers(world, customers, seed, own), *appointments(world, Random(f"{seed} appointments"))]
    for _, step in sorted(steps, key=lambda pair: pair[0]):
        step()
    make_opportunities(world, Random(f"{seed} opportunities"), OPPORTUNITIES * customers // CUSTOMERS)
    make_sales(world, Random(f"{seed} sales"), REGULAR * customers // CUSTOMERS)
    make_receipts(world, Random(f"{seed} receipts"))
    make_targets(world)
    let_policy_work(world)
    make_mistakes(world)
    make_approval_rules(world, Actor(rights_of(session, admin), now, zone))
    session.flush()
    return [*([] if administrator else [admin]), *(user for user, _ in cast.values())]


def _administrator(session: Session) -> User | None:
    administrator_ids = sorted(administrators(session))
    return session.get_one(User, administrator_ids[0]) if administrator_ids else None


def _customers(world: World, count: int, seed: int, own: OwnFields) -> Iterator[Step]:
    names = new_names(Random(f"{seed} names"))
    for number in range(count):
        # A Random for each: who a customer is does not depend on the day the firm is made.
        life = _life(world, Random(f"{seed} customer {number}"), *next(names))
        life.values |= own.values(Random(f"{seed} own {number}"))
        yield from life.steps()


def _life(world: World, random: Random, name: str, short_name: str, trade: Trade) -> Life:
    """Born some time in the last two years, visited up to a dozen times."""
    values = customer_values(random, name, short_name, trade, world.choices)
    people = [contact_values(random) for _ in range(random.choices((1, 2, 3), (6, 3, 1))[0])]
    salespeople = [part for part in PARTS if part.customers]
    owners = random.choices([part.login for part in salespeople], [part.customers for part in salespeople], k=2)
    fate = random.choices(list(SHARES), list(SHARES.values()))[0]
    end = random.choices(range(4), (30, 30, 33, 7))[0]
    born, visits = _dates(world, random, fate)
    turns = {"handed_on": owners, "from_pool": ["", owners[0]], "pool_new": [""]}.get(fate, owners[:1])
    return Life(world, random, values, people, turns, born, visits if turns[-1] else [], end, fate == POOL)


def _dates(world: World, random: Random, fate: str) -> tuple[datetime, list[datetime]]:
    """When the customer was made and when visited; the last visit lies so far back as `QUIET` says."""
    now, zone = world.now, world.zone
    quiet = random.randint(*random.choices(list(QUIET), list(QUIET.values()))[0]) + (30 if fate == POOL else 0)
    days = random.randrange(4 + quiet, YEAR)
    days += YEAR if Random(f"old {days}").random() < OLD else 0
    day = working_day((now - timedelta(days=days)).astimezone(zone).date())
    born = min(working_moment(random, day, zone), now - timedelta(days=1))
    last = max(born + timedelta(days=2), now - timedelta(days=quiet))
    return born, moments_up_to(random, random.randrange(1, 11), born, last, now, zone)
