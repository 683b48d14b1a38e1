"""可能重複的客戶: the pairs that the policy's attributes find, with reasons (C-4)."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm.domain.customers.duplicates.counting import COLUMNS, is_comparable, sharing
from crm.domain.customers.duplicates.keys import NAME, TAX_NUMBER
from crm.domain.customers.duplicates.matching import RANK, REASONS
from crm.entities import policy
from crm.entities.batches import in_batches
from crm.entities.customers import CUSTOMER
from crm.entities.record_saving import Actor
from crm.models import Customer, NoDuplicate
from crm.models.table_versions import get_or_compute

MAX_OF_ONE_VALUE = 8
"""More customers with one telephone share a switchboard; each is then compared with those next to it only."""
MAX_PAIRS = 20_000
KEPT_SECONDS = 60.0
MANY = 10_000
"""So many ids in one statement; of more than that it is quicker to read all that the person reaches."""
REASON = {NAME: "core"}
"""What an attribute says, where it is not called as the reason."""


@dataclass(frozen=True)
class Pair:
    """Two customers, the one that was there first before the other; `reasons` are keys of REASONS."""

    first_id: int
    second_id: int
    reasons: tuple[str, ...]

    @property
    def why(self) -> tuple[str, ...]:
        return tuple(REASONS[reason] for reason in self.reasons)


def pairs_for(session: Session, attributes: Collection[str], actor: Actor, dismissed: bool = False) -> list[Pair]:
    """The pairs of customers that the person may merge, the likeliest first; or those said to be different ones."""
    chosen = tuple(sorted(attributes))
    tables = ("customers", "contacts")
    pairs: list[Pair] = get_or_compute(("pairs", chosen), tables, lambda: _pairs(session, chosen), KEPT_SECONDS)
    different = {(row[0], row[1]) for row in session.execute(select(NoDuplicate.first_id, NoDuplicate.second_id))}
    pairs = [pair for pair in pairs if ((pair.first_id, pair.second_id) in different) is dismissed]
    reached = _mergeable_ids(session, {id_ for pair in pairs for id_ in (pair.first_id, pair.second_id)}, actor)
    return [pair for pair in pairs if pair.first_id in reached and pair.second_id in reached]


def _mergeable_ids(session: Session, ids: Collection[int], actor: Actor) -> set[int]:
    statement = select(Customer.id).where(policy.reached(CUSTOMER, actor.rights, policy.MERGE))
    if len(ids) > MANY:
        return set(session.scalars(statement))
    return {
        id_ for batch in in_batches(sorted(ids)) for id_ in session.scalars(statement.where(Customer.id.in_(batch)))
    }


def _pairs(session: Session, attributes: Collection[str]) -> list[Pair]:
    reasons_of_pair: dict[tuple[int, int], set[str]] = defaultdict(set)
    for attribute in attributes:
        for column in COLUMNS[attribute]:
            groups: dict[str, dict[int, str | None]] = defaultdict(dict)
            for key, id_, tax in session.execute(sharing(column)):
                groups[key][id_] = tax
            for key, members in groups.items():
                if is_comparable(attribute, key):
                    for pair in _of_group(attribute, members):
                        reasons_of_pair[pair].add(REASON.get(attribute, attribute))
    pairs = [Pair(*ids, tuple(sorted(reasons, key=RANK.__getitem__))) for ids, reasons in reasons_of_pair.items()]
    pairs.sort(key=lambda pair: (RANK[pair.reasons[0]], -len(pair.reasons), pair.first_id, pair.second_id))
    return pairs[:MAX_PAIRS]


def _of_group(attribute: str, members: dict[int, str | None]) -> Iterator[tuple[int, int]]:
    """Customers with different tax numbers are different firms, whatever else they share."""
    ids = sorted(members)
    candidates = combinations(ids, 2) if len(ids) <= MAX_OF_ONE_VALUE else pairwise(ids)
    for first, second in candidates:
        taxes = members[first], members[second]
        if attribute == TAX_NUMBER or None in taxes or taxes[0] == taxes[1]:
            yield first, second


def dismiss(session: Session, first_id: int, second_id: int, actor: Actor) -> None:
    """Remember that the two are different customers; twice is as once. Raises NotFound, NotAllowed out of reach."""
    ids = sorted((first_id, second_id))
    for id_ in ids:
        policy.get_for(session, actor, CUSTOMER, id_, policy.MERGE)
    if session.get(NoDuplicate, tuple(ids)) is None:
        row = NoDuplicate(first_id=ids[0], second_id=ids[1], at=actor.now, by_id=actor.user_id or None)
        session.add(row)
        session.flush()


def show_again(session: Session, first_id: int, second_id: int, actor: Actor) -> None:
    """They may be the same after all."""
    first, second = sorted((first_id, second_id))
    for id_ in (first, second):
        policy.get_for(session, actor, CUSTOMER, id_, policy.MERGE)
    session.execute(delete(NoDuplicate).where(NoDuplicate.first_id == first, NoDuplicate.second_id == second))
