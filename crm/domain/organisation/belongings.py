"""What a person has that is no record of a kind, and that others go on with when the person leaves (A-2).

Each feature declares its own; records of kinds with an owner need no word here.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.entities.record_saving import Actor
from crm.i18n import N_
from crm.models import SavedSearch


@dataclass(frozen=True)
class Belonging:
    """`label` is a message id; `of` one of a kind, for its %(what)s.

    `count` tells how many the people have. `transfer` gives all of them to a person and raises FieldError for
    somebody who cannot go on with them. `receivers` are the ids of those who can; without it everybody can. An
    `optional` one may be left to nobody in particular (None).
    """

    key: str
    label: str
    count: Callable[[Session, Collection[int]], int]
    transfer: Callable[[Session, Collection[int], int | None, Actor], None]
    receivers: Callable[[Session], Any] | None = None
    optional: bool = False
    of: str = ""


_declared: dict[str, Belonging] = {}


def declare_belonging(belonging: Belonging) -> Belonging:
    _declared[belonging.key] = belonging
    return belonging


def belongings() -> tuple[Belonging, ...]:
    return tuple(_declared.values())


def _count_searches(session: Session, people: Collection[int]) -> int:
    statement = select(func.count()).select_from(SavedSearch)
    return session.scalar(statement.where(SavedSearch.user_id.in_(people), SavedSearch.shared)) or 0


def _hand_over_searches(session: Session, people: Collection[int], to: int | None, actor: Actor) -> None:
    for search in session.scalars(select(SavedSearch).where(SavedSearch.user_id.in_(people), SavedSearch.shared)):
        search.user_id = to if to is not None else search.user_id
    session.flush()


declare_belonging(Belonging("shared_searches", N_("Shared searches"), _count_searches, _hand_over_searches))
