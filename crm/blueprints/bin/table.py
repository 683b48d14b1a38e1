"""The list of the recycle bin's entries."""

from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from crm.domain.platform.purging import purge
from crm.domain.platform.recycle_bin import (
    ALL_COUNTS,
    SIZE,
    entries_seen,
    lines_seen,
    restore,
    summed_counts,
    why_not_restored,
    with_batches,
)
from crm.entities import policy
from crm.entities.listing import Reader
from crm.entities.listing.filters import contains_text, in_period, person_filter
from crm.entities.record_saving import Actor
from crm.entities.registry import entities
from crm.errors import DomainError
from crm.fields import MomentType, PersonChoice, Text
from crm.i18n import N_, filled
from crm.models import Deletion, Permission
from crm.models.attachments import ATTACHMENTS
from crm.web.table import BulkAction, Column, Filter, Table, listed
from crm.web.translation import gettext as _

ATTACHMENT = N_("Attachment")


def kind_name(key: str, plural: bool = False) -> str:
    """What such a record is called; the key itself of a kind that the program does not know any more."""
    kind = next((kind for kind in entities() if kind.key == key), None)
    if kind is None:
        return _(ATTACHMENT) if key == ATTACHMENTS else key
    return _(kind.plural if plural else kind.label)


def _kind_text(reader: Reader, key: str) -> str:
    if key == ATTACHMENTS:
        return reader.say(ATTACHMENT)
    kind = next((kind for kind in entities() if kind.key == key), None)
    return reader.say(kind.label) if kind is not None else key


def counts_text(reader: Reader, counts: list[Any], others_label: str | None = None) -> str:
    """`聯繫人 2, 聯繫記錄 5`."""
    plurals = {kind.key: reader.say(kind.plural) for kind in entities()}
    return ", ".join(f"{plurals.get(key, key)} {count}" for key, count in summed_counts(counts, others_label))


def _name_text(reader: Reader, name: str, size: int) -> str:
    """`大同書局`, or `大同書局 等 12 筆` of several that were deleted at once."""
    if size < 2:
        return name
    return filled(reader.say(N_("%(name)s and others, %(count)s in all")), {"name": name, "count": f"{size:,}"})


def _kinds(reader: Reader) -> list[tuple[str, str]]:
    visible = [kind for kind in entities() if policy.may(reader.rights, kind, policy.VIEW)]
    kinds = [("", N_("All")), *((kind.key, kind.plural) for kind in visible), (ATTACHMENTS, ATTACHMENT)]
    return [(key, reader.say(label)) for key, label in kinds]


def _name_condition(reader: Reader, typed: str) -> ColumnElement[bool]:
    """The entry itself, or one that was deleted at once with it."""
    other = aliased(Deletion)

    def fits(entry: Any) -> ColumnElement[bool]:
        return or_(*(contains_text(column)(reader, typed) for column in (entry.name, entry.customer_name)))

    return or_(fits(Deletion), Deletion.batch.in_(select(other.batch).where(other.batch.is_not(None), fits(other))))


def _may_purge(session: Session, entry: Deletion, actor: Actor) -> DomainError | None:
    return None


def restore_ticked(session: Session, entry: Deletion, actor: Actor) -> None:
    restore(session, entry, actor)


RESTORE = BulkAction(
    "restore",
    N_("Restore"),
    Permission.BIN_VIEW,
    restore_ticked,
    N_("Restore %(count)s entries with everything that was deleted with them?"),
    N_("%(count)s restored."),
    policy_action=policy.RESTORE,
    why_not=why_not_restored,
    expand=with_batches,
    among=lambda by: entries_seen(by.rights),
)
BIN = listed(
    Table(
        key="bin",
        title=N_("Recycle bin"),
        model=Deletion,
        permission=Permission.BIN_VIEW,
        rows=lambda rights: lines_seen(rights).with_only_columns(Deletion.id),
        columns=(
            Column(
                "name", N_("What was deleted"), (Deletion.name, SIZE), Text(), (Deletion.name,), make_value=_name_text
            ),
            Column("kind", N_("Type"), (Deletion.kind,), Text(), (Deletion.kind,), make_value=_kind_text),
            Column("customer", N_("Customer"), (Deletion.customer_name,), Text(), (Deletion.customer_name,)),
            Column(
                "side_effects", N_("Deleted with it"), (Deletion.counts, ALL_COUNTS), Text(), make_value=counts_text
            ),
            Column("at", N_("Deleted at"), (Deletion.at,), MomentType(), (Deletion.at,)),
            Column("by", N_("Deleted by"), (Deletion.by_id,), PersonChoice()),
        ),
        filters=(
            Filter("q", N_("Quick search"), _name_condition, caps_count=True),
            Filter("kind", N_("Type"), lambda reader, key: Deletion.kind == key, "select", _kinds),
            person_filter("by", Deletion.by_id, N_("Deleted by")),
            Filter("at", N_("Deleted at"), in_period(Deletion.at), "period"),
        ),
        default_sort="at",
        default_descending=True,
        tie=(Deletion.at, Deletion.id),
        endpoint="bin.index",
        row_endpoint="bin.show",
        bulk=(
            RESTORE,
            BulkAction(
                "purge",
                N_("Delete permanently"),
                Permission.BIN_SAVE,
                purge,
                N_("Permanently delete %(count)s entries? They can no longer be restored."),
                N_("%(count)s deleted permanently."),
                danger=True,
                policy_action="purge",
                why_not=_may_purge,
                expand=with_batches,
                among=lambda by: entries_seen(by.rights),
            ),
        ),
        bulk_endpoint="bin.bulk",
        depends=("deletions", "users", "org_units"),
        help=N_(
            "Deleted records stay here for 30 days. “Restore” puts a record back with everything that was deleted "
            "with it."
        ),
        empty_text=N_("The recycle bin is empty."),
        event="bin-changed",
    )
)
