"""What saving has in common: the version a person opened, the stamps, the assignment of values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import inspect
from sqlalchemy.orm import Session, object_session
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE

from crm.errors import DomainError, StaleRecord
from crm.i18n import N_
from crm.models import Rights
from crm.models.custom_values import is_custom, with_values


@dataclass(frozen=True)
class Actor:
    """Who does something: their rights, the moment, the firm's time zone, the network address."""

    rights: Rights
    now: datetime
    zone: ZoneInfo
    address: str = ""

    @property
    def user_id(self) -> int:
        return self.rights.user_id


def system_actor(now: datetime, zone: ZoneInfo) -> Actor:
    """The system as the actor of scheduled jobs: the ledger then names no person."""
    return Actor(Rights(0, 0), now, zone)


NOT_SEEN = -1
"""The version of a form that names none: no record has it, so every save by it is refused."""


def check_version(record: Any, opened_version: int | None) -> None:
    """Refuse a save of what somebody else changed meanwhile (hostile case 34), or of what was not seen at all.

    None is for callers that change what is there, whatever it is: jobs, imports, steps of a workflow.
    """
    if getattr(record, "id", 0) is not None and opened_version is not None:
        check_version_number(record.version, opened_version)


def check_version_number(version: int, opened_version: int) -> None:
    if opened_version == NOT_SEEN:
        raise StaleRecord(N_("This form does not say which version it was based on. Please compare and save again."))
    if version != opened_version:
        raise StaleRecord(N_("Someone else saved this in the meantime. Please compare and save again."))


CHANGED = N_("It was changed after you opened it. Please look at it again before you decide.")


def require_version(version: int | None) -> int:
    """The version that the person saw. Raises StaleRecord where none was sent."""
    if version is None:
        raise StaleRecord(CHANGED)
    return version


GONE = N_("It no longer exists, or you do not have access to it.")


def lock_for_update(session: Session, record: Any) -> None:
    """Refresh the record and lock it until the end of the transaction. Raises DomainError where it was deleted."""
    if record is None or record.id is None:
        return
    session.refresh(record, with_for_update=True)
    if record.deleted_at is not None:
        raise DomainError(GONE)


def stamp(record: Any, actor: Actor) -> None:
    """Who made it and when, or that it was changed."""
    if record.id is not None and hasattr(record, "version"):
        record.version += 1
    for key, value in (creation_stamps(actor) if record.id is None else change_stamps(actor)).items():
        setattr(record, key, value)
    inspect(record).info["actor"] = actor


def is_modified(record: Any) -> bool:
    """Whether the flush will write something of it, like `Session.is_modified`, which walks through all attributes
    of the record: here those alone that were set."""
    state = inspect(record)
    if state.mapper.relationships:
        session = object_session(record)
        return session is not None and session.is_modified(record)
    return any(state.get_history(key, PASSIVE_NO_INITIALIZE).has_changes() for key in tuple(state.committed_state))


def creation_stamps(actor: Actor) -> dict[str, Any]:
    """The stamps of a new record."""
    return {"created_at": actor.now, "created_by_id": actor.user_id or None, **change_stamps(actor)}


def change_stamps(actor: Actor) -> dict[str, Any]:
    """The stamp of a change."""
    return {"updated_at": actor.now}


def assign(record: Any, values: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    """Set the attributes named in `keys`, and the firm's own fields (D-2); other keys of `values` are ignored."""
    for key in keys:
        if key in values and getattr(record, key) != values[key]:
            setattr(record, key, values[key])
    if any(map(is_custom, values)):
        own = with_values(record.custom, values)
        if own != record.custom:
            record.custom = own


def discard(record: Any, actor: Actor) -> None:
    """Mark as deleted; the recycle bin can bring it back."""
    inspect(record).info["actor"] = actor
    record.deleted_at = actor.now
    record.deleted_by_id = actor.user_id or None
