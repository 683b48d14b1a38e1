"""Verbs of attachments (附件): whoever sees a record sees its files, whoever may save such records adds some."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm.domain.platform.deletion import add_entry, customer_of, owner_id_of
from crm.domain.platform.settings import read_settings
from crm.domain.platform.stored_files import Received, check_room, put_in_place
from crm.entities import policy
from crm.entities.record_saving import GONE, Actor, discard, stamp
from crm.entities.registry import entities, entity, entity_of
from crm.entities.undo import recorded
from crm.errors import DomainError, NotAllowed, NotFound
from crm.i18n import N_
from crm.models import Attachment, Deletion, StoredFile
from crm.models.attachments import ATTACHMENTS
from crm.models.deletions import RESTORABLE_FOR

MAX_OF_RECORD = 200
MAX_NAME_LENGTH = 200
FULL = N_("A record holds at most %(count)s files. Please delete some first.")
NOT_YOURS = N_("Only who sent it, or who may change the record, can delete it.")


def shown_name(sent: str) -> str:
    """What the sender calls it: the last part of a path, on one line, with what can be seen; at most 200 characters,
    of which the ending stays."""
    last = sent.replace("\\", "/").rsplit("/", 1)[-1]
    visible = (" " if c.isspace() else c for c in last if (c.isprintable() or c.isspace()) and c not in '<>:"|?*')
    name = " ".join("".join(visible).split()).strip(". ")
    if len(name) > MAX_NAME_LENGTH:
        stem, dot, ending = name.rpartition(".")
        ending = f"{dot}{ending}" if stem and len(ending) <= 10 else ""
        name = name[: MAX_NAME_LENGTH - len(ending)] + ending
    return name or "file"


def attached_kinds() -> list[str]:
    """The kinds of record that can have attachments: all of them."""
    return [kind.key for kind in entities()]


def attachments_of(record: Any) -> Select[Any]:
    """The attachments of a record with their files, the newest first."""
    statement: Any = select(Attachment, StoredFile).join(StoredFile, StoredFile.digest == Attachment.digest)
    hanging: Select[Any] = statement.where(*_at(record), Attachment.deleted_at.is_(None))
    return hanging.order_by(Attachment.id.desc())


def deleted_of(record: Any) -> Select[Any]:
    statement = select(Attachment).where(*_at(record), Attachment.deleted_at.is_not(None))
    return statement.order_by(Attachment.deleted_at.desc(), Attachment.id.desc())


def _at(record: Any) -> tuple[Any, ...]:
    return Attachment.kind == entity_of(record).key, Attachment.record_id == record.id


def number_of(session: Session, record: Any) -> int:
    statement = select(func.count(Attachment.id)).where(*_at(record), Attachment.deleted_at.is_(None))
    return session.scalar(statement) or 0


def may_attach(session: Session, actor: Actor, record: Any) -> bool:
    """Whether the right to save such records reaches this one, decided or not: a signed contract comes in later."""
    return policy.reaches(session, actor, policy.CHANGE, record)


def attach(
    session: Session, record: Any, files: Sequence[Received], pictured: Sequence[Path], actor: Actor, folder: Path
) -> list[Attachment]:
    """Hang the files on the record; one that hangs there under the same name already is not hung twice.

    Raises NotAllowed out of reach, DomainError where the record is full.
    """
    if not may_attach(session, actor, record):
        raise NotAllowed(policy.OUT_OF_REACH)
    known = {(attachment.digest, attachment.name) for attachment, _file in session.execute(attachments_of(record))}
    new_files = list(
        {(file.digest, file.name): file for file in files if (file.digest, file.name) not in known}.values()
    )
    if len(known) + len(new_files) > MAX_OF_RECORD:
        raise DomainError(FULL, count=MAX_OF_RECORD)
    check_room(session, new_files, read_settings(session).attachments_gb)
    kind, attachments = entity_of(record), []
    for file in new_files:
        put_in_place(folder, file)
        _note(session, file, file.path in pictured, actor)
        attachment = Attachment(kind=kind.key, record_id=record.id, digest=file.digest, name=file.name)
        stamp(attachment, actor)
        session.add(attachment)
        attachments.append(attachment)
    session.flush()
    return attachments


def _note(session: Session, file: Received, pictured: bool, actor: Actor) -> None:
    stored = session.get(StoredFile, file.digest)
    if stored is None:
        stored = StoredFile(digest=file.digest, size=file.size, media_type=file.media_type, stored_at=actor.now)
        session.add(stored)
    stored.pictured = stored.pictured or pictured
    session.flush()


def attachment_for(session: Session, actor: Actor, number: int, deleted: bool = False) -> tuple[Attachment, Any]:
    """The attachment with its record, if the person may see that. Raises NotFound."""
    attachment = session.get(Attachment, number)
    if (
        attachment is None
        or (attachment.deleted_at is not None) is not deleted
        or attachment.kind not in attached_kinds()
    ):
        raise NotFound(GONE)
    return attachment, policy.get_for(session, actor, entity(attachment.kind), attachment.record_id)


def delete_refusal(session: Session, actor: Actor, attachment: Attachment, record: Any) -> DomainError | None:
    """Who sent it may take it away, and who may change the record now (not an approved order)."""
    if may_attach(session, actor, record) and attachment.created_by_id == actor.user_id:
        return None
    return None if policy.can(session, actor, policy.CHANGE, record) else NotAllowed(NOT_YOURS)


def delete_attachment(session: Session, attachment: Attachment, record: Any, actor: Actor) -> None:
    """Raises NotAllowed for whom it is not theirs to delete."""
    refusal = delete_refusal(session, actor, attachment, record)
    if refusal is not None:
        raise refusal
    kind, customer = entity_of(record), record if entity_of(record).key == "customers" else customer_of(session, record)
    with recorded(session) as work:
        discard(attachment, actor)
        stamp(attachment, actor)
        session.flush()
    entry = Deletion(kind=ATTACHMENTS, record_id=attachment.id, name=attachment.name, counts=[])
    entry.customer_name = customer.name if customer is not None else kind.name_of(record)[:200]
    entry.owner_id = owner_id_of(record, customer)
    add_entry(session, entry, work.written(), actor)


def restore_attachment(session: Session, attachment: Attachment, record: Any, actor: Actor) -> None:
    """Bring it back from the page of its record; its entry of the recycle bin is gone then."""
    if not may_attach(session, actor, record):
        raise NotAllowed(policy.OUT_OF_REACH)
    attachment.deleted_at = attachment.deleted_by_id = None
    stamp(attachment, actor)
    entries = select(Deletion).where(Deletion.kind == ATTACHMENTS, Deletion.record_id == attachment.id)
    for entry in session.scalars(entries):
        session.delete(entry)
    session.flush()


def drop_deleted(session: Session, actor: Actor) -> int:
    """For good, what was deleted a month ago; its file follows when nothing else hangs on it."""
    old = session.scalars(select(Attachment).where(Attachment.deleted_at < actor.now - RESTORABLE_FOR)).all()
    for attachment in old:
        session.delete(attachment)
    session.flush()
    return len(old)


def has_deleted(session: Session, actor: Actor) -> bool:
    return (
        session.scalar(select(Attachment.id).where(Attachment.deleted_at < actor.now - RESTORABLE_FOR).limit(1))
        is not None
    )
