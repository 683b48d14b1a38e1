"""The form of a declared kind: filled, narrowed to what the person may choose, saved."""

from typing import Any

from flask import url_for

from crm.entities.entity import Entity
from crm.entities.writer import SaveResult, save_record_of
from crm.extensions import db
from crm.web.access import actor
from crm.web.contact_choices import fill_contact_choices
from crm.web.form_saving import attempt
from crm.web.forms import RecordForm, form_for
from crm.web.respond import saved
from crm.web.salespeople import hidden_keys, restrict_salespeople
from crm.web.translation import gettext as _


def record_form(kind: Entity, record: Any = None, defaults: dict[str, Any] | None = None) -> RecordForm:
    """What a record belongs to is chosen once, its owner only by who may hand records on."""
    left_out = set(hidden_keys())
    if record is not None:
        left_out |= {link.attribute for link in kind.belongs_to}
    fields = [field for field in kind if field.editable and field.key not in left_out]
    form = form_for(fields, record, defaults, kind=kind)
    restrict_salespeople(form, record)
    if "contact_id" in form:
        customer_id = record.customer_id if record is not None else form["customer_id"].data
        fill_contact_choices(form, customer_id, record)
    return form


def save_form(kind: Entity, form: RecordForm, record: Any = None) -> Any:
    """The answer after saving, or None where the form must be shown again."""

    def verb() -> SaveResult:
        return save_record_of(db.session(), kind, record, form.values(), actor(), form.opened_version)

    outcome = attempt(form, verb, record)
    if outcome is None:
        return None
    url = url_for(f"{kind.key}.show", id=outcome.record.id)
    return saved(url, _("%(what)s has been saved.", what=kind.name_of(outcome.record)), changed=kind.event)
