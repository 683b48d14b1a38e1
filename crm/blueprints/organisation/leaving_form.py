"""The form of 刪除: who takes over what people leave behind, as far as they leave something (A-2)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import select

from crm.domain.organisation.belongings import belongings
from crm.domain.organisation.handover import POOL, Handover, LeftBehind, receivers, receivers_of
from crm.domain.organisation.leaving import Leaving
from crm.entities.entity import Entity, Field
from crm.extensions import db
from crm.fields import FixedChoice
from crm.i18n import N_, OwnText
from crm.models import User
from crm.web.access import actor
from crm.web.firm_settings import lookups
from crm.web.forms import RecordForm, form_for
from crm.web.translation import gettext as _

BY_KIND, BY_LEVEL = N_("To different people, by kind"), N_("Customers, by level")
TO_POOL = ("pool", N_("Customer pool"))
Options = tuple[tuple[str, str], ...]


def leaving_form(leaving: Leaving, left: LeftBehind, record: Any) -> RecordForm:
    """`record` is the person or unit whose version the form names."""
    return form_for(_fields(leaving, left), record)


def _fields(leaving: Leaving, left: LeftBehind) -> Iterator[Field]:
    everybody = _options(receivers(actor(), leaving.ids))
    if left.needs_successor:
        help_text = N_("Gets everything that is not given to someone else below.")
        yield Field("successor", N_("Successor"), FixedChoice(options=everybody), help=help_text)
    for kind, count in left.open:
        options = _options(receivers_of(kind, actor(), leaving.ids))
        if kind.key == "customers":
            options = (TO_POOL, *options)
        text = OwnText(_how_many(kind, count, left))
        yield Field(f"kind_{kind.key}", kind.plural, FixedChoice(options=options), help=text, group=BY_KIND)
        if kind.key == "customers" and len(left.levels) > 1:
            yield from _levels(left, options)
    yield from _belonging_fields(left, everybody)


def _how_many(kind: Entity, count: int, left: LeftBehind) -> str:
    """The number, and what comes along with customers."""
    parts = [_("%(count)s in total", count=f"{count:,}")]
    if kind.key == "customers":
        parts += [f"{_(kind_along.plural)} {number:,}" for kind_along, number in left.along]
        parts.append(_("into the pool, their planned follow-ups leave the schedule"))
    return " · ".join(parts)


def _levels(left: LeftBehind, options: Options) -> Iterator[Field]:
    names = lookups().levels
    for level_id, count in left.levels:
        label = OwnText(names.name(level_id) or _("Without a level"))
        text = OwnText(_("%(count)s in total", count=f"{count:,}"))
        yield Field(f"level_{level_id or 0}", label, FixedChoice(options=options), help=text, group=BY_LEVEL)


def _belonging_fields(left: LeftBehind, everybody: Options) -> Iterator[Field]:
    for belonging in belongings():
        if belonging.key in left.belongings:
            options = _options(belonging.receivers(db.session())) if belonging.receivers is not None else everybody
            label = OwnText(_(belonging.label, what=_(belonging.of)) if belonging.of else _(belonging.label))
            text = _("%(count)s in total", count=f"{left.belongings[belonging.key]:,}")
            if belonging.optional:
                text += " · " + _("empty: whoever may approve")
            yield Field(
                f"belonging_{belonging.key}", label, FixedChoice(options=options), help=OwnText(text), group=BY_KIND
            )


def _options(ids: Any) -> Options:
    """The people by name; who shares one stands there with the login."""
    people = db.session.execute(select(User.id, User.name, User.login).where(User.id.in_(ids)).order_by(User.pinyin))
    rows: Sequence[Any] = people.all()
    named = Counter(row.name for row in rows)
    return tuple(
        (str(row.id), OwnText(f"{row.name} ({row.login})" if named[row.name] > 1 else row.name)) for row in rows
    )


def handover_of(form: RecordForm) -> Handover:
    """What was chosen."""
    values = {key: value for key, value in form.values().items() if value is not None}
    levels = {int(key): person for key, person in _chosen(values, "level_")}
    return Handover(
        _person(values.get("successor")), dict(_chosen(values, "kind_")), levels, dict(_chosen(values, "belonging_"))
    )


def _chosen(values: dict[str, Any], prefix: str) -> Iterable[tuple[str, int]]:
    for key, value in values.items():
        if key.startswith(prefix):
            yield key.removeprefix(prefix), _person(value) or POOL


def _person(value: str | None) -> int | None:
    return None if value is None else POOL if value == TO_POOL[0] else int(value)
