"""The firm's settings and choices as this request sees them."""

from flask import g, has_request_context, url_for

from crm.entities.lookups import Lookups
from crm.extensions import db
from crm.fields import Context
from crm.web.current_settings import settings as settings
from crm.web.language import choose_language


def lookups() -> Lookups:
    if "lookups" not in g:
        g.lookups = Lookups(db.session(), choose_language() if has_request_context() else "")
    current: Lookups = g.lookups
    return current


def field_context() -> Context:
    """What the field types need for reading and showing values."""
    context: Context | None = g.get("field_context")
    if context is None:
        firm = settings()
        context = g.field_context = Context(
            firm.zone, lookups(), firm_currency=firm.currency, firm_decimals=firm.decimals
        )
    return context


def logo_url() -> str:
    """Where the firm's picture is; empty where it has none."""
    return url_for("settings.logo_picture", digest=settings().logo) if settings().logo else ""
