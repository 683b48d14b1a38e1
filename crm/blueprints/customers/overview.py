"""概覽: what comes next with a customer, everything that happened, and what is open (C-10)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, request, url_for

from crm.blueprints.customers.history import KINDS, value_text
from crm.domain.customers.belonging import FILES, Reach, main_contact_of, open_items, open_opportunities, owed_orders
from crm.domain.customers.customer_events import CREATED
from crm.domain.customers.timeline import CHANGES, TimelineCursor, TimelineEntry, timeline, timeline_keys
from crm.domain.sales.opportunities import STAGES
from crm.domain.schedule.agenda import Entry
from crm.entities.entity import Entity
from crm.entities.registry import entity
from crm.extensions import db
from crm.i18n import N_
from crm.models import Customer
from crm.models.documents import DocumentState
from crm.models.opportunities import OpportunityState
from crm.web.access import may_do, rights
from crm.web.firm_settings import lookups, settings
from crm.web.formatting import badge, show_amount, show_moment, show_person, show_value
from crm.web.request_clock import now
from crm.web.translation import gettext as _
from crm.web.urls import is_record_number, url_maker

SIZE = 15
NEXT, SIDE = 3, 5
"""So many open items of each kind stand at the side; the tabs show all."""
STATES = {str(state): state for states in (OpportunityState, DocumentState) for state in states}
IN_A_BOX = ("records", "schedule")
"""Kinds whose pages open over the file, for they are short."""
WEEKDAYS = N_("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")


def overview_of(customer: Customer, counts: Mapping[str, int]) -> dict[str, Any]:
    """What the tab shows beside the file's head."""
    reach = Reach(customer, rights())
    key, behind = _requested_part(reach)
    entries = timeline(db.session(), reach, counts, SIZE + 1, key, behind)
    today = now().astimezone(settings().zone).date()
    return {
        "days": _days(entries[:SIZE]),
        "filters": _filters(customer, reach, counts, key),
        "filtered": bool(key),
        "earlier_url": _url(customer, key, entries[SIZE - 1].cursor) if len(entries) > SIZE else "",
        "here": _url(customer, key),
        "today": today,
        "opportunities": _read_if_any(counts, "opportunities", open_opportunities, reach),
        "owed": _read_if_any(counts, "orders", owed_orders, reach),
        "may_collect": may_do("receipts", "save"),
        "stage_of": lookups().dictionary(STAGES).name,
        "contact": main_contact_of(db.session(), reach) if counts.get("contacts") else None,
        **_next_steps(customer, reach, counts, today),
    }


def _read_if_any(counts: Mapping[str, int], key: str, read: Any, reach: Reach, limit: int = SIDE) -> list[Any]:
    """Nothing is asked for where the person sees none."""
    return read(db.session(), reach, limit) if counts.get(key) else []


def _next_steps(customer: Customer, reach: Reach, counts: Mapping[str, int], today: date) -> dict[str, Any]:
    """Items to be done, and the next contact among them where none of them stands for it; by time."""
    items = _read_if_any(counts, "schedule", open_items, reach, NEXT)
    planned = customer.next_contact_at
    alone = planned is not None and all(item.starts_at != planned for item in items)
    after = [item for item in items if alone and item.starts_at > planned]
    return {
        "next_items": [Entry(item, customer.name) for item in items if item not in after],
        "after_contact": [Entry(item, customer.name) for item in after],
        "next_alone": alone,
        "next_late": planned is not None and planned.astimezone(settings().zone).date() < today,
    }


def _requested_part(reach: Reach) -> tuple[str, TimelineCursor | None]:
    key = request.args.get("kind", "")
    if key not in timeline_keys(reach):
        key = ""
    return key, _parse_cursor(request.args.get("before", ""))


def _parse_cursor(text: str) -> TimelineCursor | None:
    """As `_url` writes it; nonsense is the beginning."""
    moment, source, number = ([*text[:60].split("~"), "", ""])[:3]
    if not (is_record_number(source) and is_record_number(number)):
        return None
    try:
        at = datetime.strptime(moment, MOMENT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return TimelineCursor(at, int(source), int(number))


MOMENT = "%Y%m%dT%H%M%S.%f"


def _url(customer: Customer, key: str = "", behind: TimelineCursor | None = None) -> str:
    before = f"{behind.at.astimezone(UTC).strftime(MOMENT)}~{behind.source}~{behind.id}" if behind is not None else None
    return url_for("customers.show", id=customer.id, kind=key or None, before=before)


def _filters(customer: Customer, reach: Reach, counts: Mapping[str, int], chosen: str) -> list[dict[str, Any]]:
    """All, changes, and the kinds of which there are some."""
    words = {CHANGES: _("Changes"), FILES: _("Attachments")}
    options = [("", _("All"))]
    options += [
        (key, words.get(key) or _(entity(key).plural))
        for key in timeline_keys(reach)
        if counts.get(key) or key in (CHANGES, chosen)
    ]
    here = _url(customer)
    part = f"{here}{'&' if '?' in here else '?'}kind="
    return [
        {"label": label, "url": f"{part}{key}" if key else here, "current": key == chosen} for key, label in options
    ]


def _days(entries: list[TimelineEntry]) -> list[tuple[str, list[dict[str, Any]]]]:
    """(day, what happened on it)."""
    names = _(WEEKDAYS).split()

    zone = settings().zone

    def heading(entry: TimelineEntry) -> str:
        day = entry.at.astimezone(zone)
        return f"{day:%Y-%m-%d} {names[day.weekday()]}"

    return [
        (day, [_entry_values(entry, zone) for entry in entries_of_day])
        for day, entries_of_day in groupby(entries, heading)
    ]


def _entry_values(entry: TimelineEntry, zone: ZoneInfo) -> dict[str, Any]:
    shown = {"key": entry.source.key, "time": f"{entry.at.astimezone(zone):%H:%M}", "person": show_person(entry.person)}
    if entry.source.key == CHANGES:
        return {**shown, "quiet": True, **_change(entry)}
    if entry.source.key == FILES:
        url = url_for("attachments.file", id=entry.id)
        return {**shown, "quiet": True, "label": _("Attachments"), "name": entry.title, "url": url}
    kind = entity(entry.source.key)
    return {**shown, **_of_record(entry, kind)}


def _change(entry: TimelineEntry) -> dict[str, Any]:
    """One sentence: what, from what to what, and why."""
    kind = entry.state or ""
    if kind == CREATED and entry.second in (None, entry.person):
        return {"label": _(KINDS[CREATED])}
    before = value_text(kind, entry.first, entry.title)
    after = value_text(kind, entry.second, entry.note)
    changed = f"{before} → {after}" if before else after
    reason = _(" (%(text)s)", text=_(entry.text)) if entry.text else ""
    return {"label": _(KINDS[kind]) if kind in KINDS else kind, "note": f"{changed}{reason}"}


def _of_record(entry: TimelineEntry, kind: Entity) -> dict[str, Any]:
    happening, url = entry.source.happening, _page_of(kind, entry.id)
    label = _(happening.message or kind.label)
    if happening.first:
        label = show_value(kind[happening.first], entry.first) or label
    shown = {
        "label": label,
        "name": entry.title or "",
        "note": entry.note or "",
        "text": entry.text or "",
        "amount": show_amount(entry.amount) if entry.amount is not None else "",
        "state": badge(STATES[entry.state]) if entry.state in STATES else None,
        "files": entry.files,
        "files_url": url_for("attachments.index", kind=kind.key, id=entry.id) if entry.files else "",
    }
    if kind.key in IN_A_BOX and not entry.title:
        shown["label_url"] = url
    else:
        shown["url"] = url
    if happening.next_at:
        shown |= {"name": entry.contact or "", "note": "", "url": "", "next": _planned(entry)}
    return shown


def _planned(entry: TimelineEntry) -> str:
    if entry.next_at is None:
        return entry.note or ""
    when = _("Next contact %(moment)s", moment=show_moment(entry.next_at))
    return f"{when}{_(': ')}{entry.note}" if entry.note else when


def _page_of(kind: Entity, number: int) -> str:
    """Of kinds whose records have no page of their own, none."""
    endpoint = f"{kind.key}.show"
    return url_maker(endpoint)(number) if endpoint in current_app.view_functions else ""
