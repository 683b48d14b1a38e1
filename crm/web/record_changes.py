"""The changes of one record as its page shows them, a page at a time, and the way to them (A-9)."""

from typing import Any

from flask import Flask, request, url_for

from crm.domain.platform.log_names import read_seen_names
from crm.domain.platform.log_words import ACTIONS, describe_changes, entries_of_record, sentence
from crm.entities.entity import Entity
from crm.entities.registry import entity_of
from crm.extensions import db
from crm.web.current_reader import reader
from crm.web.translation import gettext as _
from crm.web.urls import record_number

SHOWN = 50


def changes_of(kind: Entity, record: Any) -> dict[str, Any]:
    """The entries of this page of the record's history, the newest first, and the address of older ones."""
    first = (min(request.args.get("page", 1, type=record_number) or 1, 10_000) - 1) * SHOWN
    statement = entries_of_record(kind, record.id).offset(first).limit(SHOWN + 1)
    entries = list(db.session.scalars(statement))
    by = reader()
    names = read_seen_names(by, record, [(e.entity, e.record_id, e.changes) for e in entries[:SHOWN]])
    shown = [
        {
            "at": entry.at,
            "person": by.lookups.people.name(entry.user_id) or _("The system"),
            "action": _(ACTIONS.show(entry.action, by)) or entry.action,
            "sentences": [
                sentence(by, change) for change in describe_changes(by, kind.key, entry.changes or {}, names)
            ],
        }
        for entry in entries[:SHOWN]
    ]
    return {
        "changes": shown,
        "newer_url": _page(first // SHOWN) if first else "",
        "older_url": _page(first // SHOWN + 2) if len(entries) > SHOWN else "",
    }


def _page(number: int) -> str:
    assert request.endpoint is not None
    return url_for(request.endpoint, **{**(request.view_args or {}), "page": number if number > 1 else None})


def changes_link(record: Any) -> str:
    """The address of the record's history."""
    return url_for("changes.index", kind=entity_of(record).key, id=record.id)


def set_up_changes(app: Flask) -> None:
    app.jinja_env.globals["changes_link"] = changes_link
