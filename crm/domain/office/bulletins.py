"""The notice board: notes for everybody, until their last day (W-1)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from crm import clock
from crm.entities.record_saving import Actor, assign, check_version, discard, stamp
from crm.errors import FieldError
from crm.i18n import N_
from crm.models import Bulletin


def check_until(posted_on: date | None, until: date | None) -> None:
    if posted_on is not None and until is not None and until < posted_on:
        raise FieldError("until", N_("The last day is before the first. Please check the dates."))


def save_bulletin(
    session: Session,
    bulletin: Bulletin | None,
    values: Mapping[str, Any],
    actor: Actor,
    opened_version: int | None = None,
) -> Bulletin:
    """Put a note up, or change it. Raises FieldError for a last day before the first, StaleRecord for a late save."""
    bulletin = bulletin or Bulletin()
    check_version(bulletin, opened_version)
    assign(bulletin, values, ("title", "content", "until"))
    bulletin.posted_on = values.get("posted_on") or bulletin.posted_on or clock.day_of(actor.now, actor.zone)
    check_until(bulletin.posted_on, bulletin.until)
    stamp(bulletin, actor)
    session.add(bulletin)
    session.flush()
    return bulletin


def delete_bulletin(session: Session, bulletin: Bulletin, actor: Actor) -> None:
    discard(bulletin, actor)
    session.flush()


def all_bulletins() -> Select[Bulletin]:
    """The newest first."""
    newest = (Bulletin.posted_on.desc(), Bulletin.id.desc())
    return select(Bulletin).where(Bulletin.deleted_at.is_(None)).order_by(*newest)


def posted_bulletins(today: date) -> Select[Bulletin]:
    """The notes that are on the board today."""
    lasting = Bulletin.until.is_(None) | (Bulletin.until >= today)
    return all_bulletins().where(Bulletin.posted_on <= today, lasting)
