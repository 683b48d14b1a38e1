"""What people leave behind, and who goes on with it (A-2).

Whatever has an owner is read from the kinds of record, so that none is forgotten; what is no record of a kind is
declared in `belongings`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm.domain.customers.customers import change_owner, move_customer
from crm.domain.customers.owners import ACTIVE, permission_holders
from crm.domain.organisation.belongings import belongings
from crm.domain.platform.recycle_bin import settled_after_restoring
from crm.entities import policy
from crm.entities.entity import Entity
from crm.entities.record_saving import Actor
from crm.entities.registry import belonging_to, entities, entity_of
from crm.entities.undo import UnrevertedRow
from crm.errors import FieldError, NotAllowed
from crm.i18n import N_
from crm.models import Customer, Deletion, Permission, User
from crm.models.customers import OWNED
from crm.models.customers import POOL as IN_POOL
from crm.models.rights import in_scope

POOL = 0
"""Instead of a person: the customer pool."""
LEFT = N_("The owner left the company")
"""The reason in the customers' ledger."""
NOBODY = N_("Please choose who takes over.")
CANNOT = N_("This person has no permission to work with these. Please choose someone else.")
NOT_YOURS = N_("These people have records that you may not assign to others. Please ask an administrator.")


@dataclass(frozen=True)
class Handover:
    """Who takes over. `successor` gets whatever nothing else is said of.

    `kinds` are the people for a kind of record (its key), `levels` those for customers of a level (its id, 0 for
    customers without one), POOL for the customer pool. `belongings` are the people for what is no record of a kind;
    an optional one may be given to nobody in particular (None).
    """

    successor: int | None = None
    kinds: Mapping[str, int] = field(default_factory=dict)
    levels: Mapping[int, int] = field(default_factory=dict)
    belongings: Mapping[str, int | None] = field(default_factory=dict)

    def of_kind(self, key: str) -> int | None:
        return self.kinds.get(key, self.successor)

    def of_customer(self, level_id: int | None) -> int | None:
        return self.levels.get(level_id or 0, self.of_kind("customers"))

    def people(self) -> set[int]:
        """Everybody whom the handover names as a successor."""
        named = {self.successor, *self.kinds.values(), *self.levels.values(), *self.belongings.values()}
        return {user_id for user_id in named if user_id}

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it."""
        levels = {str(key): person for key, person in self.levels.items()}
        return {
            "successor": self.successor,
            "kinds": dict(self.kinds),
            "levels": levels,
            "belongings": dict(self.belongings),
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Handover":
        levels = {int(key): person for key, person in stored["levels"].items()}
        return cls(stored["successor"], stored["kinds"], levels, stored["belongings"])


KindCounts = list[tuple[Entity, int]]


@dataclass(frozen=True)
class LeftBehind:
    """What people leave behind: the records that somebody takes over, those that keep their name, customers by level
    (its id), what goes along with the customers, and their `belongings` by key."""

    open: KindCounts
    staying: KindCounts
    levels: list[tuple[int | None, int]]
    along: KindCounts
    belongings: dict[str, int]

    @property
    def total(self) -> int:
        """How many records change hands."""
        return sum(count for _kind, count in self.open)

    @property
    def needs_successor(self) -> bool:
        return bool(
            self.total
            or any(not belonging.optional and self.belongings.get(belonging.key) for belonging in belongings())
        )


def owned_kinds() -> list[Entity]:
    """The kinds whose records have an owner, customers first: open work goes along with them."""
    return sorted((kind for kind in entities() if kind.owner), key=lambda kind: kind.key != "customers")


def _records_of(kind: Entity, people: Collection[int]) -> Select[Any]:
    model = kind.model
    return select(model).where(getattr(model, kind.owner).in_(people), model.deleted_at.is_(None))


def _count_of(statement: Select[Any]) -> Any:
    return statement.with_only_columns(func.count()).scalar_subquery()


def left_behind(session: Session, people: Collection[int]) -> LeftBehind:
    """Counted in three statements, beside those of the belongings."""
    kinds = owned_kinds()
    records_of_kinds = [_records_of(kind, people) for kind in kinds]
    open_ones = [
        _count_of(records.where(kind.left_by_owner())) for kind, records in zip(kinds, records_of_kinds, strict=True)
    ]
    counts = session.execute(select(*open_ones, *map(_count_of, records_of_kinds))).one()
    taken_over = list(zip(kinds, counts[: len(kinds)], strict=True))
    staying = [(kind, every - n) for (kind, n), every in zip(taken_over, counts[len(kinds) :], strict=True)]
    by_level = select(Customer.level_id, func.count()).where(Customer.owner_id.in_(people))
    levels = session.execute(by_level.where(Customer.deleted_at.is_(None)).group_by(Customer.level_id)).all()
    return LeftBehind(
        [(kind, count) for kind, count in taken_over if count],
        [(kind, count) for kind, count in staying if count],
        [(level, count) for level, count in levels],
        _going_along(session, people),
        {belonging.key: count for belonging in belongings() if (count := belonging.count(session, people))},
    )


def _going_along(session: Session, people: Collection[int]) -> KindCounts:
    """What belongs to their customers and has no owner of its own."""
    links = [(kind, link) for kind, link in belonging_to("customers") if not kind.owner]
    if not links:
        return []
    customers = select(Customer.id).where(Customer.owner_id.in_(people), Customer.deleted_at.is_(None))
    numbers = [
        _count_of(
            select(kind.model).where(
                getattr(kind.model, link.attribute).in_(customers), kind.model.deleted_at.is_(None)
            )
        )
        for kind, link in links
    ]
    counts = session.execute(select(*numbers)).one()
    return [(kind, count) for (kind, _link), count in zip(links, counts, strict=True) if count]


def receivers(actor: Actor, excluded: Collection[int] = ()) -> Select[Any]:
    """The ids of the people to whom this person may hand over: active ones within the reach of the right to assign."""
    receiver_ids: Select[Any] = policy.assignable_people(actor).where(User.id.not_in(excluded))
    return receiver_ids


def receivers_of(kind: Entity, actor: Actor, excluded: Collection[int] = ()) -> Select[Any]:
    """Those of them who work with records of the kind."""
    return receivers(actor, excluded).where(User.id.in_(permission_holders(kind.permission("save"))))


def check_may_hand_over(session: Session, people: Collection[int], actor: Actor) -> None:
    """Whoever hands over decides to whom records belong: the right to assign must reach their present owners.

    Raises NotAllowed. Without this rule, who keeps the organisation could give themselves everybody's customers.
    """
    reached = in_scope(User.id, actor.rights, Permission.CUSTOMERS_ASSIGN)
    reached_ids = set(session.scalars(select(User.id).where(User.id.in_(people), reached)))
    if set(people) - reached_ids:
        raise NotAllowed(NOT_YOURS)


def check_receivers(
    session: Session, people: Collection[int], handover: Handover, left: LeftBehind, actor: Actor
) -> None:
    """Raises FieldError beside the choice that cannot be: nobody, somebody who left or leaves, or without the right."""
    if left.needs_successor or left.levels:
        check_may_hand_over(session, people, actor)
    for kind, _count in left.open:
        allowed = set(session.scalars(receivers_of(kind, actor, people)))
        if kind.key == "customers":
            _check_customers(handover, left, allowed)
        else:
            _check_one(handover.of_kind(kind.key), allowed, _field(handover, kind.key))
    everybody = set(session.scalars(select(User.id).where(*ACTIVE, User.id.not_in(people))))
    for belonging in belongings():
        if belonging.key in left.belongings:
            to = handover.belongings.get(belonging.key, None if belonging.optional else handover.successor)
            if to is None and belonging.optional:
                continue
            own = belonging.key in handover.belongings or belonging.receivers is not None
            allowed = (
                set(session.scalars(belonging.receivers(session))) - set(people) if belonging.receivers else everybody
            )
            _check_one(to, allowed, f"belonging_{belonging.key}" if own else "successor")


def _field(handover: Handover, key: str) -> str:
    return f"kind_{key}" if key in handover.kinds else "successor"


def _check_customers(handover: Handover, left: LeftBehind, allowed: Collection[int]) -> None:
    for level_id, _count in left.levels:
        own = (level_id or 0) in handover.levels
        to = handover.of_customer(level_id)
        if to != POOL:
            _check_one(to, allowed, f"level_{level_id or 0}" if own else _field(handover, "customers"))


def _check_one(person: int | None, allowed: Collection[int], name: str) -> None:
    if not person:
        raise FieldError(name, NOBODY)
    if person not in allowed:
        raise FieldError(name, CANNOT)


def hand_over_records(
    session: Session, people: Collection[int], handover: Handover, actor: Actor, limit: int | None = None
) -> int:
    """Give what they left to whoever takes over, at most so many records; returns how many.

    Customers go first, with the open work that goes along with them (C-7), then what they have elsewhere. Each record
    is whole after it: a long one may stop between two and go on later. The receivers were checked.
    """
    done = _hand_over_customers(session, people, handover, actor, limit)
    for kind in owned_kinds():
        if kind.key == "customers" or (limit is not None and done >= limit):
            continue
        statement = _records_of(kind, people).where(kind.left_by_owner()).order_by(kind.model.id).with_for_update()
        to = handover.of_kind(kind.key)
        for record in session.scalars(statement.limit(limit - done if limit is not None else None)).all():
            if to:
                change_owner(session, kind, record, to, actor)
                done += 1
        session.flush()
    return done


def _hand_over_customers(
    session: Session, people: Collection[int], handover: Handover, actor: Actor, limit: int | None
) -> int:
    """A customer goes to the successor for its level, else to the one for customers; open work of a kind that has
    another successor goes there at once."""

    def elsewhere(kind: str, owner_id: int) -> int | None:
        return handover.kinds.get(kind) if owner_id in people else None

    statement = select(Customer).where(Customer.owner_id.in_(people), Customer.deleted_at.is_(None))
    customers = session.scalars(statement.order_by(Customer.id).limit(limit).with_for_update()).all()
    for customer in customers:
        to = handover.of_customer(customer.level_id)
        pool = IN_POOL if to == POOL else OWNED
        move_customer(session, customer, actor, to or None, pool, LEFT, elsewhere=elsewhere)
    session.flush()
    return len(customers)


def hand_over_belongings(
    session: Session, people: Collection[int], handover: Handover, left: LeftBehind, actor: Actor
) -> None:
    """What is no record of a kind. Raises FieldError for somebody who cannot go on with it."""
    for belonging in belongings():
        to = handover.belongings.get(belonging.key, None if belonging.optional else handover.successor)
        belonging.transfer(session, people, to, actor)


@settled_after_restoring(policy.EVERY_KIND)
def _find_another_owner(
    session: Session, record: Any, entry: Deletion, unreverted: Sequence[UnrevertedRow], actor: Actor
) -> None:
    """What comes out of the recycle bin does not come back to somebody who left meanwhile: a customer goes into the
    pool, other open work to the customer's owner or to whoever restores it."""
    kind = entity_of(record)
    owner = session.get(User, getattr(record, kind.owner) or 0) if kind.owner else None
    if owner is None or owner.deleted_at is None:
        return
    open_one = select(kind.model.id).where(kind.model.id == record.id, kind.left_by_owner())
    if session.scalar(open_one) is None:
        return
    if isinstance(record, Customer):
        move_customer(session, record, actor, None, IN_POOL, LEFT)
        return
    customer = session.get(Customer, getattr(record, "customer_id", None) or 0)
    heir = session.get(User, customer.owner_id or 0) if customer is not None else None
    change_owner(session, kind, record, heir.id if heir is not None and heir.is_active else actor.user_id, actor)
