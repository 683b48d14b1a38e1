"""The way from a record's page to its files."""

from typing import Any

from flask import Flask, current_app, url_for

from crm.domain.platform.attachments import number_of
from crm.entities.entity import Entity
from crm.entities.registry import entity_of
from crm.extensions import db


def record_url(kind: Entity, record: Any) -> str:
    """The page of the record; of kinds whose records have none, their list."""
    if f"{kind.key}.show" in current_app.view_functions:
        return url_for(f"{kind.key}.show", id=record.id)
    return url_for(f"{kind.key}.index")


def attachments_link(record: Any) -> dict[str, Any]:
    """The address of the record's files, and how many there are."""
    kind = entity_of(record)
    url = url_for("attachments.index", kind=kind.key, id=record.id)
    return {"url": url, "count": number_of(db.session(), record)}


def set_up_attachments(app: Flask) -> None:
    app.jinja_env.globals["attachments_link"] = attachments_link
