"""From an entry of the operation log to the page of the record that it is about."""

from flask import current_app, url_for

from crm.entities.registry import entities
from crm.models import Permission
from crm.models.permissions import Right
from crm.web.access import may

PAGES: dict[str, tuple[str, Right]] = {
    "people": ("organisation.show_person", Permission.ORGANISATION_VIEW),
    "organisation": ("organisation.show_unit", Permission.ORGANISATION_VIEW),
    "roles": ("roles.show", Permission.ROLES_VIEW),
    "dictionaries": ("dictionaries.edit", Permission.DICTIONARIES_SAVE),
    "custom_fields": ("custom_fields.edit", Permission.DICTIONARIES_SAVE),
    "levels": ("policy.edit", Permission.POLICY_SAVE),
    "categories": ("categories.show", Permission.CATEGORIES_VIEW),
    "prints": ("prints.edit", Permission.PRINTS_SAVE),
    "bulletins": ("bulletins.edit", Permission.SETTINGS_SAVE),
    "provinces": ("provinces.show", Permission.PROVINCES_VIEW),
    "cities": ("cities.show", Permission.CITIES_VIEW),
}
"""What is no kind of record: its page, and who may open it."""


def record_link(key: str, record_id: int) -> str:
    """Empty for what has no page, or none for this person. Whether the record is there is known to the caller."""
    endpoint, right = PAGES.get(key, ("", None))
    if not endpoint and any(kind.key == key for kind in entities()):
        endpoint = f"{key}.show"
    if endpoint not in current_app.view_functions or (right is not None and not may(right)):
        return ""
    return url_for(endpoint, id=record_id)
