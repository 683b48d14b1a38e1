"""回收: customers that their owners left idle go to the recycled pool, as the policy says (Q-4, P-1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select, true
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.customers.customer_events import OWNER
from crm.domain.customers.customers import move_customer
from crm.domain.customers.owners import managers_of
from crm.domain.office.notices import notify
from crm.domain.platform.settings import FirmSettings, read_settings, save_settings
from crm.entities import measures
from crm.entities.record_saving import Actor
from crm.errors import FieldError
from crm.i18n import N_
from crm.models import Customer, CustomerEvent, CustomerLevel, Notice, Opportunity, Order, User
from crm.models.customers import RECYCLED
from crm.models.documents import PENDING

IDLE = N_("Not contacted for too long")
"""The reason in the ledger."""

RECYCLED_NOTICE, WARNING = "recycled", "recycle_warning"
NAMED = 5
"""So many customers are named in a notice; the others are counted."""

LEVEL_EXEMPT = N_("its level is exempt")
OPPORTUNITY_EXEMPT = N_("it has an open opportunity")
ORDER_EXEMPT = N_("it has an unpaid order")


@dataclass(frozen=True)
class RecyclingOutcome:
    """What one run did: how many customers moved, and of how many their owners were warned."""

    recycled: int = 0
    warned: int = 0


def recycling_day(idle_since: datetime, firm: FirmSettings) -> date:
    """The first day on which the customer has been idle for more than the policy's days."""
    return measures.first_day_idle_longer_than(firm.recycle_days, idle_since, firm.zone)


def _idle_enough(day: date, firm: FirmSettings) -> ColumnElement[bool]:
    """Whose recycling day is that day or an earlier one."""
    return measures.idle_longer_than(firm.recycle_days, day, firm.zone)


def exemptions(firm: FirmSettings) -> list[tuple[str, ColumnElement[bool]]]:
    """(reason, condition) of everything that keeps a customer with its owner."""
    exempting: list[tuple[str, ColumnElement[bool]]] = []
    if firm.recycle_exempt_levels:
        level = and_(Customer.level_id.is_not(None), Customer.level_id.in_(firm.recycle_exempt_levels))
        exempting.append((LEVEL_EXEMPT, level))
    if firm.recycle_exempt_open_opportunities:
        opportunity = select(Opportunity.id).where(Opportunity.customer_id == Customer.id, *measures.IN_PROGRESS)
        exempting.append((OPPORTUNITY_EXEMPT, opportunity.exists()))
    if firm.recycle_exempt_unpaid_orders:
        # One that is awaiting approval counts too: the sale is made, and only the firm's own decision is missing.
        unpaid = or_(and_(*measures.OPEN), Order.state == PENDING)
        order = select(Order.id).where(Order.customer_id == Customer.id, Order.deleted_at.is_(None), unpaid)
        exempting.append((ORDER_EXEMPT, order.exists()))
    return exempting


def recyclable(firm: FirmSettings, day: date) -> ColumnElement[bool]:
    """Customers with an owner, not exempt, whose recycling day is that day or an earlier one."""
    exempt = [condition for _reason, condition in exemptions(firm)]
    return and_(
        Customer.deleted_at.is_(None),
        Customer.owner_id.is_not(None),
        _idle_enough(day, firm),
        *([not_(func.coalesce(or_(*exempt), False))] if exempt else []),
    )


def due_today(firm: FirmSettings, now: datetime) -> Select[Customer]:
    """Customers that the policy recycles today, the longest idle first; also while it is off, for the preview."""
    statement = select(Customer).where(recyclable(firm, clock.day_of(now, firm.zone)))
    return statement.order_by(Customer.idle_since, Customer.id)


def due_soon(firm: FirmSettings, now: datetime) -> Select[Customer]:
    """Customers that the policy recycles within the warning days, tomorrow's first."""
    today = clock.day_of(now, firm.zone)
    last = today + timedelta(days=firm.recycle_warn_days)
    statement = select(Customer).where(recyclable(firm, last), not_(_idle_enough(today, firm)))
    return statement.order_by(Customer.idle_since, Customer.id)


def count_additionally_due(session: Session, firm: FirmSettings, proposed: Mapping[str, Any], day: date) -> int:
    """How many more customers the changed policy would recycle on that day (P-1)."""
    changed = replace(firm, **{**proposed, "recycle_exempt_levels": sorted(proposed["recycle_exempt_levels"])})
    if not changed.recycle_on:
        return 0
    anyway = not_(recyclable(firm, day)) if firm.recycle_on else true()
    return count_of(session, select(Customer.id).where(recyclable(changed, day), anyway))


def count_of(session: Session, statement: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0


def count_due(session: Session, actor: Actor) -> int:
    """How many customers a run takes back now."""
    firm = read_settings(session)
    return count_of(session, due_today(firm, actor.now)) if firm.recycle_on else 0


def recycle_idle(session: Session, actor: Actor, since: datetime | None = None) -> RecyclingOutcome:
    """The daily run: take back what is due, warn of what will be. Nothing where the policy is off.

    Notices include what earlier batches of this run recycled, from `since` on: each customer once, with its owner.
    """
    firm = read_settings(session)
    if not firm.recycle_on:
        return RecyclingOutcome()
    recycled = _recycled_before(session, since, actor.now) if since else []
    recycled += _recycle_batch(session, firm, actor)
    due = [customer for customer, _former in recycled]
    former = {customer.id: owner_id for customer, owner_id in recycled}
    _notify_owners(session, due, former, firm, actor)
    _notify_managers(session, due, former, actor)
    return RecyclingOutcome(len(due), _warn(session, firm, actor))


def recycle_batch(session: Session, actor: Actor, limit: int) -> int:
    """Recycle at most so many of those that are due; returns how many. Nobody is notified yet."""
    firm = read_settings(session)
    return len(_recycle_batch(session, firm, actor, limit)) if firm.recycle_on else 0


def _recycle_batch(
    session: Session, firm: FirmSettings, actor: Actor, limit: int | None = None
) -> list[tuple[Customer, int]]:
    """(customer, former owner) of the customers that are taken back, the longest idle first."""
    due = list(session.scalars(due_today(firm, actor.now).limit(limit).with_for_update()))
    recycled = [(customer, customer.owner_id or 0) for customer in due]
    for customer in due:
        move_customer(session, customer, actor, None, RECYCLED, IDLE)
    session.flush()
    return recycled


def _recycled_before(session: Session, since: datetime, until: datetime) -> list[tuple[Customer, int]]:
    """(customer, former owner) of what was taken back in that time and still lies in the pool, as the ledger says."""
    event = CustomerEvent
    statement = select(Customer, event.before_id).join(event, event.customer_id == Customer.id)
    statement = statement.where(event.kind == OWNER, event.reason == IDLE, event.at.between(since, until))
    moved = session.execute(statement.where(Customer.owner_id.is_(None)).order_by(event.id))
    return list({row[0].id: (row[0], row[1] or 0) for row in moved}.values())


def _notify_owners(
    session: Session, due: Iterable[Customer], former: Mapping[int, int], firm: FirmSettings, actor: Actor
) -> None:
    customers_of = defaultdict(list)
    for customer in due:
        customers_of[former[customer.id]].append(customer)
    message = N_(
        "%(count)s of your customers were not contacted for more than %(days)s days and were taken back: %(names)s"
    )
    for owner_id, customers in customers_of.items():
        values = {"count": len(customers), "days": firm.recycle_days, "names": names_of(customers)}
        notify(session, owner_id, RECYCLED_NOTICE, message, values, "/pool/recycled", actor.now)


def _notify_managers(session: Session, due: list[Customer], former: Mapping[int, int], actor: Actor) -> None:
    if not due:
        return
    statement = select(User).where(User.id.in_(set(former.values())))
    people = {person.id: person.name for person in session.scalars(statement)}
    message = N_("%(count)s customers of %(people)s were not contacted for too long and were taken back: %(names)s")
    for manager_id, owner_ids in managers_of(session, former.values()).items():
        customers = [customer for customer in due if former[customer.id] in owner_ids]
        values = {
            "count": len(customers),
            "people": first_names([people[owner_id] for owner_id in owner_ids]),
            "names": names_of(customers),
        }
        notify(session, manager_id, RECYCLED_NOTICE, message, values, "/pool/recycled", actor.now)


def _warn(session: Session, firm: FirmSettings, actor: Actor) -> int:
    """Warn each owner once of each customer; also where the warning's day passed while the server was off."""
    if not firm.recycle_warn_days:
        return 0
    warned = _already_warned(session, firm, actor)
    soon: dict[tuple[int, date], list[Customer]] = defaultdict(list)
    for customer in session.scalars(due_soon(firm, actor.now)):
        if customer.owner_id is not None and customer.idle_since is not None:
            day = recycling_day(customer.idle_since, firm)
            if _warning_mark(customer, day) not in warned:
                soon[customer.owner_id, day].append(customer)
    message = N_("From %(day)s on, %(count)s of your customers will be taken back unless you contact them: %(names)s")
    for (owner_id, day), customers in soon.items():
        values = {
            "count": len(customers),
            "day": day.isoformat(),
            "names": names_of(customers),
            "told": [_warning_mark(customer, day) for customer in customers],
        }
        url = f"/customers/{customers[0].id}" if len(customers) == 1 else "/customers?sort=idle"
        notify(session, owner_id, WARNING, message, values, url, actor.now)
    return sum(len(customers) for customers in soon.values())


def _warning_mark(customer: Customer, day: date) -> str:
    """One warning of one owner: contacted and left idle again, the customer is warned of again."""
    return f"{customer.id} {customer.owner_id} {day.isoformat()}"


def _already_warned(session: Session, firm: FirmSettings, actor: Actor) -> set[str]:
    """What was warned of in the time in which a customer's recycling day can still lie ahead."""
    since = actor.now - timedelta(days=firm.recycle_warn_days + 2)
    earlier = select(Notice.values).where(Notice.kind == WARNING, Notice.at >= since)
    return {mark for values in session.scalars(earlier) for mark in values.get("told", ())}


def names_of(customers: list[Customer]) -> str:
    return first_names([customer.short_name or customer.name for customer in customers])


def first_names(names: list[str]) -> str:
    """The first names; the count in the text says that there are more."""
    return "、".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")


def exemption_reasons(session: Session, customer: Customer, firm: FirmSettings) -> list[str]:
    """The message ids of the exemptions that keep this customer with its owner."""
    exempting = exemptions(firm)
    if not exempting:
        return []
    row = session.execute(select(*(c for _reason, c in exempting)).where(Customer.id == customer.id)).one()
    return [reason for (reason, _condition), holds in zip(exempting, row, strict=True) if holds]


def save_recycling_policy(session: Session, values: Mapping[str, Any], opened_version: int | None = None) -> None:
    """What the page 閒置客戶回收 sends (P-1). Raises FieldError for too many warning days or an unknown level."""
    if values["recycle_warn_days"] > values["recycle_days"]:
        raise FieldError("recycle_warn_days", N_("The warning period cannot be longer than the idle period."))
    levels = sorted(values["recycle_exempt_levels"])
    known = set(session.scalars(select(CustomerLevel.id).where(CustomerLevel.id.in_(levels))))
    if known != set(levels):
        raise FieldError("recycle_exempt_levels", N_("Please choose one from the list."))
    save_settings(session, {**values, "recycle_exempt_levels": levels}, opened_version)
