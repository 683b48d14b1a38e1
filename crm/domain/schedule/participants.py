"""Who takes part in a schedule item besides whom it belongs to (S-2)."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from crm.domain.customers.owners import ACTIVE, permission_holders
from crm.entities.batches import in_batches
from crm.entities.change_log import log_related_change
from crm.errors import FieldError
from crm.i18n import N_
from crm.models import Permission, ScheduleItem, ScheduleParticipant, User
from crm.models.table_versions import invalidate


def possible_participants(session: Session, owner_id: int) -> list[User]:
    """Colleagues who have a schedule to see it in."""
    can_see = User.id.in_(permission_holders(Permission.SCHEDULE_VIEW))
    statement = select(User).where(*ACTIVE, can_see, User.id != owner_id)
    return list(session.scalars(statement.order_by(User.pinyin, User.id)))


def participants(session: Session, item_id: int | None) -> set[int]:
    """The ids of those who take part; none yet in what is not saved."""
    statement = select(ScheduleParticipant.user_id).where(ScheduleParticipant.item_id == item_id)
    return set(session.scalars(statement)) if item_id else set()


def participants_of(session: Session, item_ids: Collection[int]) -> dict[int, set[int]]:
    """Item → those who take part."""
    people: dict[int, set[int]] = defaultdict(set)
    for ids in in_batches(item_ids):
        row = ScheduleParticipant
        for item_id, user_id in session.execute(select(row.item_id, row.user_id).where(row.item_id.in_(ids))):
            people[item_id].add(user_id)
    return people


def check_participants(session: Session, item: ScheduleItem, new_ids: Iterable[int]) -> set[int]:
    """Who is to take part, without the owner. Raises FieldError for somebody who cannot be asked.

    Who took part before stays possible, also after leaving the firm.
    """
    chosen = set(new_ids) - {item.owner_id}
    possible = {user.id for user in possible_participants(session, item.owner_id)}
    if chosen - possible - participants(session, item.id):
        raise FieldError("participants", N_("Please choose colleagues who use the schedule."))
    return chosen


def set_participants(session: Session, items: Collection[ScheduleItem], people: Collection[int]) -> None:
    """Exactly these take part in each of the items."""
    invalidate(session, ScheduleParticipant.__tablename__)
    ids = [item.id for item in items]
    before, after = participants_of(session, ids), sorted(people) or None
    for item in items:
        log_related_change(session, item, "participants", sorted(before[item.id]) or None, after)
    for batch in in_batches(ids):
        session.execute(delete(ScheduleParticipant).where(ScheduleParticipant.item_id.in_(batch)))
    rows = [{"item_id": item_id, "user_id": user_id} for item_id in ids for user_id in sorted(people)]
    if rows:
        session.execute(insert(ScheduleParticipant), rows)
