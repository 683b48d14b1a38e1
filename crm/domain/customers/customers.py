"""Verbs of the customer file (C-1, C-2, C-9)."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.customers import customer_events
from crm.domain.customers.contacts import main_contact, save_main_contact
from crm.domain.customers.customer_events import record_event
from crm.domain.customers.duplicates import check_duplicates
from crm.domain.schedule.items import transfer_plans
from crm.entities import policy
from crm.entities.entity import Entity
from crm.entities.lookups import Lookups
from crm.entities.measures import idle_since
from crm.entities.names_and_codes import set_code, set_name
from crm.entities.record_saving import Actor, assign, check_version, stamp
from crm.entities.registry import belonging_to
from crm.errors import FieldError, NotAllowed
from crm.i18n import N_
from crm.models import City, Customer, CustomerEvent, Permission, Province, User
from crm.models.customers import OWNED, POOL

PLAIN_KEYS = (
    "short_name source_id category_id industry_id nature_id size_id tax_number legal_representative founded_on"
    " region_id province_id city_id district address postcode phone fax email website bank bank_account"
    " payment_terms_id credit_limit next_contact_at notes"
).split()

ADD_TO_POOL = "add_to_pool"

Elsewhere = Callable[[str, int], int | None]
"""(kind, its present owner) → who gets it instead of the customer's new owner; None: that one does."""

policy.declare_action("customers", ADD_TO_POOL, Permission.POOL_SAVE)


def change_level(session: Session, customer: Customer, level_id: int | None, actor: Actor) -> None:
    _record_change(session, customer, "level_id", level_id, actor)


def change_status(session: Session, customer: Customer, status_id: int | None, actor: Actor) -> None:
    _record_change(session, customer, "status_id", status_id, actor)


def _record_change(session: Session, customer: Customer, key: str, after: int | None, actor: Actor) -> None:
    rows = customer_events.tracked_change_rows(customer.id, {key: getattr(customer, key)}, {key: after}, actor)
    session.add_all(CustomerEvent(**row) for row in rows)
    setattr(customer, key, after)


def move_customer(
    session: Session,
    customer: Customer,
    actor: Actor,
    owner_id: int | None,
    pool: str = OWNED,
    reason: str = "",
    since: datetime | None = None,
    elsewhere: Elsewhere | None = None,
) -> None:
    """The only way between owner, pool and recycled pool; each move is recorded in the ledger.

    Open work and planned follow-ups go to a new owner (C-7); in a pool the follow-ups are taken out of the
    former owner's schedule, as nobody is to do them. The version rises, so that a form that was open meanwhile is
    not saved over the move (hostile case 13). `reason` is a message id or a person's words; `since` is when the
    new owner got it first, where this is no beginning (Q-5). `elsewhere` says of a kind and its present owner who gets
    such open work instead of the customer's new owner.
    """
    pool = OWNED if owner_id is not None else (POOL if pool == OWNED else pool)
    if (customer.owner_id, customer.pool) == (owner_id, pool):
        return
    former_id = customer.owner_id
    if former_id != owner_id:
        record_event(session, customer, actor, customer_events.OWNER, former_id, owner_id, reason)
        customer.owner_id = owner_id
        customer.owned_since = (since or actor.now) if owner_id is not None else None
    if customer.pool != pool:
        record_event(session, customer, actor, customer_events.IN_POOL, customer.pool, pool, reason)
        customer.pool = pool
    stamp(customer, actor)
    refresh_idle(customer)
    if owner_id is not None:
        _transfer_open_work(session, customer, owner_id, actor, elsewhere)
    if former_id is not None and former_id != owner_id:
        planner_id = elsewhere("schedule", former_id) if elsewhere is not None else None
        _transfer_plans(session, customer, former_id, planner_id or owner_id, actor)


def _transfer_plans(session: Session, customer: Customer, former_id: int, owner_id: int | None, actor: Actor) -> None:
    """Record in the ledger where the former owner's plans went."""
    count = transfer_plans(session, customer.id, former_id, owner_id, actor)
    if count:
        row = customer_events.event_row(customer.id, actor, customer_events.PLANS, str(count), owner_id)
        session.add(CustomerEvent(**{**row, "before_id": former_id}))


def _transfer_open_work(
    session: Session, customer: Customer, owner_id: int, actor: Actor, elsewhere: Elsewhere | None
) -> None:
    """Open opportunities, quotes and unapproved orders move too; decided ones stay with their salesperson (C-7)."""
    for kind, link in belonging_to("customers"):
        if link.transferable is None:
            continue
        model, owner = kind.model, getattr(kind.model, kind.owner)
        to_transfer = (getattr(model, link.attribute) == customer.id, model.deleted_at.is_(None), owner != owner_id)
        for record in session.scalars(select(model).where(*to_transfer, link.transferable())):
            other = elsewhere(kind.key, getattr(record, kind.owner)) if elsewhere is not None else None
            change_owner(session, kind, record, other or owner_id, actor)


def change_owner(session: Session, kind: Entity, record: Any, owner_id: int, actor: Actor) -> None:
    """Give an open record to somebody else; it counts in their department from now on."""
    setattr(record, kind.owner, owner_id)
    if hasattr(record, "unit_id"):
        record.unit_id = session.get_one(User, owner_id).unit_id
    stamp(record, actor)


def refresh_idle(customer: Customer) -> None:
    customer.idle_since = idle_since(customer.last_contact_at, customer.owned_since)


def save_customer(
    session: Session,
    customer: Customer | None,
    values: Mapping[str, Any],
    actor: Actor,
    opened_version: int | None = None,
    pooled: bool = False,
    confirmed_ids: Collection[int] | None = None,
) -> Customer:
    """Make or change a customer. A new one belongs to the person, or to whom they give it, or lies in the pool.

    `confirmed_ids`: possible duplicates that the person has confirmed as different (C-3); None where nobody is asked.

    Raises NotAllowed out of reach, FieldError for a city outside the province or a code that is taken, StaleRecord
    where somebody else saved first, LikesFound where the policy of duplicates wants a decision or forbids it.
    """
    is_new = customer is None
    _check_may_save(session, customer, actor, pooled)
    customer = customer or _new_customer(session, values, actor, pooled)
    check_version(customer, opened_version)
    main = None if is_new else main_contact(session, customer)
    check_duplicates(session, None if is_new else customer, main, values, confirmed_ids)
    _check_places(session, values)
    set_name(customer, values)
    assign(customer, values, tuple(PLAIN_KEYS))
    _fill_region(session, customer)
    if not is_new and values.get("registered_on"):
        customer.registered_on = values["registered_on"]
    set_code(session, customer, "customers", values.get("code"), actor)
    stamp(customer, actor)
    if is_new:
        customer.level_id, customer.status_id = values.get("level_id"), values.get("status_id")
        session.add(customer)
        session.flush()
        session.add(CustomerEvent(**customer_events.created_row(customer.id, customer.owner_id, actor)))
    else:
        change_level(session, customer, values.get("level_id", customer.level_id), actor)
        change_status(session, customer, values.get("status_id", customer.status_id), actor)
    refresh_idle(customer)
    save_main_contact(session, customer, main, values, actor)
    session.flush()
    return customer


def _check_may_save(session: Session, customer: Customer | None, actor: Actor, pooled: bool) -> None:
    if customer is None and pooled:
        if not policy.may(actor.rights, "customers", ADD_TO_POOL):
            raise NotAllowed(policy.NO_RIGHT)
    else:
        policy.check_save(session, actor, "customers", customer)


def _new_customer(session: Session, values: Mapping[str, Any], actor: Actor, pooled: bool) -> Customer:
    registered_on = values.get("registered_on") or clock.day_of(actor.now, actor.zone)
    owner_id = None if pooled else _first_owner(session, values.get("owner_id"), actor)
    return Customer(registered_on=registered_on, **ownership_values(owner_id, actor))


def _first_owner(session: Session, owner_id: int | None, actor: Actor) -> int:
    """The person, or another one within the reach of the right to assign (C-7)."""
    if owner_id is None or owner_id == actor.user_id:
        return actor.user_id
    if not policy.is_assignable(session, actor, owner_id):
        raise FieldError("owner_id", policy.NOT_TO_THEM)
    return owner_id


def ownership_values(owner_id: int | None, actor: Actor) -> dict[str, Any]:
    """The ownership columns of a new customer: idle days count from now, and none in the pool (Q-4)."""
    since = None if owner_id is None else actor.now
    pool = POOL if owner_id is None else OWNED
    return {"owner_id": owner_id, "owned_since": since, "idle_since": idle_since(None, since), "pool": pool}


def _check_places(session: Session, values: Mapping[str, Any]) -> None:
    check_city(session, values.get("province_id"), values.get("city_id"))


def check_city(session: Session, province_id: int | None, city_id: int | None) -> None:
    if city_id is None:
        return
    known = Lookups(session).cities.by_id.get(city_id)
    if known is not None and known.parent_id == province_id:
        return
    city = session.get(City, city_id)  # what is known may be a minute old
    if city is None or city.province_id != province_id:
        raise FieldError("city_id", N_("This city is not in the chosen province. Please choose again."))


def _fill_region(session: Session, customer: Customer) -> None:
    """The region follows the province where nobody chose one (C-1)."""
    if customer.region_id is None and customer.province_id is not None:
        province = session.get(Province, customer.province_id)
        customer.region_id = province.region_id if province else None
