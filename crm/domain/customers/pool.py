"""Verbs of the pool: assigned, claimed, handed on, put back (Q-1 to Q-3, C-7)."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import Session

from crm import clock
from crm.domain.customers.customer_events import OWNER
from crm.domain.customers.customers import move_customer
from crm.domain.customers.former_owners import claimable_from, previous_owned_since
from crm.domain.customers.owners import require_owner
from crm.domain.office.notices import notify
from crm.domain.platform.settings import read_settings
from crm.entities import policy
from crm.entities.record_saving import Actor, lock_for_update
from crm.errors import DomainError, FieldError, NotAllowed
from crm.i18n import N_
from crm.models import Customer, CustomerEvent, Permission, Rights, User
from crm.models.customers import POOL
from crm.models.rights import in_scope

ASSIGNED, CLAIMED, TRANSFERRED, RELEASED = (
    N_("Assigned from the pool"),
    N_("Claimed from the pool"),
    N_("Owner changed"),
    N_("Move to the pool"),
)
"""The reasons in the ledger; the history shows them in the reader's language."""

HAND_OVER, RELEASE, ASSIGN, CLAIM = "hand_over", "release", "assign", "claim"

ASSIGNED_NOTICE = "assigned"
TAKEN = N_("This customer already belongs to %(name)s.")
LOST_OF_LATE = N_("This customer was yours recently. You can claim it again from %(day)s; others can claim it now.")
JUST_NOW = timedelta(hours=1)
"""So long a page of the pool may stay open and its customers still be asked for by name."""


def movable_by(rights: Rights) -> ColumnElement[bool]:
    """Customers that the person may hand on or let go: their own with `save`, others' with `assign` in scope (C-7)."""
    own = Customer.owner_id == rights.user_id if rights.may(Permission.CUSTOMERS_SAVE) else false()
    of_others = and_(Customer.owner_id.is_not(None), in_scope(Customer.owner_id, rights, Permission.CUSTOMERS_ASSIGN))
    return and_(Customer.deleted_at.is_(None), or_(own, of_others))


def _surely_movable(rights: Rights, customer: Customer) -> bool | None:
    own = customer.owner_id == rights.user_id and rights.may(Permission.CUSTOMERS_SAVE)
    return True if own else None


def _releasable_by(rights: Rights) -> ColumnElement[bool]:
    """Those in a pool too: they are refused with the reason."""
    return and_(Customer.deleted_at.is_(None), or_(movable_by(rights), Customer.owner_id.is_(None)))


def _all_of_the_pool(rights: Rights, customer: Customer) -> bool:
    """The right reaches every customer of the pools (Q-2); for owned ones the guard names the owner."""
    return True


policy.declare_action(
    "customers",
    HAND_OVER,
    Permission.CUSTOMERS_SAVE,
    Permission.CUSTOMERS_ASSIGN,
    reached=movable_by,
    known=_surely_movable,
    refusal=N_("Only its owner, or someone who assigns customers, can transfer this customer."),
)
policy.declare_action(
    "customers",
    RELEASE,
    Permission.CUSTOMERS_SAVE,
    Permission.CUSTOMERS_ASSIGN,
    reached=_releasable_by,
    known=_surely_movable,
    refusal=N_("Only its owner, or someone who assigns customers, can move this customer to the pool."),
)
policy.declare_action("customers", ASSIGN, Permission.POOL_ASSIGN, known=_all_of_the_pool, refusal=policy.NO_RIGHT)
policy.declare_action(
    "customers",
    CLAIM,
    Permission.POOL_CLAIM,
    known=_all_of_the_pool,
    refusal=N_("Customers cannot be claimed. Please ask your manager to assign them."),
)


@policy.guard("customers", RELEASE)
def _has_an_owner(session: Session, customer: Customer, actor: Actor) -> DomainError | None:
    if customer.owner_id is not None:
        return None
    return DomainError(N_("This customer is already in the pool."))


@policy.guard("customers", ASSIGN, CLAIM)
def _in_pool(session: Session, customer: Customer, actor: Actor) -> DomainError | None:
    if customer.owner_id is None:
        return None
    return DomainError(TAKEN, name=session.get_one(User, customer.owner_id).name)


@policy.guard("customers", CLAIM)
def _may_claim_now(session: Session, customer: Customer, actor: Actor) -> DomainError | None:
    """So many, and not what the person gave back of late: that would make an idle customer young again (Q-3, Q-5)."""
    day = claimable_from(session, customer, actor)
    return claim_refusal(session, actor) or (None if day is None else DomainError(LOST_OF_LATE, day=day))


def assignment_action(customer: Customer) -> str:
    """The action that gives the customer another owner: from a pool, or from its owner."""
    return ASSIGN if customer.owner_id is None else HAND_OVER


def transfer_customer(session: Session, customer: Customer, actor: Actor, owner_id: int, tell: bool = True) -> Customer:
    """變更客戶所屬人. Raises NotAllowed for who may not, DomainError where nothing would change."""
    lock_for_update(session, customer)
    owner = require_owner(session, owner_id)
    policy.check(session, actor, HAND_OVER, customer)
    if customer.owner_id == owner.id:
        raise FieldError("owner_id", TAKEN, name=owner.name)
    decided = owner.id != actor.user_id and may_assign(session, customer, actor)
    since = None if decided else previous_owned_since(session, customer, owner.id, actor)
    move_customer(session, customer, actor, owner.id, reason=TRANSFERRED, since=since)
    session.flush()
    if tell:
        notify_new_owner(session, customer, actor)
    return customer


def may_assign(session: Session, customer: Customer, actor: Actor) -> bool:
    """Whether the person decides to whom the customer belongs, and not as its owner alone."""
    reach = in_scope(Customer.owner_id, actor.rights, Permission.CUSTOMERS_ASSIGN)
    return session.scalar(select(Customer.id).where(Customer.id == customer.id, reach)) is not None


def release_customer(session: Session, customer: Customer, actor: Actor) -> Customer:
    """放入客戶池. Raises NotAllowed for who may not, DomainError where it lies in a pool already."""
    lock_for_update(session, customer)
    policy.check(session, actor, RELEASE, customer)
    move_customer(session, customer, actor, None, POOL, RELEASED)
    session.flush()
    return customer


def assign_customer(session: Session, customer: Customer, actor: Actor, owner_id: int, tell: bool = True) -> Customer:
    """分配: a customer of either pool gets an owner, who is notified (Q-2)."""
    owner = require_owner(session, owner_id)
    lock_for_update(session, customer)
    policy.check(session, actor, ASSIGN, customer)
    own = owner.id == actor.user_id
    since = previous_owned_since(session, customer, owner.id, actor) if own else None
    move_customer(session, customer, actor, owner.id, reason=ASSIGNED, since=since)
    session.flush()
    if tell:
        notify_new_owner(session, customer, actor)
    return customer


def claim_customer(session: Session, customer: Customer, actor: Actor) -> Customer:
    """領取: whoever comes first has it; others are told who that was (Q-3)."""
    # The person's row is held too, so that two claims at once cannot pass the limits together.
    session.execute(select(User.id).where(User.id == actor.user_id).with_for_update()).all()
    lock_for_update(session, customer)
    policy.check(session, actor, CLAIM, customer)
    since = previous_owned_since(session, customer, actor.user_id, actor)
    move_customer(session, customer, actor, actor.user_id, reason=CLAIMED, since=since)
    session.flush()
    return customer


def claim_refusal(session: Session, actor: Actor) -> DomainError | None:
    """Why this person cannot claim now; None where they can."""
    firm = read_settings(session)
    if not firm.claim_on or not policy.may(actor.rights, "customers", CLAIM):
        return NotAllowed(N_("Customers cannot be claimed. Please ask your manager to assign them."))
    if not actor.rights.may(Permission.CUSTOMERS_SAVE):
        return NotAllowed(N_("You cannot own customers. Please ask an administrator for the permission."))
    claims, refusal = claims_left(session, actor)
    return refusal if claims <= 0 else None


def claims_left(session: Session, actor: Actor) -> tuple[int, DomainError]:
    """How many more customers the person may claim now, and the refusal of another one."""
    firm = read_settings(session)
    owned = owned_count(session, actor.user_id)
    room, today = firm.claim_most_owned - owned, firm.claim_most_a_day - claimed_today(session, actor)
    if room <= today:
        return room, DomainError(
            N_("You have %(owned)s customers; with %(most)s or more you cannot claim another one."),
            owned=owned,
            most=firm.claim_most_owned,
        )
    return today, DomainError(
        N_("You have claimed %(most)s customers today, which is the daily limit. Please come back tomorrow."),
        most=firm.claim_most_a_day,
    )


_OWNED = (
    select(func.count())
    .select_from(Customer)
    .where(Customer.owner_id == bindparam("user_id", type_=Integer), Customer.deleted_at.is_(None))
)
_CLAIMS = (
    select(func.count())
    .select_from(CustomerEvent)
    .where(
        CustomerEvent.kind == OWNER,
        CustomerEvent.at >= bindparam("since", type_=CustomerEvent.at.type),
        CustomerEvent.by_id == bindparam("user_id", type_=Integer),
        CustomerEvent.after_id == CustomerEvent.by_id,
        CustomerEvent.reason == CLAIMED,
    )
)
"""Made once: every page of a pool asks both."""


def owned_count(session: Session, user_id: int) -> int:
    return session.scalar(_OWNED, {"user_id": user_id}) or 0


def claimed_today(session: Session, actor: Actor) -> int:
    """How many customers the person took from the pools on this day of the firm."""
    since = clock.start_of(clock.day_of(actor.now, actor.zone), actor.zone)
    return session.scalar(_CLAIMS, {"since": since, "user_id": actor.user_id}) or 0


def claimable_customers(actor: Actor) -> Select[Customer]:
    """Customers of the pools, and those that have just left one: then the refusal says who was faster (Q-3)."""
    if not actor.rights.may(Permission.POOL_VIEW):
        return select(Customer).where(false())
    just_left = select(CustomerEvent.id).where(
        CustomerEvent.customer_id == Customer.id,
        CustomerEvent.kind == OWNER,
        CustomerEvent.before_id.is_(None),
        CustomerEvent.at >= actor.now - JUST_NOW,
    )
    in_pool = Customer.owner_id.is_(None)
    return select(Customer).where(Customer.deleted_at.is_(None), or_(in_pool, just_left.exists()))


def notify_new_owner(session: Session, customer: Customer, actor: Actor) -> None:
    """Notify the new owner of one customer; nobody is notified of what they did themselves (F-4)."""
    if customer.owner_id is None or customer.owner_id == actor.user_id:
        return
    values = {"name": customer.name, "person": _name_of(session, actor.user_id)}
    message = N_("%(person)s assigned the customer %(name)s to you.")
    notify(session, customer.owner_id, ASSIGNED_NOTICE, message, values, f"/customers/{customer.id}", actor.now)


def notify_new_owner_of_many(session: Session, count: int, actor: Actor, owner_id: int) -> None:
    """Notify the new owner of several customers by one notice."""
    if not count or owner_id == actor.user_id:
        return
    values = {"count": count, "person": _name_of(session, actor.user_id)}
    message = N_("%(person)s assigned %(count)s customers to you.")
    notify(session, owner_id, ASSIGNED_NOTICE, message, values, "/customers", actor.now)


def _name_of(session: Session, user_id: int) -> str:
    person = session.get(User, user_id)
    return person.name if person else ""
