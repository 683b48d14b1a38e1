"""衝突: what stands in the way of an item that was saved all the same (S-1)."""

from flask import flash
from sqlalchemy import select

from crm.domain.schedule.invitations import format_time
from crm.domain.schedule.overlaps import Overlap, overlaps_of
from crm.domain.schedule.series import items_saved_with
from crm.extensions import db
from crm.models import ScheduleItem
from crm.web.access import actor, rights
from crm.web.firm_settings import settings
from crm.web.formatting import show_person
from crm.web.translation import gettext as _

MAX_SHOWN = 3


def warn_of_overlaps(item: ScheduleItem) -> None:
    """Beside the message of saving: who has something else at the same time, with the items of a repetition too."""
    for text in overlap_messages(items_saved_with(db.session(), item)):
        flash(text, "warning")


def overlap_messages(items: list[ScheduleItem]) -> list[str]:
    """The first overlaps in words, and how many more there are."""
    overlaps = overlaps_of(db.session(), items, actor())
    titles = _titles_to_tell(overlaps[:MAX_SHOWN])
    texts = [_overlap_text(overlap, titles.get(overlap.other_id)) for overlap in overlaps[:MAX_SHOWN]]
    if len(overlaps) > MAX_SHOWN:
        texts.append(_("And %(count)s more time conflicts.", count=len(overlaps) - MAX_SHOWN))
    return texts


def _titles_to_tell(overlaps: list[Overlap]) -> dict[int, str]:
    """The titles that the reader may see; a colleague's appointment is otherwise only a time."""
    if not overlaps:
        return {}
    statement = select(ScheduleItem.id, ScheduleItem.title).where(
        ScheduleItem.id.in_([overlap.other_id for overlap in overlaps]), ScheduleItem.seen_by(rights())
    )
    return {row.id: row.title for row in db.session.execute(statement)}


def _overlap_text(overlap: Overlap, title: str | None) -> str:
    values = {"person": show_person(overlap.person_id), "when": format_time(overlap.other, settings().zone)}
    if title is None:
        return _("Time conflict: %(person)s already has something on %(when)s.", **values)
    return _("Time conflict: %(person)s already has “%(title)s” on %(when)s.", title=title, **values)
